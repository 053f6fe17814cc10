"""Audits a destination: reads it back and compares it with the journal, the mapped rows and the source cells."""

from collections.abc import Mapping, Sequence
from contextlib import closing

import polars as pl

from crmclean.audit.checks import all_checks
from crmclean.audit.readback import ID, KEY, read_target
from crmclean.audit.result import AuditResult, Check
from crmclean.audit.sampling import Trail, follow
from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.outcomes import reading, standing
from crmclean.destinations.registry import REHEARSAL, open_destination
from crmclean.errors import Fault, InputError
from crmclean.files.tables import write_csv
from crmclean.pipeline.store import frame, tables
from crmclean.records import CHANGES, Outcome
from crmclean.reports.facts import GateFacts
from crmclean.workflow.importing import imported
from crmclean.workflow.session import Session
from crmclean.workflow.targeting import mapped_of
from crmclean.workflow.waiving import with_waived_limits, with_waivers

_DUPLICATES = "duplicates_left"
_CLEANING = ("normalize", "dedupe", "stale")
_THERE = (Outcome.IMPORTED.value, Outcome.UPDATED.value, Outcome.UNCHANGED.value)


def audit(session: Session, to: str = REHEARSAL) -> AuditResult:
    """Read a destination back and compare.

    Raises:
        InputError: nothing was imported there yet. DestinationError: it cannot be reached.
    """
    fates = imported(session.workspace, to)
    if fates is None:
        hint = "type `crmclean import` first, or `crmclean run` for all of it"
        raise InputError(Fault(to, "nothing has been imported there yet", hint, "audit.no-import"))
    there = fates.filter(pl.col("outcome").is_in(_THERE))
    mapped = mapped_of(session)
    with closing(open_destination(session.workspace, session.plan, to)) as destination:
        destination.prepare(mapped.schema)
        target = read_target(destination, mapped.schema)
        if not destination.capabilities.makes_users:
            target |= _with_users(target, mapped.schema, there)
    workspace = session.workspace
    changes = [frame(workspace, phase, "changes", CHANGES) for phase in _CLEANING]
    trail = Trail(
        schema=mapped.schema,
        target=target,
        mapped=mapped.tables,
        final=tables(workspace, "stale"),
        loaded=tables(workspace, "load"),
        cleaning=pl.concat(changes),
        mapping=mapped.changes.lazy(),
    )
    with reading(session.workspace.journal(to)) as database:
        known = standing(database)
    # After a later round the target may hold what people there changed since; only what is new is as we sent it.
    as_sent = there.filter(pl.col("outcome") == Outcome.IMPORTED.value) if known.later else there
    sample = follow(trail, as_sent, session.plan.seed, session.plan.audit_sample)
    write_csv(sample.mismatches, workspace.phase("audit") / to / "mismatches.csv")
    apart = frame(workspace, "dedupe", "pairs").filter(pl.col("veto").is_not_null()).select("left", "right").collect()
    allowed = with_waived_limits(session.plan, workspace).gates[_DUPLICATES]
    checks = all_checks(mapped.schema, target, known.counts, allowed, apart)
    return AuditResult(tuple(checks), sample)


def _with_users(
    target: Mapping[str, pl.DataFrame], schema: TargetSchema, there: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Name the users that were looked up by the record that they stand for; the target keeps no key for them."""
    named = there.select(pl.col("target_id").alias(ID), pl.col("record").alias(KEY), "target_object")
    return {
        name: target[name].drop(KEY).join(named.filter(pl.col("target_object") == name), on=ID, how="left")
        for name, object_ in schema.objects.items()
        if object_.existing
    }


def audit_checks(session: Session, to: str = REHEARSAL) -> tuple[Check, ...]:
    """Audit, and return the checks as the reports show them; the sample is the last one."""
    result = audit(session, to)
    sample = result.sample
    note = f"{sample.cells} cells; with 95 % confidence at most {sample.upper_bound:.1%} of all records are wrong"
    last = Check("sample", "records compared with their source", sample.wrong, sample.records, sample.wrong == 0, note)
    return (*result.checks, last)


def audit_gates(session: Session, checks: Sequence[Check]) -> list[GateFacts]:
    """Return the gate that only the audit can measure: the largest share of duplicates among the target's records."""
    shares = [check.count / max(check.total, 1) for check in checks if check.area == "duplicates"]
    worst, limit = max(shares, default=0.0), session.plan.gates[_DUPLICATES]
    return with_waivers(session.workspace, [GateFacts(_DUPLICATES, worst, limit, worst <= limit)])
