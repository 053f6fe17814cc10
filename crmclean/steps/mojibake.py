"""Texts that a program once read in the wrong encoding."""

import polars as pl

from crmclean.steps.contract import Context, Step
from crmclean.steps.texts import columns
from crmclean.steps.writing import write
from crmclean.values import mojibake


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Repair every text, in every field but ids and references; under strict, none."""
    if context.plan.defaults.strict:
        return frame
    return write(frame, {name: mojibake.repaired(pl.col(name)) for name in columns(context.object, context.columns)})


STEP = Step(code="texts.mojibake", columns=columns, apply=apply)
