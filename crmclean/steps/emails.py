"""Emails in their stored form."""

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import email_kinds, emails
from crmclean.values.results import result

_STORED = "_emails.stored."

columns = fields_of_kind("email", "emails")


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write each address in its stored form; a field of several addresses keeps them all; mark likely typos."""
    fields = columns(context.object, context.columns)
    lists = canonical()[context.object].of_kind("emails") if fields else ()
    strict = context.plan.defaults.strict
    stored = [_stored(name, strict=strict, several=name in lists).alias(_STORED + name) for name in fields]
    answers = {name: _marked(pl.col(_STORED + name)) for name in fields}
    return write(frame.with_columns(stored), answers).drop(_STORED + name for name in fields)


def _stored(name: str, *, strict: bool, several: bool) -> pl.Expr:
    return emails.stored_list(pl.col(name)) if several else emails.stored(pl.col(name), strict=strict)


def _marked(stored: pl.Expr) -> pl.Expr:
    """Give the reason of a likely typo where there is no other; the address itself is never rewritten."""
    address, code = stored.struct.field("value"), stored.struct.field("code")
    typo = pl.when(email_kinds.suggest(address).is_not_null()).then(pl.lit("emails.typo-domain"))
    return result(address, pl.coalesce(code, typo))


STEP = Step(code="emails.store", columns=columns, apply=apply)
