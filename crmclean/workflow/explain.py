"""`crmclean explain`: the story of a record or of one cell, from file and row to the target."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from crmclean.files.read import read_table
from crmclean.pipeline.record_ids import object_in
from crmclean.pipeline.store import frame, tables
from crmclean.records import CHANGES, CODE, DERIVED, FINDINGS, INTO, OUTCOME, PHASES, RECORD, Outcome
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted, shortened
from crmclean.workflow.explaining.choosing import choice
from crmclean.workflow.explaining.fields import CANONICAL, columns_of, header_of, named_field
from crmclean.workflow.explaining.lookup import Place, SeveralError, find_one, ledger
from crmclean.workflow.explaining.mapped_cells import at_target
from crmclean.workflow.explaining.matched import asked, doubted, matched, origins, told
from crmclean.workspace.paths import Workspace

_SPOKEN = {OUTCOME: "outcome", INTO: "merged into"}  # columns of ours, as people know them
_MOST_HOPS = 100  # of a chain of merges; a guard against a broken table
_SHOWN = 10


@dataclass(frozen=True)
class _End:
    """What became of a record."""

    record: str
    outcome: str | None
    into: str | None
    code: str | None
    stage: str | None = None
    target_object: str | None = None
    target_id: str | None = None


def explain(root: Path, words: str, field: str | None = None) -> Result:
    """Tell what happened to the record that `words` names, or to one field of it.

    Where several records fit, the result is the choice.

    Raises:
        InputError: nothing has been loaded yet.
        UsageError: no record fits, or the object has no such field.
    """
    workspace = Workspace(root)
    try:
        place = find_one(workspace, words)
    except SeveralError as several:
        return choice(workspace, several, "crmclean explain {}")
    return _story(workspace, place, named_field(workspace, place, field) if field is not None else None)


def _story(workspace: Workspace, place: Place, field: str | None) -> Result:
    ends = _chain(workspace, place)
    there = at_target(workspace, place, ends[0].target_object, field) if field else {}
    changes = _rows(workspace, "changes", CHANGES, place, field, tuple(there))
    findings = _rows(workspace, "findings", FINDINGS, place, field, tuple(there))
    merged = _merged_into(workspace, place)
    cell = [*_cell(workspace, place, field), *_mapped(there)] if field else None
    pairs, sources = matched(workspace, place), origins(workspace, place, field)
    doubts = doubted(workspace, place)
    return Result(
        "explain",
        _headline(place, ends[0]),
        tuple(table for table in (_cell_table(field, cell), _changes(changes), _findings(findings)) if table.rows),
        notes=(
            *header_of(workspace, place, field),
            *_derived(workspace, place),
            *(f"{cell['field']} came from {cell['record']} ({cell['code']})." for cell in sources),
            *_merges(ends, merged),
            *((*told(pairs), *asked(doubts, place.record)) if field is None else ()),
            *_decisions(workspace, place),
        ),
        next_step=_next(ends[-1], doubtful=bool(doubts)),
        data={
            "record": asdict(place),
            "field": field,
            "cell": cell,
            "outcome": asdict(ends[0]),
            "chain": [asdict(end) for end in ends[1:]],
            "merged_records": merged,
            "matched": pairs,
            "doubtful": doubts,
            "origins": sources,
            "changes": changes.to_dicts(),
            "findings": findings.to_dicts(),
        },
    )


def _chain(workspace: Workspace, place: Place) -> list[_End]:
    """The end of the record, then that of the record that it was merged into, and so on."""
    ends = [_end(workspace, place.object, place.record)]
    while (into := ends[-1].into) and len(ends) < _MOST_HOPS:
        ends.append(_end(workspace, object_in(into), into))
    return ends


def _end(workspace: Workspace, object_: str, record: str) -> _End:
    lines = ledger(workspace)
    if lines is not None:
        rows = lines.filter(pl.col("record") == record).collect().to_dicts()
        if rows:
            return _End(**{name: rows[0][name] for name in _End.__annotations__})
    for phase in reversed(CANONICAL):
        table = tables(workspace, phase).get(object_)
        if table is not None and OUTCOME in table.collect_schema().names():
            fate = table.filter(pl.col(RECORD) == record).select(OUTCOME, INTO, CODE).collect().rows()
            return _End(record, *fate[0]) if fate else _End(record, None, None, None)
    return _End(record, None, None, None)


def _rows(
    workspace: Workspace, name: str, shape: dict[str, str], place: Place, field: str | None, there: tuple[str, ...] = ()
) -> pl.DataFrame:
    """Return changes or findings. there: what the field is called at the target."""
    frames = []
    for phase in PHASES:
        wanted = pl.col("record") == place.record
        if field is not None:
            called = (field,) if phase in CANONICAL or not there else there
            wanted &= pl.col("field").is_in(called)
        frames.append(frame(workspace, phase, name, shape).filter(wanted).select(pl.lit(phase).alias("phase"), *shape))
    return pl.concat(frames).collect()


def _merged_into(workspace: Workspace, place: Place) -> list[str]:
    lines = ledger(workspace)
    if lines is None:
        return []
    return lines.filter(pl.col("into") == place.record).select("record").sort("record").collect()["record"].to_list()


def _cell(workspace: Workspace, place: Place, field: str) -> list[dict[str, str | None]]:
    """The cell after each phase that has a table with this field."""
    cells = []
    for phase in CANONICAL:
        if field in columns_of(workspace, phase, place.object):
            table = tables(workspace, phase)[place.object]
            values = table.filter(pl.col(RECORD) == place.record).select(pl.col(field).cast(pl.String)).collect()
            cells += [{"phase": phase, "field": field, "value": value} for (value,) in values.iter_rows()]
    return cells


def _mapped(there: Mapping[str, str | None]) -> list[dict[str, str | None]]:
    return [{"phase": "map", "field": name, "value": value} for name, value in there.items()]


def _headline(place: Place, end: _End) -> str:
    origin = f"{place.record}: read from {place.file}, row {place.row}"
    if end.outcome is None:
        return f"{origin}; its outcome is not decided yet."
    words = f"{origin}; {end.outcome} ({end.code})"
    if end.target_id:
        words += f" as {end.target_object} {end.target_id}" + (f" in stage {end.stage}" if end.stage else "")
    return words + "."


def _next(end: _End, *, doubtful: bool) -> str | None:
    if doubtful or (end.code or "").startswith("dedupe."):
        return "crmclean review --export"
    return "crmclean status" if end.outcome == Outcome.HELD.value else None


def _derived(workspace: Workspace, place: Place) -> Iterator[str]:
    """Whose cells a company was made of that no export holds."""
    if place.source != DERIVED:
        return
    origins = frame(workspace, "load", "derived").filter(pl.col("company") == place.record).collect()
    rows = [f"{record} ({file}, row {row})" for _, record, file, row in origins.head(_SHOWN).iter_rows()]
    yield f"Derived from the company name of {counted(origins.height, 'contact')}: {', '.join(rows)}."


def _merges(ends: list[_End], merged: list[str]) -> list[str]:
    notes = [f"Merged into {end.record}, which is {end.outcome or 'not decided yet'}." for end in ends[1:]]
    if merged:
        notes.append(f"Merged into it: {counted(len(merged), 'record')}: {', '.join(merged)}.")
    return notes


def _decisions(workspace: Workspace, place: Place) -> list[str]:
    """Lines of decisions/*.csv that name the record in whichever column."""
    notes = []
    for path in sorted(workspace.decisions.glob("*.csv")):
        answers = read_table(path)
        named = pl.any_horizontal(pl.col(answers.names) == place.record)
        for row in answers.frame.filter(named).select(answers.names).collect().iter_rows(named=True):
            words = ", ".join(f"{name} {value}" for name, value in row.items() if value)
            notes.append(f"Decision in {path.name}: {words}.")
    return notes


def _cell_table(field: str | None, cells: list[dict[str, str | None]] | None) -> TableView:
    rows = tuple((cell["phase"], cell["field"], shortened(cell["value"])) for cell in cells or ())
    return TableView(f"{field} after each phase", ("phase", "field", "value"), rows, folded=True)


def _changes(changes: pl.DataFrame) -> TableView:
    names = ("phase", "field", "before", "after", "code")
    seen = changes.filter(pl.col("field") != CODE).with_columns(pl.col("field").replace(_SPOKEN))
    rows = tuple(tuple(map(shortened, row)) for row in seen.select(names).iter_rows())
    return TableView("Changes, in order", names, rows, folded=True)


def _findings(findings: pl.DataFrame) -> TableView:
    named = pl.col("field").replace(_SPOKEN)
    rows = findings.select("phase", named, "severity", "code").rows()
    return TableView("Findings", ("phase", "field", "severity", "code"), tuple(rows), folded=True)
