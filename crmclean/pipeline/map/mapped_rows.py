"""What the map phase records: changes, findings and fates of mapped records."""

from collections.abc import Sequence

import polars as pl

from crmclean.files.tables import schema_of
from crmclean.pipeline.map.cells import Cell
from crmclean.records import CODE, FILE, FINDINGS, INTO, OUTCOME, RECORD, ROW, Outcome
from crmclean.values.target_codes import TARGETS

OBJECT = "_object"  # canonical object that a mapped record comes from
WAS = "_was."  # _was.<field>: the canonical text beside the target's
STEP = "map"
NO_HOME = "target.no-home"
NOT_MIGRATED = "references.not-migrated"
PARENT_HELD = "references.parent-held"
NOT_DECIDED = "columns.undecided"
FATES = {RECORD: "text", OUTCOME: "text", INTO: "text", CODE: "text"}
UNLISTED = {
    "object": "text",
    "column": "text",
    "target_object": "text",
    "target_field": "text",
    "value": "text",
    "records": "integer",
}
_SEVERITIES = {name: code.severity.value for name, code in TARGETS.items() if code.severity}


def changed(wide: pl.DataFrame, target_object: str, cell: Cell) -> pl.DataFrame:
    """Return the cells of a field that differ from their canonical text.

    A blank that the target's own file fills is no change: it is the same for every record.
    """
    was, now = pl.col(WAS + cell.field.name), pl.col(cell.field.name)
    rows = wide.lazy().filter((was.is_not_null() | cell.fills) & was.ne_missing(now))
    return change_rows(
        rows.collect(), target_object, cell.field.name, WAS + cell.field.name, cell.field.name, cell.code
    )


def change_rows(
    rows: pl.DataFrame, target_object: str, field_: str, before: str, after: str, code: str | None
) -> pl.DataFrame:
    """Return rows in the shape of changes; object and field are the target's."""
    return rows.select(
        object=pl.lit(target_object),
        record=pl.col(RECORD),
        field=pl.lit(field_),
        before=pl.col(before),
        after=pl.col(after),
        step=pl.lit(STEP),
        code=pl.lit(code),
    )


def unlisted_in(
    wide: pl.DataFrame, target_object: str, object_: str, column: str, cell: Cell, values: Sequence[str]
) -> pl.DataFrame:
    """Count the records that hold picklist values without an option."""
    counts = wide.select(value=pl.col(cell.field.name)).group_by("value").agg(records=pl.len().cast(pl.Int64))
    return counts.filter(pl.col("value").is_in(list(values))).select(
        object=pl.lit(object_),
        column=pl.lit(column),
        target_object=pl.lit(target_object),
        target_field=pl.lit(cell.field.name),
        value="value",
        records="records",
    )


def found_in(rows: pl.DataFrame, object_: pl.Expr, field_: str | None, code: pl.Expr) -> pl.DataFrame:
    """Return findings about mapped records."""
    return rows.select(
        object=object_,
        record=pl.col(RECORD),
        file=pl.col(FILE) if FILE in rows.columns else pl.lit(None, pl.String),
        row=pl.col(ROW).cast(pl.Int64) if ROW in rows.columns else pl.lit(None, pl.Int64),
        field=pl.lit(field_, pl.String),
        check=pl.lit(STEP),
        severity=code.replace_strict(_SEVERITIES, return_dtype=pl.String),
        code=code,
    )


def left_out(rows: pl.DataFrame, code: pl.Expr) -> pl.DataFrame:
    """Return the fates of records that are not migrated, or not before a person has decided on their parents."""
    waits = code == PARENT_HELD
    return rows.select(
        pl.col(RECORD),
        pl.when(waits).then(pl.lit(Outcome.HELD.value)).otherwise(pl.lit(Outcome.EXCLUDED.value)).alias(OUTCOME),
        pl.lit(None, pl.String).alias(INTO),
        code.alias(CODE),
    )


def undecided(open_: pl.DataFrame) -> pl.DataFrame:
    """Return a finding for every column of which nobody has said what becomes of it."""
    nothing = pl.lit(None, pl.String)
    return open_.select(
        object="object",
        record=nothing,
        file=nothing,
        row=pl.lit(None, pl.Int64),
        field="column",
        check=pl.lit(STEP),
        severity=pl.lit("error"),
        code=pl.lit(NOT_DECIDED),
    ).cast(schema_of(FINDINGS))
