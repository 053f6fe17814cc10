"""Hands the mapped records to the import, and reads its gates."""

import polars as pl

from crmclean.errors import ExitCode, Fault, RefusedError
from crmclean.pipeline.predicting import REJECTED
from crmclean.pipeline.store import frame, stored, tables
from crmclean.pipeline.suppressing import refuse_listed
from crmclean.records import INTO, OUTCOME, RECORD, Outcome
from crmclean.reports.facts import GateFacts
from crmclean.workflow.importing import ImportResult, Mapped, import_stages
from crmclean.workflow.preparing import day_of_reference
from crmclean.workflow.session import Session
from crmclean.workflow.targeting import mapped_of
from crmclean.workflow.waiving import with_waived_limits, with_waivers

REHEARSAL = "rehearsal"


class UndecidedError(RefusedError):
    """Doubtful pairs wait for a person; only the rehearsal goes on without their answers."""

    exit_code = ExitCode.WAITING


def import_into(session: Session, to: str) -> ImportResult:
    """Import what the map phase left behind.

    Raises:
        UndecidedError: doubtful pairs are open and the destination is not the rehearsal. RefusedError: a suppression
        list names one of the records.
    """
    if to != REHEARSAL:
        _refuse_undecided(session)
    cleaned = tables(session.workspace, "stale")
    refuse_listed(session.plan, {name: _live(table) for name, table in cleaned.items()}, "would be sent")
    mapped = mapped_of(session)
    merged = mapped.fates.filter(pl.col(OUTCOME) == Outcome.MERGED.value).select(RECORD, INTO)
    work = Mapped(mapped.schema, mapped.tables, cleaned, merged, _foreseen(session))
    plan = with_waived_limits(session.plan, session.workspace)
    return import_stages(session.workspace, plan, work, day_of_reference(session), to=to, notify=session.notify)


def _live(table: pl.LazyFrame) -> pl.LazyFrame:
    return table.filter(pl.col(OUTCOME).is_null())


def _foreseen(session: Session) -> pl.DataFrame:
    """Return the rejects that `validate` predicts, for destinations that check nothing themselves."""
    fault = pl.concat_str("code", pl.col("field").fill_null(""), separator=" ")
    rejected = frame(session.workspace, "validate", "predictions").filter(pl.col("prediction") == REJECTED)
    return rejected.select(pl.col("record").alias(RECORD), fault.alias("fault")).collect()


def import_gates(session: Session, sent: ImportResult) -> list[GateFacts]:
    """Return the gates of every stage that ran; a stage that passed above its limit says who waived it."""
    limit = session.plan.gates["stage_rejects"]
    gates: list[GateFacts] = []
    for stage in sent.stages:
        within = stage.rejected_share <= limit
        own = GateFacts(f"stage_rejects {stage.name}", stage.rejected_share, limit, stage.passed and within)
        gates += with_waivers(session.workspace, [own]) if stage.passed else [own]
        lost = stage.read_back.opt_outs_lost
        gates.append(GateFacts(f"opt_outs_lost {stage.name}", lost, 0, not lost))
    return gates


def _refuse_undecided(session: Session) -> None:
    known = stored(session.workspace, "dedupe")
    pairs = int(str(known.counts["doubtful_pairs"])) if known else 0
    if pairs:
        hint = "type `crmclean review --export`, answer, `crmclean review --apply FILE`; then run again"
        raise UndecidedError(Fault("dedupe", f"{pairs} doubtful pairs are undecided", hint, "review.undecided"))
