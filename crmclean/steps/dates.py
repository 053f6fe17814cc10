"""Dates and times as ISO text, in the format that each column of each file uses."""

from functools import partial

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.by_file import Decisions, answer, decide
from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values.dates import DateFormat, is_canonical, is_exact, parsed
from crmclean.values.dates import learn as learn_format

columns = fields_of_kind("date", "datetime")


def learn(learning: Learning) -> Decisions[DateFormat]:
    """Decide the order of day and month for every date field of every file."""
    return decide(
        learning,
        columns(learning.object, learning.columns),
        lambda column, file: learn_format(column, file.dates if file else None, exact=column.name in learning.clean),
    )


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write every date that can be read for sure."""
    fields = columns(context.object, context.columns)
    readers = {name: partial(parsed, with_time=_timed(context.object, name)) for name in fields}
    return write(frame, {name: answer(name, context.facts, read, DateFormat(None)) for name, read in readers.items()})


def settled(object_: str, field: str) -> pl.Expr:
    """Return whether a cell is an ISO date, or a time at UTC where there may be one."""
    return is_canonical(pl.col(field), with_time=_timed(object_, field))


def clean(_object: str, field: str) -> pl.Expr:
    """Return whether a cell is a time at UTC, with parts of a second or without."""
    return is_exact(pl.col(field))


def _timed(object_: str, field: str) -> bool:
    return field in canonical()[object_].of_kind("datetime")


STEP = Step(code="dates.iso", columns=columns, apply=apply, learn=learn, settled=settled, clean=clean)
