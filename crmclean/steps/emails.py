"""Emails in their stored form."""

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import emails

columns = fields_of_kind("email", "emails")


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write each address in its stored form; a field of several addresses keeps them all."""
    fields = columns(context.object, context.columns)
    lists = canonical()[context.object].of_kind("emails") if fields else ()
    strict = context.plan.defaults.strict
    answers = {
        name: emails.stored_list(pl.col(name)) if name in lists else emails.stored(pl.col(name), strict=strict)
        for name in fields
    }
    return write(frame, answers)


STEP = Step(code="emails.store", columns=columns, apply=apply)
