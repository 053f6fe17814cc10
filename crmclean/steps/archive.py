"""Marks what the stale phase decided: the outcome `archived` with its reason; the rows stay where they are."""

from collections.abc import Sequence

import polars as pl

from crmclean.records import CODE, OUTCOME, RECORD, WHY_PREFIX, Outcome
from crmclean.steps.beside import place_in, taken
from crmclean.steps.contract import Context, Step

STALE_CODE = "stale.archive"
_PLACE = "_place"


def _columns(object_: str, columns: Sequence[str]) -> tuple[str, ...]:
    del object_
    return (OUTCOME, CODE) if OUTCOME in columns else ()


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    verdicts: pl.DataFrame | None = context.facts
    if verdicts is None or verdicts.is_empty():
        return frame
    placed = frame.with_columns(place_in(verdicts[RECORD], RECORD).alias(_PLACE))
    verdict = taken(verdicts["verdict"], _PLACE)
    open_ = pl.col(OUTCOME).is_null()
    archived = open_ & taken(verdicts["archive"], _PLACE).fill_null(value=False)
    return placed.with_columns(
        pl.when(archived).then(pl.lit(Outcome.ARCHIVED.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
        pl.when(archived).then(verdict).otherwise(pl.col(CODE)).alias(CODE),
        pl.when(open_).then(verdict).alias(WHY_PREFIX + OUTCOME),
        pl.when(archived).then(verdict).alias(WHY_PREFIX + CODE),
    ).drop(_PLACE)


ARCHIVE = Step(STALE_CODE, _columns, _apply)
