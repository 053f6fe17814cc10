"""The shape in which every kind of value answers: a struct of the canonical text and a reason code.

`value` null with a code means refused; crmclean.values.codes says whether a step then keeps the cell as it was.
`code` null means that the value was in canonical form already (or null).
"""

from collections.abc import Callable, Iterable, Mapping

import polars as pl

RESULT = pl.Struct({"value": pl.String, "code": pl.String})

Answers = Iterable[tuple[str | None, ...]]


def result(value: pl.Expr, code: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of two text expressions."""
    return pl.struct(value.cast(pl.String).alias("value"), code.cast(pl.String).alias("code"))


def over_columns(function: Callable[[pl.DataFrame], pl.Series], dtype: pl.DataType, **inputs: pl.Expr) -> pl.Expr:
    """Return an expression that calls `function` with whole columns, once per batch; it must work row by row."""

    def call(rows: pl.Series) -> pl.Series:
        return function(rows.struct.unnest())

    return pl.struct(**inputs).map_batches(call, return_dtype=dtype, is_elementwise=True)


def over_distinct(
    function: Callable[[list[str]], Answers], fields: Mapping[str, pl.DataType], rest: pl.Expr
) -> pl.Expr:
    """Return Struct{fields} of `function`, which gets the distinct texts of `rest` once and answers one tuple each."""
    schema = pl.Schema({"_value": pl.String(), **fields})

    def answer(rows: pl.DataFrame) -> pl.Series:
        texts = rows["rest"].drop_nulls().unique().sort()
        answers = [(text, *found) for text, found in zip(texts, function(texts.to_list()), strict=True)]
        known = pl.DataFrame(answers, schema=schema, orient="row")
        joined = rows.join(known, left_on="rest", right_on="_value", how="left", maintain_order="left")
        return joined.select(pl.struct(list(fields))).to_series()

    return over_columns(answer, pl.Struct(fields), rest=rest)
