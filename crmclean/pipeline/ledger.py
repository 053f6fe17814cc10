"""The ledger: one line per source record with its one outcome; and the balance that must close."""

from collections.abc import Mapping

import polars as pl

from crmclean.files.tables import schema_of
from crmclean.records import CODE, FILE, INTO, LEDGER, OUTCOME, RECORD, ROW, SOURCE, Outcome

IMPORTED = {
    "record": "text",
    "outcome": "text",
    "code": "text",
    "stage": "text",
    "target_object": "text",
    "target_id": "text",
}


def ledger(
    tables: Mapping[str, pl.LazyFrame], imported: pl.DataFrame | None = None, fates: pl.DataFrame | None = None
) -> pl.LazyFrame:
    """Return the ledger (records.LEDGER), sorted by object and record.

    tables: every object after the last phase that prepared records. fates: what `map` said of records that the target
    has no place for (_record, _outcome, _into, _code). imported: what the import said of records (IMPORTED); where
    nothing is said of an open record, it is `ready`. A merged record shows where its survivor went.
    """
    lines = _fated(
        pl.concat([_lines(object_, table).sort("record") for object_, table in sorted(tables.items())]), fates
    )
    fates = pl.DataFrame(schema=schema_of(IMPORTED)) if imported is None else imported
    told = lines.join(fates.lazy(), on="record", how="left", suffix="_import", maintain_order="left")
    decided = told.with_columns(
        outcome=pl.coalesce("outcome", "outcome_import", pl.lit(Outcome.READY.value)),
        code=pl.coalesce("code", "code_import", pl.lit("ready.to-import")),
    )
    where = fates.lazy().select(into=pl.col("record"), at=pl.col("target_object"), as_=pl.col("target_id"))
    whole = decided.join(where, on="into", how="left", maintain_order="left").with_columns(
        target_object=pl.coalesce("target_object", "at"), target_id=pl.coalesce("target_id", "as_")
    )
    return whole.select(pl.col(name).cast(dtype) for name, dtype in schema_of(LEDGER).items())


def _fated(lines: pl.LazyFrame, fates: pl.DataFrame | None) -> pl.LazyFrame:
    if fates is None:
        return lines
    said = fates.lazy().select(record=pl.col(RECORD), told=pl.col(OUTCOME), to=pl.col(INTO), why=pl.col(CODE))
    wide = lines.join(
        said.unique("record", keep="first", maintain_order=True), on="record", how="left", maintain_order="left"
    )
    pairs = {"outcome": "told", "into": "to", "code": "why"}
    return wide.with_columns(pl.coalesce(own, new).alias(own) for own, new in pairs.items()).drop(*pairs.values())


def _lines(object_: str, table: pl.LazyFrame) -> pl.LazyFrame:
    return table.select(
        object=pl.lit(object_),
        record=pl.col(RECORD),
        source=pl.col(SOURCE),
        file=pl.col(FILE),
        row=pl.col(ROW).cast(pl.Int64),
        outcome=pl.col(OUTCOME).cast(pl.String),
        into=pl.col(INTO).cast(pl.String),
        code=pl.col(CODE).cast(pl.String),
    )
