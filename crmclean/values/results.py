"""The shape in which every kind of value answers: a struct of the canonical text and a reason code.

`value` null with a code means refused; crmclean.values.codes says whether a step then keeps the cell as it was.
`code` null means that the value was in canonical form already (or null).
"""

from collections.abc import Callable, Mapping

import polars as pl

from crmclean.values.distinct import RESULT, looked_up, repeats


def result(value: pl.Expr, code: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of two text expressions."""
    return pl.struct(value.cast(pl.String).alias("value"), code.cast(pl.String).alias("code"))


def first_reason(*cases: tuple[pl.Expr, str | pl.Expr | None]) -> pl.Expr:
    """Return the code of the first condition that is true; null where none is, or where that code is None."""
    reason: pl.Expr = pl.lit(None, pl.String)
    for condition, code in reversed(cases):
        named = code if isinstance(code, pl.Expr) else pl.lit(code, pl.String)
        reason = pl.when(condition).then(named).otherwise(reason)
    return reason


def over_columns(
    function: Callable[[pl.DataFrame], pl.Series], inputs: Mapping[str, pl.Expr], dtype: pl.DataType = RESULT
) -> pl.Expr:
    """Return an expression that calls `function` with whole columns, once per batch; it must work row by row."""

    def call(rows: pl.Series) -> pl.Series:
        return function(rows.struct.unnest())

    columns = [expression.alias(name) for name, expression in inputs.items()]
    return pl.struct(columns).map_batches(call, return_dtype=dtype, is_elementwise=True)


def unless_plain(value: pl.Expr, plain: pl.Expr, judged: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Return Struct{value, code}: plain values as they are, and for the others only what `judged` makes of them."""
    rest = judged(pl.col("value")).alias("answer")

    def answer(rows: pl.DataFrame) -> pl.Series:
        values, codes = rows["value"], pl.Series("code", [None], dtype=pl.String).new_from_index(0, rows.height)
        places = (~rows["plain"]).arg_true()  # a null is not plain and not its opposite: it stays null
        if len(places):
            answers = _each_once(values.gather(places), rest).struct
            values = values.scatter(places, answers.field("value"))
            codes = codes.scatter(places, answers.field("code"))
        return pl.DataFrame([values, codes]).to_struct()

    return over_columns(answer, {"value": value, "plain": plain})


def each_once(value: pl.Expr, judged: Callable[[pl.Expr], pl.Expr], dtype: pl.DataType = RESULT) -> pl.Expr:
    """Return what `judged`, which must answer null for null, makes of texts: of each distinct one if they repeat a lot.

    A look-up costs as much as a pattern or two: this is for what costs more.
    """
    answer = judged(pl.col("value")).alias("answer")
    return value.map_batches(lambda column: _each_once(column, answer), return_dtype=dtype, is_elementwise=True)


def _each_once(values: pl.Series, judged: pl.Expr) -> pl.Series:
    if not repeats(values):
        return values.to_frame("value").select(judged)["answer"]
    distinct = values.unique().drop_nulls().alias("value")
    return looked_up(values, distinct, distinct.to_frame().select(judged)["answer"])
