"""Audits a destination: reads it back and compares it with the journal, the mapped rows and the source cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from crmclean.audit.amounts import money_checks
from crmclean.audit.checks import all_checks
from crmclean.audit.comparing import CHANGED, compare
from crmclean.audit.doubled import doubled
from crmclean.audit.missing import missing_required
from crmclean.audit.readback import ID, KEY, read_known, read_target
from crmclean.audit.result import AuditResult, Check, Sample
from crmclean.audit.sampling import Trail, follow, target_cells
from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.contract import Destination
from crmclean.destinations.outcomes import reading, standing
from crmclean.destinations.registry import REHEARSAL
from crmclean.errors import Fault, InputError
from crmclean.files.guards import guard_texts
from crmclean.files.tables import write_csv
from crmclean.pipeline.map.mapped_rows import OBJECT
from crmclean.pipeline.map.mapping import Mapped
from crmclean.pipeline.store import frame, tables
from crmclean.pipeline.validate.spotcheck import told_cells
from crmclean.records import CHANGES, RECORD, SOURCE, Outcome
from crmclean.reports.facts import GateFacts
from crmclean.workflow.auditing.export import read_against
from crmclean.workflow.auditing.matching import known_to_be_two, matched_at_target
from crmclean.workflow.importing.fates import imported, where_imported
from crmclean.workflow.importing.reaching import reached
from crmclean.workflow.importing.targeting import mapped_of
from crmclean.workflow.running.session import Session
from crmclean.workflow.waiving import with_waived_limits, with_waivers

_DUPLICATES = "duplicates_left"
_SAMPLE = "records compared with their source"
_SHEET = {
    **dict.fromkeys(("number",), pl.Int64),
    **dict.fromkeys(("record", "source", "stage", "target_object", "target_field", "column"), pl.String),
    **dict.fromkeys(("before", "cleaned", "after", "at_target", "reasons"), pl.String),
}
_CLEANING = ("normalize", "dedupe", "stale")
_THERE = (Outcome.IMPORTED.value, Outcome.UPDATED.value, Outcome.UNCHANGED.value)


@dataclass(frozen=True)
class _Read:
    """What the target holds. absent: objects that an export of it lacks. checks: what an export cannot show."""

    target: Mapping[str, pl.DataFrame]
    absent: frozenset[str] = frozenset()
    checks: tuple[Check, ...] = ()


def audit(session: Session, to: str = REHEARSAL, against: Sequence[Path] = ()) -> AuditResult:
    """Read a destination back, or an export of it, and compare. against: files of the export; none: the target itself.

    Raises:
        InputError: nothing was imported there yet, or the export cannot be used. DestinationError: the target cannot be
            reached.
    """
    fates = imported(session.workspace, to)
    if fates is None:
        hint = where_imported(session.workspace, to)
        raise InputError(Fault(to, "nothing has been imported there yet", hint, "audit.no-import"))
    there = fates.filter(pl.col("outcome").is_in(_THERE))
    mapped, workspace = mapped_of(session), session.workspace
    read = _exported(session, mapped, to, against) if against else _live(session, mapped, to, there)
    trail = Trail(
        schema=mapped.schema,
        target=read.target,
        mapped=mapped.tables,
        final=tables(workspace, "stale"),
        loaded=tables(workspace, "load"),
        cleaning=pl.concat([frame(workspace, phase, "changes", CHANGES) for phase in _CLEANING]),
        mapping=mapped.changes.lazy(),
    )
    with reading(workspace.journal(to)) as database:
        known = standing(database)
    # After a later round the target may hold what people there changed since; only what is new is as we sent it.
    ours = there.filter(pl.col("outcome") == Outcome.IMPORTED.value) if known.later else there
    as_sent = ours.filter(~pl.col("target_object").is_in(list(read.absent)))
    sample = follow(trail, as_sent, session.plan.seed, session.plan.audit_sample)
    folder = workspace.phase("audit") / to / ("against" if against else "")
    place = folder.relative_to(workspace.root).as_posix()
    compared = compare(mapped.schema, read.target, mapped.tables, as_sent)
    changed = pl.concat([pl.DataFrame(schema=CHANGED), *(each.changed for each in compared)])
    _write_lists(trail, mapped, sample, there, changed, folder)
    allowed = with_waived_limits(session.plan, workspace).gates[_DUPLICATES]
    shown = {name: rows for name, rows in read.target.items() if name not in read.absent}
    matched = matched_at_target(session, to, mapped.schema, shown, changed, allowed)
    twice = doubled(mapped.schema, shown, allowed, known_to_be_two(workspace))
    write_csv(guard_texts(pl.concat([matched.listed, twice.listed], how="diagonal")), folder / "duplicates.csv")
    checks = all_checks(mapped.schema, read.target, known.counts, twice.checks, read.absent)
    money = money_checks(mapped.schema, read.target, mapped.tables, ours)
    since = [each.check(f"{place}/changed-at-target.csv") for each in compared]
    found = (*checks, *matched.checks)
    return AuditResult((*map(_pointed(place), found), *money, *since, *read.checks), sample)


def _live(session: Session, mapped: Mapped, to: str, there: pl.DataFrame) -> _Read:
    with reached(session.workspace, session.plan, to, mapped.schema) as at:
        destination = at.ready()
        target = read_target(destination, mapped.schema)
        return _Read(target | _named_by_the_journal(destination, target, mapped.schema, there))


def _exported(session: Session, mapped: Mapped, to: str, against: Sequence[Path]) -> _Read:
    found = read_against(against, session.workspace, mapped, session.plan.target.crm, to)
    return _Read(found.target, found.absent, found.checks)


def _write_lists(
    trail: Trail, mapped: Mapped, sample: Sample, there: pl.DataFrame, changed: pl.DataFrame, folder: Path
) -> None:
    """Write what people look into. changed: cells that are not as they were sent (CHANGED)."""
    write_csv(sample.mismatches, folder / "mismatches.csv")
    write_csv(guard_texts(_sheet(trail, mapped, sample.drawn, there)), folder / "sample.csv")
    write_csv(guard_texts(missing_required(mapped.schema, trail.target)), folder / "missing.csv")
    write_csv(guard_texts(changed), folder / "changed-at-target.csv")
    write_csv(_gone(trail, there), folder / "not-at-target.csv")


def _gone(trail: Trail, there: pl.DataFrame) -> pl.DataFrame:
    """Return the records that were sent and that the target has no more, by our key."""
    keys = [rows.select(pl.col(KEY).alias("record"), target_object=pl.lit(name)) for name, rows in trail.target.items()]
    looked = [name for name in trail.target if not trail.schema.objects[name].existing]
    sent = there.filter(pl.col("target_object").is_in(looked))
    gone = sent.join(pl.concat(keys), on=["record", "target_object"], how="anti") if keys else sent
    return gone.select("record", "target_object", "target_id", "stage").sort("target_object", "record")


def _pointed(place: str) -> Callable[[Check], Check]:
    """Say where required fields that are missing are listed by owner and source, and duplicates by group."""
    notes = {
        "counts": f"gone ones are named in {place}/not-at-target.csv",
        "required": f"by owner and source: {place}/missing.csv",
        "duplicates": f"named in {place}/duplicates.csv",
    }

    def pointed(check: Check) -> Check:
        said = notes.get(check.area) if check.count else None
        told = "; ".join(filter(None, (said, check.note)))
        return replace(check, note=told)

    return pointed


def _sheet(trail: Trail, mapped: Mapped, drawn: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Return the sample field by field: loaded, cleaned, mapped, what the target says, and the reasons."""
    rows = [
        mapped.tables[name]
        .filter(pl.col(RECORD).is_in(own["record"].implode()))
        .select(RECORD, OBJECT, SOURCE, target_object=pl.lit(name))
        for (name,), own in drawn.group_by("target_object", maintain_order=True)
    ]
    if not rows:
        return pl.DataFrame(schema=_SHEET)
    stages = there.select(pl.col("record").alias(RECORD), "stage").unique(RECORD, keep="first", maintain_order=True)
    chosen = pl.concat(rows).collect().join(stages, on=RECORD, how="left").sort("target_object", RECORD)
    cells = told_cells(chosen, mapped, trail.final, trail.cleaning)
    keys = ["record", "target_object", "target_field"]
    told = cells.join(target_cells(trail, drawn), on=keys, how="left", maintain_order="left")
    return told.select(list(_SHEET))


