"""`crmclean import --dry-run`: looks at the target and at what would be sent; sends nothing."""

from datetime import UTC, datetime

import polars as pl

from crmclean.destinations.contract import Capabilities, Preflight
from crmclean.errors import Fault, RefusedError
from crmclean.files.tables import write_csv
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.importing.ahead import expected, for_objects, named, not_ready
from crmclean.workflow.importing.foretelling import foretell
from crmclean.workflow.importing.reaching import reached
from crmclean.workflow.importing.rounds import Sending
from crmclean.workflow.importing.sending import work_of
from crmclean.workflow.importing.stages import source_of
from crmclean.workflow.running.preparing import day_of_reference
from crmclean.workflow.running.session import Session

FORETOLD_CSV = "foretold.csv"
_ALWAYS_UNCHECKED = ("whether each row is taken: only sending shows that; `crmclean validate` foretells it",)


def trial(session: Session, to: str, sending: Sending) -> Result:
    """Connect, look at schema, permissions, limits and what is there, and say what an import would meet.

    Behind earlier rounds it also says row by row what the next one would do, in run/import/<destination>/foretold.csv.

    Raises:
        RefusedError: the import would be refused; every reason is listed.
    """
    work = work_of(session)
    with reached(session.workspace, session.plan, to, work.schema) as at:
        found, destination = for_objects(at.found, work.schema, work.filled()), at.destination
        able = destination.capabilities
        if faults := [*named(found.faults, to), *not_ready(session.plan, to)]:
            raise RefusedError(*faults)
        source = source_of(session.workspace, session.plan, work, day_of_reference(session), to)
        told = foretell(session.workspace, source, to, sending, destination)
    rows = {name: int(table.select(pl.len()).collect().item()) for name, table in work.tables.items()}
    table = TableView(
        "What would be sent",
        ("object", "rows", "there already"),
        tuple((name, count, found.existing.get(name, 0)) for name, count in rows.items() if count),
    )
    if not told.is_empty():
        write_csv(told, session.workspace.phase("import") / to / FORETOLD_CSV)
    unchecked = (*found.unchecked, *_ALWAYS_UNCHECKED)
    return Result(
        "import",
        f"Nothing was sent. {counted(sum(rows.values()), 'row')} would go to {found.name or to}.",
        tuple(each for each in (table, _foretold(told)) if each.rows),
        notes=(*_told(found, able, sum(rows.values())), *(f"Not checked: {what}." for what in unchecked)),
        next_step=f"crmclean import --to {to}",
        data={
            "dry_run": True,
            "account": found.account,
            "rows": rows,
            "existing": dict(found.existing),
            "calls_left": found.calls_left,
            "unchecked": list(unchecked),
            "foretold": told.group_by("target_object", "prediction", "code").len("rows").sort(pl.all()).to_dicts(),
        },
    )


def _foretold(told: pl.DataFrame) -> TableView:
    keys = ("target_object", "prediction", "code")
    counts = told.group_by(keys, maintain_order=True).len()
    rows = ((object_, fate, code or "", count) for object_, fate, code, count in counts.iter_rows())
    return TableView("What the round would do", ("object", "prediction", "why", "rows"), tuple(rows))


def _told(found: Preflight, able: Capabilities, rows: int) -> list[str]:
    notes = [f"Account: {found.account}.", promise(able), *(_noted(fault) for fault in found.notes)]
    return [*notes, *expected(found, rows, datetime.now(UTC)).told()]


def _noted(fault: Fault) -> str:
    return f"{fault.where}: {fault.problem}; {fault.hint}."


def promise(able: Capabilities) -> str:
    """Return what the import promises for a destination, in one sentence."""
    if able.same_transaction:
        return "Each batch is applied exactly once."
    if able.key_enforced:
        return "Rows may be sent more than once, and end as exactly one record per key."
    return "The target does not enforce our key: rows are sent once at most, and each without an answer is named."
