"""Holds back the records that wait for a person's answer: they are imported after it, not before."""

from collections.abc import Sequence

import polars as pl

from crmclean.records import CODE, OUTCOME, RECORD, WHY_PREFIX, Outcome
from crmclean.steps.contract import Context, Step

HOLD_CODE = "review.hold"


def _columns(_object: str, columns: Sequence[str]) -> tuple[str, ...]:
    return (OUTCOME, CODE) if OUTCOME in columns else ()


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    held: pl.DataFrame | None = context.facts
    if held is None or held.is_empty():
        return frame
    reasons = held.lazy().select(pl.col("record").alias(RECORD), pl.col("code").alias("_held"))
    waits = pl.col(OUTCOME).is_null() & pl.col("_held").is_not_null()
    marked = frame.join(reasons, on=RECORD, how="left", maintain_order="left").with_columns(
        pl.when(waits).then(pl.lit(Outcome.HELD.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
        pl.when(waits).then(pl.col("_held")).otherwise(pl.col(CODE)).alias(CODE),
        *(pl.when(waits).then(pl.col("_held")).alias(WHY_PREFIX + name) for name in (OUTCOME, CODE)),
    )
    return marked.drop("_held")


HOLD = Step(HOLD_CODE, _columns, _apply)
