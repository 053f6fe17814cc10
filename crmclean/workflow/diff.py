"""`crmclean diff`: what two runs do differently, in records and cells; nothing of a cell but in a file asked for."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from crmclean.errors import ExitCode, Fault, InputError, UsageError
from crmclean.files.guards import guard_texts
from crmclean.files.tables import write_csv
from crmclean.pipeline.comparing import Difference, compared_cells, compared_fates
from crmclean.pipeline.store import frame, tables
from crmclean.records import CHANGES
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.diff_plans import is_plan, tried, workspace_of
from crmclean.workflow.running.preparing import PREPARING
from crmclean.workspace.events import Notify, silent
from crmclean.workspace.paths import Workspace

HERE = Path()
_SHOWN = 10
_EXAMPLES = 3
_SHARE = re.compile(r"(\d+(?:\.\d+)?)(%?)")


def diff(
    before: Path,
    after: Path,
    *,
    here: Path = HERE,
    cells: Path | None = None,
    fail_above: str | None = None,
    notify: Notify = silent,
) -> Result:
    """Compare two runs: folders `run`, or their workspaces; or two plans, tried on the exports of one workspace.

    here: the workspace of plans that stand in none. cells: a CSV to write with every cell that differs. fail_above:
    records ("20"), or a share of them ("0.5%").

    Raises:
        InputError: one of them is no finished run, or no plan. UsageError: `fail_above` is no number.
    """
    bound = _bound(fail_above)
    if is_plan(before) or is_plan(after):
        plans = _plan(before), _plan(after)
        with tried(workspace_of(plans[1], here), plans, notify) as runs:
            found = _compared(_Run(runs[0]), _Run(runs[1]))
    else:
        found = _compared(_run(before), _run(after))
    if cells is not None:
        where = {"cleaned": found.cells, "target": found.target}
        rows = pl.concat([part.select(pl.lit(name).alias("where"), pl.all()) for name, part in where.items()])
        write_csv(guard_texts(rows), cells)
    failed = bound is not None and found.changed > bound * (found.records if str(fail_above).endswith("%") else 1)
    headline = (
        f"{counted(found.changed, 'record')} of {found.records:,} differ, in {counted(found.cells.height, 'cell')}."
    )
    return Result(
        "diff",
        headline + (f" More than {fail_above}." if failed else ""),
        tuple(table for table in _views(found) if table.rows),
        notes=_notes(found, cells),
        next_step="crmclean explain RECORD FIELD" if found.changed else None,
        data=_data(found),
        exit_code=ExitCode.GATE if failed else ExitCode.DONE,
    )


def _bound(text: str | None) -> float | None:
    if text is None:
        return None
    match = _SHARE.fullmatch(text.strip())
    if match is None:
        hint = "write a number of records such as 20, or a share of them such as 0.5%"
        raise UsageError(Fault("--fail-above", "is neither a number nor a share", hint, "diff.bound"))
    return float(match[1]) / (100 if match[2] else 1)


class _Run(Workspace):
    """A run's folder under any name."""

    @property
    def run(self) -> Path:
        """The folder itself."""
        return self.root


def _plan(path: Path) -> Path:
    """Return the plan that a path names: itself, or that of the workspace that it is.

    Raises:
        InputError: there is none.
    """
    plan = path if is_plan(path) else Workspace(path).plan
    if not plan.is_file():
        hint = "a plan is compared with a plan: name a .toml, or a workspace for the one in it"
        raise InputError(Fault(str(path), "is no plan", hint, "diff.no-plan"))
    return plan


def _run(path: Path) -> _Run:
    """Return the run in a folder, or in the workspace that the folder is."""
    folder = path / "run" if (path / "migration.toml").is_file() else path
    if not (folder / "report" / "ledger.csv").is_file():
        hint = "name a folder run or run.previous, or a workspace; `crmclean run` keeps its predecessor as run.previous"
        raise InputError(Fault(str(path), "is no finished run", hint, "diff.no-run"))
    return _Run(folder)


def _compared(before: _Run, after: _Run) -> Difference:
    ledgers = [pl.scan_csv(one.report / "ledger.csv", infer_schema=False) for one in (before, after)]
    fates, records = compared_fates(*ledgers)
    cleaned = _between(before, after, "stale", tuple(PREPARING))
    return Difference(fates, cleaned, _between(before, after, "map", ("map",)), records)


def _between(before: _Run, after: _Run, phase: str, changed_by: Sequence[str]) -> pl.DataFrame:
    told = [pl.concat([frame(one, name, "changes", CHANGES) for name in changed_by]) for one in (before, after)]
    return compared_cells(tables(before, phase), tables(after, phase), (told[0], told[1]))


def _fates(found: Difference) -> TableView:
    counts = (
        found.fates.group_by("object", "before", "after", "code")
        .len()
        .sort("len", "object", "before", "after", "code", descending=[True, *[False] * 4], nulls_last=True)
    )
    rows = (
        (object_, was or "-", now or "-", code, count)
        for object_, was, now, code, count in counts.head(_SHOWN).iter_rows()
    )
    return TableView("Records that end otherwise", ("object", "before", "now", "code", "records"), tuple(rows))


def _views(found: Difference) -> tuple[TableView, ...]:
    cleaned = _cells("Cells that differ after cleaning", found.cells)
    return (_fates(found), cleaned, _cells("Cells that differ at the target", found.target), _examples(found))


def _cells(title: str, cells: pl.DataFrame) -> TableView:
    return TableView(title, ("object", "field", "code", "cells"), tuple(_by_cell(cells).head(_SHOWN).iter_rows()))


def _by_cell(cells: pl.DataFrame) -> pl.DataFrame:
    keys = ["object", "field", "code"]
    return cells.group_by(keys).len("cells").sort("cells", *keys, descending=[True, *[False] * 3], nulls_last=True)


def _examples(found: Difference) -> TableView:
    """Name a few records, never their cells."""
    lines = pl.concat(
        [
            found.cells.select("object", "record", "field"),
            found.fates.select("object", "record", field=pl.lit("outcome")),
        ]
    )
    rows = lines.sort("object", "field", "record").unique(["object", "field"], keep="first", maintain_order=True)
    return TableView(
        "For example", ("record", "field"), tuple(rows.head(_EXAMPLES).select("record", "field").iter_rows())
    )


def _notes(found: Difference, cells: Path | None) -> tuple[str, ...]:
    notes = []
    left = sum(max(_by_cell(part).height - _SHOWN, 0) for part in (found.cells, found.target))
    if left:
        notes.append(f"and {left:,} more kinds of cells; all of them under --json")
    if found.cells.height or found.target.height:
        notes.append(f"Every cell is in {cells}." if cells else "Every cell, with both values: --cells OUT.csv")
    return tuple(notes)


def _data(found: Difference) -> Mapping[str, object]:
    fates = found.fates.group_by("object", "before", "after", "code").len("records")
    return {
        "records": found.records,
        "records_changed": found.changed,
        "cells_changed": found.cells.height,
        "cells_changed_at_target": found.target.height,
        "fates": fates.sort("object", "before", "after", "code").to_dicts(),
        "cells": _by_cell(found.cells).to_dicts(),
        "cells_at_target": _by_cell(found.target).to_dicts(),
    }
