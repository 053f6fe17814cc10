"""Whole numbers and percentages."""

import polars as pl

from crmclean.plan.model import SourceFile
from crmclean.steps.by_file import Decisions, answer, decide
from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values.numbers import Groups, Share, integer, learn_groups, learn_percent, percent

integers = fields_of_kind("integer")
percents = fields_of_kind("percent")
columns = fields_of_kind("integer", "percent")


def learn(learning: Learning) -> Decisions[Share | Groups]:
    """Decide for every file which marks stand between thousands, and what percentages are shares of one."""
    shares = set(percents(learning.object, learning.columns))

    def learned(column: pl.Series, file: SourceFile | None) -> Share | Groups:
        if column.name in shares:
            return learn_percent(column)
        return learn_groups(column, file.decimal if file else None)

    return decide(learning, columns(learning.object, learning.columns), learned)


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write numbers plainly, without rounding."""
    whole = {name: answer(name, context.facts, integer, Groups()) for name in integers(context.object, context.columns)}
    shares = {
        name: answer(name, context.facts, percent, Share(of_one=False))
        for name in percents(context.object, context.columns)
    }
    return write(frame, {**whole, **shares})


STEP = Step(code="numbers.plain", columns=columns, apply=apply, learn=learn)
