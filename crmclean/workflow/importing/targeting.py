"""The phases that look at the target: map and validate."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

import polars as pl

from crmclean.exports.inventory import UNDECIDED
from crmclean.matching.decisions import review_key
from crmclean.matching.model import MERGE
from crmclean.pipeline.gates import gate
from crmclean.pipeline.map.mapping import Mapped, map_tables
from crmclean.pipeline.store import Phase, frame, tables
from crmclean.pipeline.validate.predicting import REJECTED, UPDATED
from crmclean.pipeline.validate.spot_verdicts import WRONG, read_verdicts, standing, with_verdicts
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.target import planned_target
from crmclean.records import CHANGES
from crmclean.records import EXISTING as MET
from crmclean.reports.values_block import VALUES, values_block
from crmclean.workflow.importing.before_import import before_import_of, write_before_import
from crmclean.workflow.running.preparing import PREPARING, day_of_reference, gate_counts
from crmclean.workflow.running.session import Session, exports_inventory

Tables = Mapping[str, pl.LazyFrame]
_FRAMES = ("decisions", "fates", "unlisted")


def map_phase(session: Session, before: Tables) -> Phase:
    """Write the records in the target's fields."""
    mapped = map_tables(session.plan, before, day_of_reference(session))
    frames = {name: getattr(mapped, name) for name in _FRAMES}
    rows = {name: table.select(pl.len()).collect().item() for name, table in mapped.tables.items()}
    counts = {"rows": rows, "changes": mapped.changes.height, "findings": mapped.findings.height}
    block = values_block(mapped.unlisted, _options(mapped))
    return Phase(
        mapped.tables, mapped.changes, mapped.findings, frames, counts=counts, texts={VALUES: block} if block else {}
    )


def _options(mapped: Mapped) -> Mapping[tuple[str, str], tuple[str, ...]]:
    objects = mapped.schema.objects.items()
    return {(name, field.name): field.picklist for name, each in objects for field in each.fields.values()}


def mapped_of(session: Session) -> Mapped:
    """Return what the map phase left behind."""
    workspace = session.workspace
    kept = {name: frame(workspace, "map", name).collect() for name in (*_FRAMES, "changes", "findings")}
    return Mapped(schema=planned_target(session.plan), tables=tables(workspace, "map"), **kept)


def validate_phase(session: Session, _before: Tables) -> Phase:
    """Check every mapped record against the target's schema, and draw the spot check."""
    workspace = session.workspace
    changes = {name: frame(workspace, name, "changes", CHANGES) for name in PREPARING}
    mapped = mapped_of(session)
    stale, day = tables(workspace, "stale"), day_of_reference(session)
    verdicts = read_verdicts(workspace.decisions / "spot-check.csv")
    again = verdicts.filter(verdict=WRONG)["record"]
    found = validate(session.plan, mapped, stale, day, changes=changes, existing=at_target(session), again=again)
    found = replace(found, spot_check=with_verdicts(found.spot_check, verdicts, review_key(workspace)))
    write_before_import(workspace.report, before_import_of(mapped, found))
    rows = found.predictions.filter(pl.col("prediction") != REJECTED).height
    files = exports_inventory(session.plan)
    undecided = gate(session.plan, "undecided_files", sum(entry.status == UNDECIDED for entry in files))
    wrong = gate(session.plan, "spot_check_wrong", standing(found.spot_check, verdicts).filter(verdict=WRONG).height)
    gates = [gate_counts(each) for each in (*found.gates, undecided, wrong)]
    counts = {"gates": gates, "rows_out": rows, "findings": found.findings.height}
    frames = {
        "predictions": found.predictions,
        "losses": found.losses,
        "lost-cells": found.lost_cells,
        "estimate": found.estimate,
        "spot-check": found.spot_check,
    }
    documents = {"inventory": [asdict(entry) for entry in files]}
    return Phase({}, findings=found.findings, frames=frames, documents=documents, counts=counts)


def at_target(session: Session) -> pl.DataFrame:
    """Return the records that `dedupe` found among what the target holds already, in the shape EXISTING."""
    met = frame(session.workspace, "dedupe", "existing", MET).filter(pl.col("band") == MERGE)
    return met.select("record", "target_id", prediction=pl.lit(UPDATED)).collect()


TARGETING: Mapping[str, Callable[[Session, Tables], Phase]] = {"map": map_phase, "validate": validate_phase}
