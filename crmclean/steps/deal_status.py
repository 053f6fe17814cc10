"""Derives open, won or lost where a source writes it as flags or as the name of the stage."""

from collections.abc import Sequence

import polars as pl

from crmclean.records import WHY_PREFIX
from crmclean.steps.contract import Context, Step

_WON = r"(?i)^closed[ _-]*won$|^won$"
_LOST = r"(?i)^closed[ _-]*lost|^lost$"
_WHY = WHY_PREFIX + "status"


def _columns(object_: str, columns: Sequence[str]) -> tuple[str, ...]:
    return ("status",) if object_ == "deals" and {"stage", "is_closed", "is_won"} & set(columns) else ()


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    def cell(name: str) -> pl.Expr:
        return pl.col(name) if name in context.columns else pl.lit(None, pl.String)

    stage, closed, won = cell("stage"), cell("is_closed") == "true", cell("is_won") == "true"
    derived = (
        pl.when(won)
        .then(pl.lit("won"))
        .when(stage.str.contains(_WON))
        .then(pl.lit("won"))
        .when(stage.str.contains(_LOST) | closed)
        .then(pl.lit("lost"))
        .when(stage.is_not_null())
        .then(pl.lit("open"))
    )
    blank = pl.col("status").is_null() & derived.is_not_null()
    return frame.with_columns(
        pl.when(blank).then(derived).otherwise(pl.col("status")).alias("status"),
        pl.when(blank).then(pl.lit("deals.status-derived")).alias(_WHY),
    )


DEAL_STATUS = Step("deals.status", _columns, _apply)
