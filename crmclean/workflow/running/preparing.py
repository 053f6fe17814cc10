"""The phases that prepare records, from load to stale, each from what the one before left behind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from crmclean.exports.attachments import manifest
from crmclean.exports.inventory import USED
from crmclean.matching.decisions import read_decisions, review_key
from crmclean.pipeline import insight
from crmclean.pipeline.ages import newest_timestamp
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.pipeline.dedupe.existing import existing_records
from crmclean.pipeline.dedupe.suppression_lists import read_lists
from crmclean.pipeline.dedupe.weights import kept_weights
from crmclean.pipeline.gates import GateResult, gate
from crmclean.pipeline.load.loading import load
from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.pipeline.stale.archive_files import restored_records, write_archive
from crmclean.pipeline.stale.archiving import stale
from crmclean.pipeline.store import Phase, stored
from crmclean.workflow.running.earlier import brought, doubtful
from crmclean.workflow.running.erasing import without_erased
from crmclean.workflow.running.session import Session, exports_inventory
from crmclean.workflow.running.table_profiles import profiles

_NEWEST = "newest_timestamp"  # what ages are counted from where nobody names a day
Tables = Mapping[str, pl.LazyFrame]


def day_of_reference(session: Session) -> date | None:
    """Return the day that ages are counted from: command line, plan, or the newest timestamp of the exports."""
    known = stored(session.workspace, "normalize")
    newest = known.counts.get(_NEWEST) if known else None
    return session.as_of or (date.fromisoformat(str(newest)) if newest else None)


def load_phase(session: Session, _before: Tables) -> Phase:
    """Read the exports; suppression lists, too, so that a broken one stops the run before anything else."""
    read_lists(session.plan)
    loaded = load(session.plan, session.notify)
    files = exports_inventory(session.plan)
    used = [entry.path for entry in files if entry.status == USED]
    attached = manifest(session.plan.root, [entry.path for entry in files], used)
    counts = {
        "files": len(loaded.inputs),
        "rejects": loaded.rejects.height,
        "findings": loaded.findings.height,
        "attachments": attached.height,
    }
    return Phase(
        loaded.tables,
        findings=loaded.findings,
        frames={"rejects": loaded.rejects, "derived": loaded.origins},
        documents={"columns": loaded.columns, "profile": {"objects": profiles(loaded.tables)}},
        counts=counts,
        lists={"quarantine": loaded.rejects.select("file", "line", "reason", "raw"), "attachments": attached},
    )


def normalize_phase(session: Session, before: Tables) -> Phase:
    """Bring every cell into its canonical form."""
    phase = normalize(session.plan, before)
    tables = {name: table.lazy() for name, table in phase.tables.items()}
    newest = newest_timestamp(tables)
    pictured = {
        "quality": insight.quality(before, tables, phase.changes.lazy(), phase.findings.lazy()),
        "calling-codes": insight.phones(tables),
    }
    counts = {**phase.counts, _NEWEST: newest.isoformat() if newest else None}
    return replace(phase, frames={**phase.frames, **pictured}, counts=counts)


def dedupe_phase(session: Session, before: Tables) -> Phase:
    """Merge records that are the same entity."""
    decisions = read_decisions(session.workspace.decisions / "pairs.csv")
    existing = existing_records(session.plan, session.notify)
    lists, kept = read_lists(session.plan), kept_weights(session.workspace)
    phase = dedupe(session.plan, before, decisions, review_key(session.workspace), existing, lists, kept)
    phase = without_erased(session.workspace, phase)  # before anything is shown
    members, tables = phase.frames["members"], {name: table.lazy() for name, table in phase.tables.items()}
    pictured = {"duplicates": insight.duplicates(members), "examples": insight.examples(members, tables)}
    return replace(phase, frames={**phase.frames, **pictured})


def stale_phase(session: Session, before: Tables) -> Phase:
    """Archive who has shown no sign of life."""
    held = doubtful(session).filter(~pl.col("record").is_in(brought(session)))
    restored = restored_records(session.workspace)
    phase = stale(session.plan, before, held, day_of_reference(session), restored)
    tables = {name: table.lazy() for name, table in phase.tables.items()}
    write_archive(session.workspace, tables)
    measured = gate(session.plan, "stale_share", float(str(phase.counts["archived_share"])))
    return replace(phase, counts={**phase.counts, "gates": [gate_counts(measured)]})


def gate_counts(measured: GateResult) -> dict[str, object]:
    """Return a gate as it is kept with the counts of its phase."""
    return {"name": measured.name, "value": measured.value, "limit": measured.threshold, "passed": measured.passed}


PREPARING: Mapping[str, Callable[[Session, Tables], Phase]] = {
    "load": load_phase,
    "normalize": normalize_phase,
    "dedupe": dedupe_phase,
    "stale": stale_phase,
}
