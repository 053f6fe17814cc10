"""`crmclean restore`: brings archived records back. The next run keeps them, however old they are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError, UsageError
from crmclean.files.read import read_table
from crmclean.files.tables import scan_parquet, write_csv
from crmclean.pipeline.dedupe.suppressing import refuse_listed
from crmclean.plan.read import read_plan
from crmclean.records import RECORD
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.explaining.lookup import find_one
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

_COLUMNS = ("record", "by", "at", "note")
_SHOWN = 10


def restore(root: Path, names: Sequence[str], *, by: str, note: str = "") -> Result:
    """Write the records that `names` name into decisions/restored.csv.

    Raises:
        InputError: nothing has been archived.
        UsageError: a name fits no archived record, or several; nothing is restored then.
        PlanError: the plan has faults.
        RefusedError: another command is writing to the workspace, or a suppression list names one of the records.
    """
    workspace = Workspace(root)
    with held(workspace):
        records = _archived(workspace, names)
        refuse_listed(read_plan(root), _rows(workspace, records), "would come back")
        before = _answers(workspace)
        fresh = [record for record in records if record not in set(before["record"])]
        at = datetime.now(UTC).isoformat(timespec="seconds")
        added = pl.DataFrame([(record, by, at, note) for record in fresh], schema=before.schema, orient="row")
        if fresh:
            write_csv(pl.concat([before, added]).sort("record"), _file(workspace))
    return Result(
        "restore",
        f"{counted(len(fresh), 'record')} will stay from the next run on.",
        (TableView("Restored", ("record",), tuple((record,) for record in fresh[:_SHOWN])),) if fresh else (),
        notes=_notes(fresh, records),
        next_step="crmclean run",
        data={"restored": fresh, "already": [record for record in records if record not in fresh]},
    )


def _rows(workspace: Workspace, records: Sequence[str]) -> dict[str, pl.LazyFrame]:
    wanted = pl.col(RECORD).is_in(list(records))
    return {path.stem: scan_parquet(path).filter(wanted) for path in sorted(workspace.archive.glob("*.parquet"))}


def _file(workspace: Workspace) -> Path:
    return workspace.decisions / "restored.csv"


def _answers(workspace: Workspace) -> pl.DataFrame:
    path = _file(workspace)
    if not path.is_file():
        return pl.DataFrame(schema=dict.fromkeys(_COLUMNS, pl.String))
    answers = read_table(path).frame.collect()
    missing = [name for name in _COLUMNS if name not in answers.columns]
    if missing:
        hint = f"its first line must name the columns {', '.join(_COLUMNS)}"
        raise InputError(Fault(str(path), f"has no column {', '.join(missing)}", hint, "restored.columns"))
    return answers.select(_COLUMNS)


def _archived(workspace: Workspace, names: Sequence[str]) -> list[str]:
    tables = [scan_parquet(path).select(RECORD) for path in sorted(workspace.archive.glob("*.parquet"))]
    if not tables:
        hint = "records are archived by the stale phase; type `crmclean run` first"
        raise InputError(Fault(str(workspace.archive), "nothing has been archived here", hint, "archive.none"))
    archived = set(pl.concat(tables).collect()[RECORD])
    places = [find_one(workspace, name) for name in names]
    faults = [
        Fault(place.record, "is not archived", "see `crmclean explain` for what became of it", "archive.not-in")
        for place in places
        if place.record not in archived
    ]
    if faults:
        raise UsageError(*faults)
    return list(dict.fromkeys(place.record for place in places))


def _notes(fresh: list[str], records: list[str]) -> tuple[str, ...]:
    notes = []
    if len(fresh) > _SHOWN:
        notes.append(f"and {len(fresh) - _SHOWN:,} more in decisions/restored.csv")
    if len(fresh) < len(records):
        notes.append(f"{counted(len(records) - len(fresh), 'record')} had been restored before.")
    return tuple(notes)
