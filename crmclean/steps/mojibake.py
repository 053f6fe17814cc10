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


def doubtful(_object: str, field: str) -> pl.Expr:
    """Return whether a cell may be damaged."""
    return mojibake.doubtful(pl.col(field))


STEP = Step(code="texts.mojibake", columns=columns, apply=apply, doubtful=doubtful)
