"""The validate phase: the whole file against the target's schema, before anything is sent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from crmclean.checks.target_fields import CHECKS
from crmclean.checks.target_objects import object_checks
from crmclean.crm.targets import TargetObject
from crmclean.files.tables import empty
from crmclean.pipeline.gates import GateResult, evaluate
from crmclean.pipeline.map.blanking import blanks
from crmclean.pipeline.map.mapped_rows import OBJECT
from crmclean.pipeline.map.mapping import Mapped
from crmclean.pipeline.validate.business import broken
from crmclean.pipeline.validate.consents import unknown
from crmclean.pipeline.validate.estimating import estimate
from crmclean.pipeline.validate.losses import beside_survivors, losses
from crmclean.pipeline.validate.lost_cells import lost_cells
from crmclean.pipeline.validate.measures import measures
from crmclean.pipeline.validate.predicting import CYCLE, cycles, predictions
from crmclean.pipeline.validate.spotcheck import spot_check
from crmclean.plan.model import Plan
from crmclean.records import FILE, FINDINGS, RECORD, ROW, Severity

STEP = "validate"


@dataclass(frozen=True)
class Validation:
    """What the validate phase found.

    findings: records.FINDINGS. predictions: one row per mapped record (see pipeline.predicting). losses, lost_cells,
    estimate, spot_check: see pipeline.losses, lost_cells, estimating and spotcheck. gates: every gate that can be
    measured before the import.
    """

    findings: pl.DataFrame
    predictions: pl.DataFrame
    gates: tuple[GateResult, ...]
    losses: pl.DataFrame
    lost_cells: pl.DataFrame
    estimate: pl.DataFrame
    spot_check: pl.DataFrame


def validate(
    plan: Plan,
    mapped: Mapped,
    tables: Mapping[str, pl.LazyFrame],
    as_of: date | None = None,
    *,
    changes: Mapping[str, pl.LazyFrame] | None = None,
    existing: pl.DataFrame | None = None,
    again: Collection[str] = (),
) -> Validation:
    """Check every mapped record.

    tables: canonical objects after `stale`. changes: phase -> records.CHANGES, for the spot check. existing: see
    pipeline.predicting. again: records that the spot check shows once more.
    """
    collected = {name: table.collect() for name, table in mapped.tables.items()}
    found = {name: _findings(mapped.schema.objects[name], table) for name, table in collected.items()}
    predicted = predictions(mapped, collected, found, existing)
    findings = pl.concat([empty(FINDINGS), *found.values(), broken(plan, tables, as_of), unknown(plan, tables)])
    merged = beside_survivors(tables)
    values = measures(mapped, tables, collected, findings, predicted)
    return Validation(
        findings=findings,
        predictions=predicted,
        gates=evaluate(plan, values),
        losses=losses(mapped, tables, merged),
        lost_cells=lost_cells(mapped, tables, merged),
        estimate=estimate(mapped.schema, predicted),
        spot_check=spot_check(plan, mapped, tables, changes or {}, as_of, again),
    )


def _findings(target_object: TargetObject, table: pl.DataFrame) -> pl.DataFrame:
    """Ask all checks in one pass how many records fail, then look up the records of those that any fails."""
    asked = [*_field_checks(target_object), *object_checks_of(target_object)]
    bad = {str(number): ~good.fill_null(value=True) for number, (*_, good) in enumerate(asked)}
    counts = table.lazy().select(**{name: expression.sum() for name, expression in bad.items()}).collect()
    failed = [int(name) for name, count in zip(counts.columns, counts.row(0), strict=True) if count]
    rows = [_rows(table.filter(bad[str(number)]), *asked[number][:3]) for number in failed]
    return pl.concat([empty(FINDINGS), *rows, *_in_cycles(target_object, table)])


def _in_cycles(target_object: TargetObject, table: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        _rows(table.filter(pl.col(RECORD).is_in(records.implode())), CYCLE, Severity.WARNING, field)
        for field, records in cycles(target_object, table).items()
        if len(records)
    ]


def _field_checks(target_object: TargetObject) -> list[tuple[str, Severity, str, pl.Expr]]:
    return [
        (check.code, check.severity, each.name, check.good(each))
        for each in target_object.writable()
        for check in CHECKS
        if check.applies(each) and not blanks(target_object, each, check.code)
    ]


def object_checks_of(target_object: TargetObject) -> list[tuple[str, Severity, str, pl.Expr]]:
    """Return the checks of whole records in the form of field checks."""
    return [(check.code, check.severity, check.field, check.good) for check in object_checks(target_object)]


def _rows(rows: pl.DataFrame, code: str, severity: Severity, field: str) -> pl.DataFrame:
    return rows.select(
        object=pl.col(OBJECT),
        record=pl.col(RECORD),
        file=pl.col(FILE),
        row=pl.col(ROW),
        field=pl.lit(field),
        check=pl.lit(STEP),
        severity=pl.lit(severity.value),
        code=pl.lit(code),
    )
