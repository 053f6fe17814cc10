"""`crmclean profile FILE...`: what files are, and what their columns hold."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.exports.folders import check_there, exports_in, holds_nothing, tables_in
from crmclean.exports.profile import ColumnProfile, profiled
from crmclean.exports.recognise import Recognition, recognise
from crmclean.files.names_below import NAMES_AGAIN
from crmclean.files.piped import on_disk
from crmclean.files.read import Reading, read_table
from crmclean.files.workbooks import NOT_CALCULATED
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted

_SAMPLE = 1000  # rows by which a file is recognised
_COLUMNS = ("column", "field", "filled", "distinct", "kind", "shape", "top values")
_WIDE = 24  # letters of a value in the table; --json has all of it


def profile_files(paths: Sequence[Path]) -> Result:
    """Look at exports without a plan: recognition with its evidence, and a profile of every column.

    paths: files, and folders of files. What is unreadable in a folder, or beside other sheets of a workbook, is told.

    Raises:
        InputError: a file cannot be used, or nothing in a folder can.
    """
    with on_disk(paths) as given:
        check_there(given)
        seen, unread = _looked_at(given)
    return Result(
        "profile",
        _headline(seen),
        (*_overview(seen), *(_table(one) for one in seen)),
        notes=(*(f"{one.name}: {line}" for one in seen for line in _evidence(one)), *map(_left_out, unread)),
        data={"files": [_data(one) for one in seen], "unread": [asdict(fault) for fault in unread]},
    )


@dataclass(frozen=True)
class _Seen:
    """A table that was looked at. name: below the folder that was given."""

    name: str
    path: Path
    reading: Reading
    known: Recognition
    columns: tuple[ColumnProfile, ...]


def _looked_at(given: Sequence[Path]) -> tuple[list[_Seen], list[Fault]]:
    """Return every table, and what cannot be read although it was not asked for by its own name."""
    seen: list[_Seen] = []
    unread: list[Fault] = []
    for path in given:
        inside = [table for file, name in exports_in(path) for table in tables_in(file, name)]
        if not inside:
            unread.append(holds_nothing(path))
        for table, name in inside:
            try:
                seen.append(_look(table, name))
            except InputError as error:
                if table == path:
                    raise
                unread += error.faults
    if not seen:
        raise InputError(*unread)
    return seen, unread


def _look(path: Path, name: str) -> _Seen:
    reading = read_table(path)
    frame = reading.frame.collect()
    columns = tuple(profiled(frame[name]) for name in reading.names)
    return _Seen(name, path, reading, recognise(name, reading.header, frame.head(_SAMPLE)), columns)


def _headline(seen: Sequence[_Seen]) -> str:
    first, *others = seen
    if others:
        return f"{counted(len(seen), 'table')}, {counted(sum(one.reading.rows for one in seen), 'row')}."
    size = f"{counted(first.reading.rows, 'row')}, {counted(len(first.reading.names), 'column')}"
    return f"{first.name}: {_what(first)}, {size}"


def _what(one: _Seen) -> str:
    return f"{one.known.kind} {one.known.table or 'table that is not known'}"


def _overview(seen: Sequence[_Seen]) -> tuple[TableView, ...]:
    """Name the tables, where there are several."""
    rows = tuple((one.name, _what(one), one.reading.rows, len(one.reading.names)) for one in seen)
    return (TableView("Tables", ("table", "what it is", "rows", "columns"), rows),) if len(rows) > 1 else ()


def _left_out(fault: Fault) -> str:
    return f"left out: {fault.where} {fault.problem}; {fault.hint}"


def _evidence(one: _Seen) -> tuple[str, ...]:
    reading = one.reading
    names = reading.rejects.filter(pl.col("reason") == NAMES_AGAIN).height
    others = reading.rejects.height - names
    repeated = (f"{counted(names, 'row')} left out: the names of the columns in other words",) if names else ()
    left_out = (f"{counted(others, 'row')} left out: cells would have shifted into other columns",) if others else ()
    cut = reading.remarks.filter(pl.col("code") != NOT_CALCULATED).height
    mended = (f"{counted(cut, 'row')} padded or trimmed",) if cut else ()
    return (*reading.evidence, *one.known.evidence, *repeated, *left_out, *mended)


def _table(seen: _Seen) -> TableView:
    fields = {verdict.name: verdict.field for verdict in seen.known.columns}
    rows = tuple(
        (
            one.name,
            fields.get(one.name) or "",
            f"{one.filled / max(one.rows, 1):.0%}",
            one.distinct,
            _kind(one),
            one.shape,
            ", ".join(f"{value[:_WIDE]} ({count:,})" for value, count in one.top[:3]),
        )
        for one in seen.columns
    )
    return TableView(seen.name, _COLUMNS, rows, piped=80)


def _kind(one: ColumnProfile) -> str:
    """Say what a column holds, how sure that is where it is not certain, and how its dates are written."""
    kind = one.kind if one.sure == 1 else f"{one.kind} {one.sure:.0%}"
    return f"{kind}: {one.date_format}" if one.date_format else kind


def _data(seen: _Seen) -> dict[str, object]:
    reading, known = seen.reading, seen.known
    return {
        "path": str(seen.path),
        "rows": reading.rows,
        "bytes": reading.size,
        "sha256": reading.sha256,
        "encoding": reading.dialect.encoding,
        "delimiter": reading.dialect.delimiter,
        "kind": known.kind,
        "table": known.table,
        "object": known.object,
        "sure": known.sure,
        "evidence": [*reading.evidence, *known.evidence],
        "rejected": reading.rejects.height,
        "columns": [
            asdict(one) | {"header": verdict.header, "field": verdict.field, "evidence": verdict.evidence}
            for one, verdict in zip(seen.columns, known.columns, strict=True)
        ],
    }
