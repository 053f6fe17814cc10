"""The validate phase: the whole file against the target's schema, before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from crmclean.checks.target_fields import CHECKS
from crmclean.checks.target_objects import object_checks
from crmclean.crm.targets import TargetObject
from crmclean.files.tables import empty, schema_of
from crmclean.pipeline.gates import GateResult, evaluate
from crmclean.pipeline.losses import losses
from crmclean.pipeline.mapped_rows import OBJECT
from crmclean.pipeline.mapping import Mapped
from crmclean.pipeline.measures import measures
from crmclean.pipeline.spotcheck import spot_check
from crmclean.plan.model import Plan
from crmclean.records import FILE, FINDINGS, RECORD, REF_PREFIX, ROW, Severity

STEP = "validate"
PARENT_REJECTED = "references.parent-rejected"
CYCLE = "references.cycle"
PREDICTIONS = {
    "object": "text",
    "record": "text",
    "target_object": "text",
    "prediction": "text",
    "code": "text",
    "field": "text",
}
CREATED, REJECTED = "created", "rejected"


@dataclass(frozen=True)
class Validation:
    """What the validate phase found.

    findings: records.FINDINGS. predictions: one row per mapped record (shape PREDICTIONS). losses,
    spot_check: see pipeline.losses and pipeline.spotcheck. gates: every gate that can be measured before the import.
    """

    findings: pl.DataFrame
    predictions: pl.DataFrame
    gates: tuple[GateResult, ...]
    losses: pl.DataFrame
    spot_check: pl.DataFrame


def validate(
    plan: Plan,
    mapped: Mapped,
    tables: Mapping[str, pl.LazyFrame],
    as_of: date | None = None,
    *,
    changes: Mapping[str, pl.LazyFrame] | None = None,
) -> Validation:
    """Check every mapped record.

    tables: canonical objects after `stale`. changes: phase -> records.CHANGES, for the spot check.
    """
    collected = {name: table.collect() for name, table in mapped.tables.items()}
    found = {name: _findings(mapped.schema.objects[name], table) for name, table in collected.items()}
    predictions = _predictions(mapped, collected, found)
    findings = pl.concat([empty(FINDINGS), *(each.drop("target_object") for each in found.values())])
    values = measures(mapped, tables, collected, findings, predictions)
    return Validation(
        findings=findings,
        predictions=predictions,
        gates=evaluate(plan, values),
        losses=losses(mapped, tables),
        spot_check=spot_check(plan, mapped, tables, changes or {}, as_of),
    )


def _findings(target_object: TargetObject, table: pl.DataFrame) -> pl.DataFrame:
    """Ask all checks in one pass how many records fail, then look up the records of those that any fails."""
    asked = [*_field_checks(target_object), *object_checks_of(target_object)]
    bad = {str(number): ~good.fill_null(value=True) for number, (*_, good) in enumerate(asked)}
    counts = table.lazy().select(**{name: expression.sum() for name, expression in bad.items()}).collect()
    failed = [int(name) for name, count in zip(counts.columns, counts.row(0), strict=True) if count]
    rows = [_rows(table.filter(bad[str(number)]), target_object.name, *asked[number][:3]) for number in failed]
    shape = schema_of(FINDINGS) | {"target_object": pl.String()}
    return pl.concat([pl.DataFrame(schema=shape), *rows])


def _field_checks(target_object: TargetObject) -> list[tuple[str, Severity, str, pl.Expr]]:
    return [
        (check.code, check.severity, each.name, check.good(each))
        for each in target_object.writable()
        for check in CHECKS
        if check.applies(each)
    ]


def object_checks_of(target_object: TargetObject) -> list[tuple[str, Severity, str, pl.Expr]]:
    """Return the checks of whole records in the form of field checks."""
    return [(check.code, check.severity, check.field, check.good) for check in object_checks(target_object)]


def _rows(rows: pl.DataFrame, target_object: str, code: str, severity: Severity, field: str) -> pl.DataFrame:
    return rows.select(
        object=pl.col(OBJECT),
        record=pl.col(RECORD),
        file=pl.col(FILE),
        row=pl.col(ROW),
        field=pl.lit(field),
        check=pl.lit(STEP),
        severity=pl.lit(severity.value),
        code=pl.lit(code),
        target_object=pl.lit(target_object),
    )


def _predictions(mapped: Mapped, tables: Mapping[str, pl.DataFrame], found: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Predict for every record whether the target takes it; a child of a rejected parent is rejected too."""
    rejected = pl.Series("rejected", [], pl.String)
    parts = [empty(PREDICTIONS)]
    for name, target_object in mapped.schema.objects.items():
        table = tables[name]
        errors = found[name].filter(pl.col("severity") == Severity.ERROR.value)
        first = errors.unique("record", keep="first", maintain_order=True).select("record", "code", "field")
        told = table.select(OBJECT, RECORD, *_reference_columns(target_object, table)).join(
            first, left_on=RECORD, right_on="record", how="left", maintain_order="left"
        )
        told = _with_parents(target_object, told, rejected)
        part = told.select(
            object=pl.col(OBJECT),
            record=pl.col(RECORD),
            target_object=pl.lit(name),
            prediction=pl.when(pl.col("code").is_null()).then(pl.lit(CREATED)).otherwise(pl.lit(REJECTED)),
            code="code",
            field="field",
        )
        parts.append(part)
        rejected = pl.concat([rejected, part.filter(pl.col("prediction") == REJECTED)["record"].alias("rejected")])
    return pl.concat(parts)


def _reference_columns(target_object: TargetObject, table: pl.DataFrame) -> list[str]:
    names = [REF_PREFIX + each.name for each in target_object.references()]
    return [name for name in names if table[name].null_count() < table.height]


def _with_parents(target_object: TargetObject, told: pl.DataFrame, rejected: pl.Series) -> pl.DataFrame:
    """Reject records that point to rejected ones; again and again where an object points to itself."""
    while True:
        gone = pl.concat([rejected, told.filter(pl.col("code").is_not_null())[RECORD].alias("rejected")]).implode()
        before = told["code"].null_count()
        for each in target_object.references():
            name = REF_PREFIX + each.name
            if name in told.columns:
                hit = pl.col("code").is_null() & pl.col(name).is_in(gone)
                told = told.with_columns(
                    code=pl.when(hit).then(pl.lit(PARENT_REJECTED)).otherwise("code"),
                    field=pl.when(hit).then(pl.lit(each.name)).otherwise("field"),
                )
        if told["code"].null_count() == before:
            return told
