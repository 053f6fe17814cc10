"""The shape in which every kind of value answers: a struct of the canonical text and a reason code.

`value` null with a code means refused; crmclean.values.codes says whether a step then keeps the cell as it was.
`code` null means that the value was in canonical form already (or null).
"""

from collections.abc import Callable, Mapping

import polars as pl

from crmclean.values.distinct import RESULT, encoded, repeats


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
    return either(value, plain, lambda text: result(text, pl.lit(None)), judged)


def either(
    value: pl.Expr, condition: pl.Expr, quick: Callable[[pl.Expr], pl.Expr], judged: Callable[[pl.Expr], pl.Expr]
) -> pl.Expr:
    """Return Struct{value, code}: `quick` where a condition of the value is true, and `judged` of the other values.

    Unlike a pl.when, `judged` sees its own values only, each distinct one if they repeat a lot. `quick` sees all of
    them, and must answer null for null.
    """
    at_once, rest = quick(pl.col("value")).alias("answer"), judged(pl.col("value")).alias("answer")

    def answer(rows: pl.DataFrame) -> pl.Series:
        places = (~rows["holds"]).arg_true()  # a null does not hold, and neither does its opposite: it stays null
        if len(places) == rows.height:
            return _each_once(rows["value"], rest)
        sure = rows.select(at_once)["answer"]
        if not len(places):
            return sure
        found = _each_once(rows["value"].gather(places), rest)
        return overlaid(sure, places, found)

    return over_columns(answer, {"value": value, "holds": condition})


def overlaid(answers: pl.Series, places: pl.Series, others: pl.Series) -> pl.Series:
    """Return answers (structs of text) with `others` in their places."""
    below, above = answers.struct.unnest(), others.struct.unnest()
    return pl.DataFrame([below[name].scatter(places, above[name]) for name in below.columns]).to_struct(answers.name)


def placed(answers: pl.Series, places: pl.Series, height: int) -> pl.Series:
    """Return answers in their places among `height` rows, null in all others."""
    return all_placed(answers.to_frame(), places, height).to_series()


def all_placed(answers: pl.DataFrame, places: pl.Series, height: int) -> pl.DataFrame:
    """Return rows of answers in their places among `height` rows, null in all others.

    To gather texts from where they stand takes half the time of writing them where they belong.
    """
    among = pl.int_range(len(places), dtype=pl.UInt32, eager=True)
    return answers.select(pl.all().gather(pl.repeat(None, height, dtype=pl.UInt32, eager=True).scatter(places, among)))


def each_once(value: pl.Expr, judged: Callable[[pl.Expr], pl.Expr], dtype: pl.DataType = RESULT) -> pl.Expr:
    """Return what `judged`, which must answer null for null, makes of texts: of each distinct one if they repeat a lot.

    A look-up costs as much as a pattern or two: this is for what costs more.
    """
    answer = judged(pl.col("value")).alias("answer")
    return value.map_batches(lambda column: _each_once(column, answer), return_dtype=dtype, is_elementwise=True)


def _each_once(values: pl.Series, judged: pl.Expr) -> pl.Series:
    if not repeats(values):
        return values.to_frame("value").select(judged)["answer"]
    distinct, places = encoded(values)
    return distinct.to_frame("value").select(judged)["answer"].gather(places)
