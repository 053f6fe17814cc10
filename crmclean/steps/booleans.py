"""True and false, and consent; a blank stays null, and null is not false."""

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.by_file import Decisions, answer, decide
from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values.booleans import all_extended, is_canonical, opted_out, truth

columns = fields_of_kind("boolean", "consent")


def learn(learning: Learning) -> Decisions[bool]:
    """Decide for every field of every file whether all its values are known words, the extended ones included."""
    return decide(learning, columns(learning.object, learning.columns), lambda column, _: all_extended(column))


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write `true` or `false` for every known word."""
    fields = columns(context.object, context.columns)
    consents = canonical()[context.object].of_kind("consent") if fields else ()
    answers = {
        name: opted_out(pl.col(name)) if name in consents else answer(name, context.facts, _read, default=False)
        for name in fields
    }
    return write(frame, answers)


def _read(value: pl.Expr, extended: bool) -> pl.Expr:
    return truth(value, extended=extended)


def settled(_object: str, field: str) -> pl.Expr:
    """Return whether a cell is `true` or `false`."""
    return is_canonical(pl.col(field))


STEP = Step(code="booleans.word", columns=columns, apply=apply, learn=learn, settled=settled)