def _named_by_the_journal(
    destination: Destination, target: Mapping[str, pl.DataFrame], schema: TargetSchema, there: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the objects for which the target keeps no key of ours: users, and associations."""
    keyless = {
        name: read_known(destination, schema.objects[name], there.filter(pl.col("target_object") == name))
        for name in destination.capabilities.keyless
    }
    return keyless | ({} if destination.capabilities.makes_users else _with_users(target, schema, there))


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


def audit_checks(session: Session, to: str = REHEARSAL, against: Sequence[Path] = ()) -> tuple[Check, ...]:
    """Audit, and return the checks as the reports show them; the sample is the last one."""
    result = audit(session, to, against)
    sample = result.sample
    if not sample.records:
        told = None if against else True
        nothing = Check("sample", _SAMPLE, 0, 0, told, "there was nothing to compare")
        return (*result.checks, nothing)
    note = f"{sample.cells} cells; with 95 % confidence at most {sample.upper_bound:.1%} of all records are wrong"
    last = Check("sample", _SAMPLE, sample.wrong, sample.records, sample.wrong == 0, note)
    return (*result.checks, last)


def audit_gates(session: Session, checks: Sequence[Check]) -> list[GateFacts]:
    """Return the gate that only the audit can measure: the largest share of duplicates among the target's records."""
    told = [check for check in checks if check.area == "duplicates" and check.passed is not None]
    shares = [check.count / max(check.total, 1) for check in told]
    worst, limit = max(shares, default=0.0), session.plan.gates[_DUPLICATES]
    return with_waivers(session.workspace, [GateFacts(_DUPLICATES, worst, limit, worst <= limit)])
