"""Amounts as plain decimals, with the decimal mark that each column of each file uses; currencies as ISO codes."""

import polars as pl

from crmclean.steps.by_file import Decisions, answer, decide
from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values.currencies import iso
from crmclean.values.money import Mark, amount
from crmclean.values.money import learn as learn_mark

amounts = fields_of_kind("money")
currencies = fields_of_kind("currency")
columns = fields_of_kind("money", "currency")


def learn(learning: Learning) -> Decisions[Mark]:
    """Decide the decimal mark of every amount field of every file."""
    return decide(
        learning,
        amounts(learning.object, learning.columns),
        lambda column, file: learn_mark(column, file.decimal if file else None),
    )


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write every amount and currency that can be read for sure."""
    money = {name: answer(name, context.facts, amount, Mark(None)) for name in amounts(context.object, context.columns)}
    country = pl.col("country") if "country" in context.columns else None
    codes = {name: iso(pl.col(name), country) for name in currencies(context.object, context.columns)}
    return write(frame, {**money, **codes})


STEP = Step(code="money.plain", columns=columns, apply=apply, learn=learn)
