"""Holds back the records that wait for a person's answer: they are imported after it, not before."""

from collections.abc import Sequence

import polars as pl

from crmclean.records import CODE, OUTCOME, RECORD, WHY_PREFIX, Outcome
from crmclean.steps.beside import place_in, taken
from crmclean.steps.contract import Context, Step

HOLD_CODE = "review.hold"
_PLACE = "_place"


def _columns(_object: str, columns: Sequence[str]) -> tuple[str, ...]:
    return (OUTCOME, CODE) if OUTCOME in columns else ()


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    held: pl.DataFrame | None = context.facts
    if held is None or held.is_empty():
        return frame
    waits = pl.col(OUTCOME).is_null() & pl.col(_PLACE).is_not_null()
    code = taken(held["code"], _PLACE)
    marked = frame.with_columns(place_in(held["record"], RECORD).alias(_PLACE)).with_columns(
        pl.when(waits).then(pl.lit(Outcome.HELD.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
        pl.when(waits).then(code).otherwise(pl.col(CODE)).alias(CODE),
        *(pl.when(waits).then(code).alias(WHY_PREFIX + name) for name in (OUTCOME, CODE)),
    )
    return marked.drop(_PLACE)


HOLD = Step(HOLD_CODE, _columns, _apply)
