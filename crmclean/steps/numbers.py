"""Whole numbers and percentages."""

import polars as pl

from crmclean.steps.by_file import Decisions, answer, decide
from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values.numbers import Share, integer, learn_percent, percent

integers = fields_of_kind("integer")
percents = fields_of_kind("percent")
columns = fields_of_kind("integer", "percent")


def learn(learning: Learning) -> Decisions[Share]:
    """Decide for every percentage of every file whether it is written as a share of one."""
    return decide(learning, percents(learning.object, learning.columns), lambda column, _: learn_percent(column))


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write numbers plainly, without rounding."""
    whole = {name: integer(pl.col(name)) for name in integers(context.object, context.columns)}
    shares = {
        name: answer(name, context.facts, percent, Share(of_one=False))
        for name in percents(context.object, context.columns)
    }
    return write(frame, {**whole, **shares})


STEP = Step(code="numbers.plain", columns=columns, apply=apply, learn=learn)
