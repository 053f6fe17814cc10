"""Marks rows of enrichment sources that fill nothing: they are no records of their own, and stay in the ledger."""

from collections.abc import Sequence

import polars as pl

from crmclean.records import CODE, OUTCOME, RECORD, WHY_PREFIX, Outcome
from crmclean.steps.beside import place_in, taken
from crmclean.steps.contract import Context, Step

_PLACE = "_place"


def unused_step(fates: pl.DataFrame) -> Step:
    """Return the step that excludes rows. fates: (record, code)."""

    def columns(_object: str, _columns: Sequence[str]) -> tuple[str, ...]:
        return (OUTCOME, CODE)

    def apply(frame: pl.LazyFrame, _context: Context) -> pl.LazyFrame:
        out, code = pl.col(_PLACE).is_not_null(), taken(fates["code"], _PLACE)
        marked = frame.with_columns(place_in(fates["record"], RECORD).alias(_PLACE)).with_columns(
            pl.when(out).then(pl.lit(Outcome.EXCLUDED.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
            pl.when(out).then(code).otherwise(CODE).alias(CODE),
            *(code.alias(WHY_PREFIX + name) for name in (OUTCOME, CODE)),
        )
        return marked.drop(_PLACE)

    return Step("enrich.unused", columns, apply)
