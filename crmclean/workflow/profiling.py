"""`crmclean profile FILE...`: what a file is, and what its columns hold."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from crmclean.exports.profile import ColumnProfile, profile
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

    Raises:
        InputError: a file cannot be used.
    """
    with on_disk(paths) as files:
        seen = [_look(path) for path in files]
    return Result(
        "profile",
        "; ".join(_headline(path, reading, known) for path, reading, known, _ in seen),
        tuple(_table(path, known, columns) for path, _, known, columns in seen),
        notes=tuple(f"{path.name}: {line}" for path, reading, known, _ in seen for line in _evidence(reading, known)),
        data={"files": [_data(*one) for one in seen]},
    )


_Seen = tuple[Path, Reading, Recognition, tuple[ColumnProfile, ...]]


def _look(path: Path) -> _Seen:
    reading = read_table(path)
    frame = reading.frame.collect()
    known = recognise(path.name, reading.header, frame.head(_SAMPLE))
    return path, reading, known, profile(frame)


def _headline(path: Path, reading: Reading, known: Recognition) -> str:
    what = f"{known.kind} {known.table or 'table that is not known'}"
    return f"{path.name}: {what}, {counted(reading.rows, 'row')}, {counted(len(reading.names), 'column')}"


def _evidence(reading: Reading, known: Recognition) -> tuple[str, ...]:
    names = reading.rejects.filter(pl.col("reason") == NAMES_AGAIN).height
    others = reading.rejects.height - names
    repeated = (f"{counted(names, 'row')} left out: the names of the columns in other words",) if names else ()
    left_out = (f"{counted(others, 'row')} left out: cells would have shifted into other columns",) if others else ()
    cut = reading.remarks.filter(pl.col("code") != NOT_CALCULATED).height
    mended = (f"{counted(cut, 'row')} padded or trimmed",) if cut else ()
    return (*reading.evidence, *known.evidence, *repeated, *left_out, *mended)


def _table(path: Path, known: Recognition, columns: Sequence[ColumnProfile]) -> TableView:
    fields = {verdict.name: verdict.field for verdict in known.columns}
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
        for one in columns
    )
    return TableView(path.name, _COLUMNS, rows, piped=80)


def _kind(one: ColumnProfile) -> str:
    """Say what a column holds, how sure that is where it is not certain, and how its dates are written."""
    kind = one.kind if one.sure == 1 else f"{one.kind} {one.sure:.0%}"
    return f"{kind}: {one.date_format}" if one.date_format else kind


def _data(path: Path, reading: Reading, known: Recognition, columns: Sequence[ColumnProfile]) -> dict[str, object]:
    return {
        "path": str(path),
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
            for one, verdict in zip(columns, known.columns, strict=True)
        ],
    }
