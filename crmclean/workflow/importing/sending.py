"""Hands the mapped records to the import, and reads its gates."""

import polars as pl

from crmclean.destinations.pending import PARENT_HELD
from crmclean.destinations.registry import REHEARSAL
from crmclean.errors import ExitCode, Fault, RefusedError
from crmclean.matching.decisions import permitted_splits, read_decisions
from crmclean.pipeline.ages import newest_timestamp
from crmclean.pipeline.dedupe.suppressing import refuse_listed
from crmclean.pipeline.map import mapped_rows as references
from crmclean.pipeline.send.arranging import PARENT_MISSING
from crmclean.pipeline.store import frame, stored, tables
from crmclean.pipeline.validate.predicting import REJECTED
from crmclean.records import INTO, OUTCOME, RECORD, Outcome
from crmclean.reports.facts import GateFacts
from crmclean.workflow.importing.fates import imported
from crmclean.workflow.importing.rejected_rows import write_rejected_rows
from crmclean.workflow.importing.rounds import PILOT, Mapped, Sending
from crmclean.workflow.importing.stages import (
    CHANGED,
    MISSING,
    REJECTS,
    ImportResult,
    import_stages,
)
from crmclean.workflow.importing.targeting import at_target, mapped_of
from crmclean.workflow.running.earlier import doubtful
from crmclean.workflow.running.preparing import day_of_reference
from crmclean.workflow.running.session import Session
from crmclean.workflow.waiving import with_waived_limits, with_waivers


class UndecidedError(RefusedError):
    """Doubtful pairs wait for a person; only the rehearsal goes on without their answers."""

    exit_code = ExitCode.WAITING


def import_into(session: Session, to: str, sending: Sending) -> ImportResult:
    """Import what the map phase left behind.

    Raises:
        UndecidedError: doubtful pairs are open, the destination is not the rehearsal, and this is its first round; in
        later ones only the records wait that they are about. RefusedError: a suppression list names one of
        the records.
    """
    if to != REHEARSAL and sending.round_ is None and not workspace_has(session, to):
        _refuse_undecided(session)
    work, day = work_of(session), day_of_reference(session)
    refuse_listed(session.plan, {name: _live(table) for name, table in work.canonical.items()}, "would be sent")
    plan = with_waived_limits(session.plan, session.workspace)
    done = import_stages(session.workspace, plan, work, day, to=to, sending=sending, notify=session.notify)
    write_rejected_rows(session.workspace, plan, done.imported, session.workspace.phase("import") / to)
    return done


def _live(table: pl.LazyFrame) -> pl.LazyFrame:
    return table.filter(pl.col(OUTCOME).is_null())


def workspace_has(session: Session, to: str) -> bool:
    """Return whether something was imported into a destination before."""
    return session.workspace.journal(to).is_file() and imported(session.workspace, to) is not None


def work_of(session: Session) -> Mapped:
    """Return what the map phase left behind, with what the import needs beside it."""
    mapped, workspace = mapped_of(session), session.workspace
    merged = mapped.fates.filter(pl.col(OUTCOME) == Outcome.MERGED.value).select(RECORD, INTO)
    newest = newest_timestamp(tables(workspace, "normalize"))
    return Mapped(
        schema=mapped.schema,
        tables=mapped.tables,
        canonical=tables(workspace, "stale"),
        merged=merged,
        foreseen=_foreseen(session),
        splits=permitted_splits(read_decisions(workspace.decisions / "pairs.csv")),
        newest=newest.isoformat() if newest else None,
        doubtful=doubtful(session),
        existing=at_target(session).select("record", "target_id"),
        parentless=_parentless(mapped.findings),
    )


def _parentless(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that came without a reference, which points to a record that is not migrated, or waits."""
    codes = {references.NOT_MIGRATED: PARENT_MISSING, references.PARENT_HELD: PARENT_HELD}
    lost = findings.filter(pl.col("code").is_in(list(codes)))
    return lost.select(
        pl.col("record").alias(RECORD), fault=pl.concat_str(pl.col("code").replace(codes), "field", separator=" ")
    )


def _foreseen(session: Session) -> pl.DataFrame:
    """Return the rejects that `validate` predicts, for destinations that check nothing themselves."""
    fault = pl.concat_str("code", pl.col("field").fill_null(""), separator=" ")
    rejected = frame(session.workspace, "validate", "predictions").filter(pl.col("prediction") == REJECTED)
    return rejected.select(pl.col("record").alias(RECORD), fault.alias("fault")).collect()


def import_gates(session: Session, sent: ImportResult) -> list[GateFacts]:
    """Return the gates of every stage that ran; one that is open above the plan's limit says who waived it.

    What the target lacks or has otherwise stands among them only where there is any.
    """
    gates: list[GateFacts] = []
    for stage in sent.stages:
        changed = 0 if stage.name == PILOT else stage.read_back.differing
        values = {REJECTS: stage.rejected_share, MISSING: len(stage.read_back.missing), CHANGED: changed}
        for name, value in values.items():
            if value or name == REJECTS:
                own = GateFacts(f"{name} {stage.name}", value, limit := session.plan.gates[name], value <= limit)
                gates += with_waivers(session.workspace, [own])
        lost = stage.read_back.opt_outs_lost
        gates.append(GateFacts(f"opt_outs_lost {stage.name}", lost, 0, not lost))
    return gates


def _refuse_undecided(session: Session) -> None:
    known = stored(session.workspace, "dedupe")
    pairs = int(str(known.counts["doubtful_pairs"])) if known else 0
    if pairs:
        hint = "type `crmclean review --export`, answer, `crmclean review --apply FILE`; then run again"
        raise UndecidedError(Fault("dedupe", f"{pairs} doubtful pairs are undecided", hint, "review.undecided"))
