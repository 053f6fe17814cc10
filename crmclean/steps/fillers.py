"""Placeholder texts (N/A, unknown, #REF!) become null where that is safe for the kind of field."""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import write
from crmclean.values import fillers


def columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the canonical fields in which a placeholder says nothing."""
    schema = canonical().get(object_)
    fields = schema.fields.values() if schema else ()
    return tuple(field.name for field in fields if field.kind not in fillers.UNTOUCHED and field.name in present)


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Drop the placeholders."""
    fields = canonical()[context.object].fields if context.object in canonical() else {}
    names = columns(context.object, context.columns)
    return write(frame, {name: fillers.without_placeholders(pl.col(name), fields[name].kind) for name in names})


def doubtful(object_: str, field: str) -> pl.Expr:
    """Return whether a cell is a placeholder, or looks like one."""
    return fillers.doubtful(pl.col(field), canonical()[object_].fields[field].kind)


STEP = Step(code="fillers.drop", columns=columns, apply=apply, doubtful=doubtful)
