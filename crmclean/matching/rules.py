"""Rules of the plan over the two sides of a pair: `always` merges it, `never` keeps it apart."""

import re
from collections.abc import Sequence

import polars as pl

from crmclean.errors import Fault, PlanError
from crmclean.matching.model import LEAVE, MERGE
from crmclean.records import RECORD

SIDE = re.compile(r"\b([lr])_(\w+)")
RULED = "a rule of the plan"


def ruled(pairs: pl.DataFrame, frame: pl.DataFrame, always: Sequence[str], never: Sequence[str]) -> pl.DataFrame:
    """Apply SQL expressions over `l_<field>` and `r_<field>` to banded pairs; `never` wins, and so do conflicts.

    Raises:
        PlanError: an expression cannot be read, or names a field that the list does not have.
    """
    if not always and not never:
        return pairs
    sides = _with_sides(pairs, frame, [*always, *never])
    apart, together = (_any(sides, expressions) for expressions in (never, always))
    merged = together & ~apart & pairs["veto"].is_null()
    return pairs.with_columns(
        pl.when(apart).then(pl.lit(LEAVE)).when(merged).then(pl.lit(MERGE)).otherwise("band").alias("band"),
        pl.when(apart).then(pl.lit(RULED)).otherwise("veto").alias("veto"),
        pl.when(apart).then(0.0).when(merged).then(1.0).otherwise("probability").alias("probability"),
        pl.when(merged).then(pl.lit("rule")).otherwise("rule").alias("rule"),
    )


def _with_sides(pairs: pl.DataFrame, frame: pl.DataFrame, expressions: Sequence[str]) -> pl.DataFrame:
    named = sorted({field for text in expressions for _, field in SIDE.findall(text)})
    missing = [field for field in named if field not in frame.columns]
    if missing:
        hint = "a rule names fields as l_<field> and r_<field>, such as l_email = r_email"
        raise PlanError(
            *(
                Fault("[dedupe]", f"a rule names {field}, which is no field here", hint, "dedupe.rule-field")
                for field in missing
            )
        )
    values = frame.select(RECORD, *named)
    left = values.rename({RECORD: "left", **{field: f"l_{field}" for field in named}})
    right = values.rename({RECORD: "right", **{field: f"r_{field}" for field in named}})
    joined = pairs.select("left", "right").join(left, on="left", how="left", maintain_order="left")
    return joined.join(right, on="right", how="left", maintain_order="left")


def _any(sides: pl.DataFrame, expressions: Sequence[str]) -> pl.Series:
    """Say for which pairs one of the expressions is true; null counts as false."""
    answer = pl.Series([False], dtype=pl.Boolean).new_from_index(0, sides.height)
    for text in expressions:
        try:
            found = sides.select(pl.sql_expr(text).cast(pl.Boolean).fill_null(value=False)).to_series()
        except pl.exceptions.PolarsError as error:
            hint = "an SQL expression that is true or false, such as l_email = r_email"
            raise PlanError(Fault("[dedupe]", "a rule cannot be read", hint, "dedupe.rule")) from error
        answer |= found
    return answer
