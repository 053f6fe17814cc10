"""Marks the records of people who must not come along: excluded, or erased, whatever their outcome was."""

from collections.abc import Sequence

import polars as pl

from crmclean.records import CODE, OUTCOME, RECORD, WHY_PREFIX, Outcome
from crmclean.steps.beside import place_in, taken
from crmclean.steps.contract import Context, Step

ERASED_CODE = "suppress.erased"
EXCLUDED_CODE = "suppress.do-not-import"
_PLACE = "_place"
_OUTCOMES = {"erase": Outcome.ERASED.value, "do-not-import": Outcome.EXCLUDED.value}
_CODES = {"erase": ERASED_CODE, "do-not-import": EXCLUDED_CODE}


def suppress_step(found: pl.DataFrame) -> Step:
    """Return the step that marks the records of `found` (record, reason) with outcome and code."""

    def columns(_object: str, columns: Sequence[str]) -> tuple[str, ...]:
        return (OUTCOME, CODE) if OUTCOME in columns else ()

    def apply(frame: pl.LazyFrame, _context: Context) -> pl.LazyFrame:
        reason = taken(found["reason"], _PLACE)
        out = (reason == "erase") | (reason.is_not_null() & pl.col(OUTCOME).is_null())
        outcome = reason.replace_strict(_OUTCOMES, default=None, return_dtype=pl.String)
        code = reason.replace_strict(_CODES, default=None, return_dtype=pl.String)
        placed = frame.with_columns(place_in(found["record"], RECORD).alias(_PLACE))
        marked = placed.with_columns(
            pl.when(out).then(outcome).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
            pl.when(out).then(code).otherwise(pl.col(CODE)).alias(CODE),
            *(pl.when(out).then(code).alias(WHY_PREFIX + name) for name in (OUTCOME, CODE)),
        )
        return marked.drop(_PLACE)

    return Step("suppress", columns, apply)
