"""`crmclean map --suggest`, `--sheet` and `--apply`: what becomes of every column, proposed, signed off, taken over."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.exports.profile import profiled, sample_shapes
from crmclean.files.guards import unguarded
from crmclean.files.read import read_table
from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.pipeline.store import frame, tables
from crmclean.plan.edit import with_decisions
from crmclean.plan.read import read_plan, read_plan_text
from crmclean.plan.suggesting import suggest
from crmclean.plan.target import planned_target
from crmclean.records import OUTCOME
from crmclean.reports.mapping_sheet import CHOICES, Line, decisions_in, sheet_of
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import as_typed
from crmclean.workflow.running.chain import phases_through, run_phase
from crmclean.workflow.running.session import Session, session
from crmclean.workspace.atomic import write_text
from crmclean.workspace.events import Notify, silent
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

_SHEET = "Mapping"
_WIDE = 24  # letters of the shapes on a terminal; --json and the sheet have them whole
_LOOKED_AT = 10_000  # filled cells by which a column is profiled


def suggest_columns(root: Path, *, as_of: date | None = None, notify: Notify = silent) -> Result:
    """Propose a field of the target, or what else, for every column that nobody has decided.

    Raises:
        CrmcleanError: a phase up to `map` failed.
    """
    open_ = [line for line in _lines(root, as_of, notify) if line.suggestion]
    found = [line.suggestion for line in open_ if line.suggestion]
    rows = tuple(
        (one.object, one.column, one.action, one.to, f"{one.sure:.0%}", " | ".join(line.shapes)[:_WIDE])
        for line, one in zip(open_, found, strict=True)
    )
    columns = ("object", "column", "proposal", "field", "sure", "shapes")
    data = [
        {"object": one.object, "column": one.column, "action": one.action, "to": one.to, "sure": one.sure,
         "why": one.why, "filled": line.filled, "shapes": list(line.shapes)}
        for line, one in zip(open_, found, strict=True)
    ]  # fmt: skip
    return Result(
        command="map --suggest",
        headline=f"{len(rows)} columns are undecided." if rows else "Every column is decided.",
        tables=(TableView("Proposals", columns, rows),) if rows else (),
        next_step="crmclean map --sheet mapping.xlsx, fill in, crmclean map --apply mapping.xlsx" if rows else None,
        data={"suggestions": data},
    )


def write_sheet(root: Path, out: Path, *, as_of: date | None = None, notify: Notify = silent) -> Result:
    """Write the sign-off sheet, as a workbook or, by its name, as CSV.

    Raises:
        CrmcleanError: a phase up to `map` failed, or the file cannot be written.
    """
    lines = _lines(root, as_of, notify)
    sheet = sheet_of(lines)
    if out.suffix.lower() == ".csv":
        write_csv(sheet, out)
    else:
        write_xlsx(out, {_SHEET: sheet}, choices={_SHEET: {"Decision": CHOICES}})
    open_ = sum(line.suggestion is not None for line in lines)
    return Result(
        command="map --sheet",
        headline=f"{out} has {len(lines)} columns, {open_} of them undecided.",
        next_step=f"fill in the column Decision, then crmclean map --apply {as_typed(out)}",
        data={"file": str(out), "columns": len(lines), "undecided": open_},
    )


def apply_sheet(root: Path, path: Path) -> Result:
    """Take the decisions of a filled-in sheet over into migration.toml; its notes and layout stay.

    Raises:
        InputError: the sheet cannot be read or understood. PlanError: the plan would have faults; nothing is written.
    """
    workspace = Workspace(root)
    with held(workspace):
        plan, before = read_plan(root), workspace.plan.read_text(encoding="utf-8-sig")
        reading = read_table(path)
        headers = dict(zip(reading.names, reading.header, strict=True))
        sheet = reading.frame.with_columns(unguarded(pl.col(pl.String))).collect().rename(headers)
        given = decisions_in(sheet, _known(workspace), path.name)
        fresh = {
            object_: {column: one for column, one in wanted.items() if plan.columns.get(object_, {}).get(column) != one}
            for object_, wanted in given.items()
        }
        fresh = {object_: wanted for object_, wanted in fresh.items() if wanted}
        text = with_decisions(before, fresh) if fresh else before
        planned_target(read_plan_text(root, text))
        if fresh:
            write_text(workspace.plan, text)
    counts = {object_: len(wanted) for object_, wanted in fresh.items()}
    return Result(
        command="map --apply",
        headline=f"{sum(counts.values())} decisions taken over into migration.toml.",
        next_step="crmclean run --through validate",
        data={"decisions": counts},
    )


def _known(workspace: Workspace) -> dict[str, list[str]]:
    """Return object -> columns, as the map phase found them."""
    found = _decisions(workspace)
    if found is None:
        hint = "write the sheet first: crmclean map --sheet mapping.xlsx"
        raise InputError(Fault("map", "has not run yet", hint, "phase.missing"))
    listed = found.group_by("object", maintain_order=True).agg(pl.col("column").unique(maintain_order=True))
    return dict(listed.iter_rows())


def _decisions(workspace: Workspace) -> pl.DataFrame | None:
    path = workspace.phase("map") / "decisions.parquet"
    return frame(workspace, "map", "decisions").collect() if path.is_file() else None


def _lines(root: Path, as_of: date | None, notify: Notify) -> list[Line]:
    with session(root, as_of=as_of, notify=notify) as current:
        for name in phases_through("map"):
            run_phase(current, name)
        return _of_columns(current)


def _of_columns(current: Session) -> list[Line]:
    workspace, plan = current.workspace, current.plan
    schema, records = planned_target(plan), tables(workspace, "stale")
    decided = frame(workspace, "map", "decisions").filter(pl.col("object").is_in(list(records))).collect()
    lines = []
    for (object_, column), homes in decided.group_by("object", "column", maintain_order=True):
        first = homes.row(0, named=True)
        fields = _fields(homes)
        cells, rows = _cells(records[str(object_)], str(column), first["filled"])
        found = None
        if not first["decided"]:
            taken = decided.filter((pl.col("object") == object_) & (pl.col("filled") > 0))["target_field"]
            found = suggest(schema, str(object_), profiled(cells), frozenset(taken.drop_nulls()))
        planned = plan.columns.get(str(object_), {}).get(str(column))
        shapes = sample_shapes(cells)
        lines.append(
            Line(str(object_), str(column), rows, first["filled"], shapes, fields, first["action"], first["reason"],
                 first["lost"], planned, found)
        )  # fmt: skip
    return lines


def _fields(homes: pl.DataFrame) -> tuple[str, ...]:
    named = homes.filter(pl.col("target_field").is_not_null())
    return tuple(f"{object_}.{field}" for object_, field in named.select("target_object", "target_field").iter_rows())


def _cells(table: pl.LazyFrame, column: str, filled: int) -> tuple[pl.Series, int]:
    """Return some filled cells, and how many live records there are."""
    names: Sequence[str] = table.collect_schema().names()
    live = table.filter(pl.col(OUTCOME).is_null()) if OUTCOME in names else table
    rows = int(live.select(pl.len()).collect().item())
    if column not in names or not filled:
        return pl.Series(column, [], pl.String), rows
    cells = live.select(pl.col(column).cast(pl.String)).drop_nulls().head(_LOOKED_AT).collect()
    return cells.to_series(), rows
