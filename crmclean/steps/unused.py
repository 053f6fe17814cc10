"""Marks rows of enrichment sources that fill nothing: they are no records of their own, and stay in the ledger."""

from collections.abc import Sequence

import polars as pl

from crmclean.records import CODE, OUTCOME, RECORD, WHY_PREFIX, Outcome
from crmclean.steps.contract import Context, Step


def unused_step(fates: pl.DataFrame) -> Step:
    """Return the step that excludes rows. fates: (record, code)."""

    def columns(_object: str, _columns: Sequence[str]) -> tuple[str, ...]:
        return (OUTCOME, CODE)

    def apply(frame: pl.LazyFrame, _context: Context) -> pl.LazyFrame:
        told = fates.lazy().select(pl.col("record").alias(RECORD), pl.col("code").alias("_unused"))
        out = pl.col("_unused").is_not_null()
        marked = frame.join(told, on=RECORD, how="left", maintain_order="left").with_columns(
            pl.when(out).then(pl.lit(Outcome.EXCLUDED.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
            pl.when(out).then("_unused").otherwise(CODE).alias(CODE),
            *(pl.when(out).then("_unused").alias(WHY_PREFIX + name) for name in (OUTCOME, CODE)),
        )
        return marked.drop("_unused")

    return Step("enrich.unused", columns, apply)
