"""Emails in their stored form."""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import email_kinds, emails
from crmclean.values.results import over_columns, placed, result

_STORED = "_emails.stored."

_ONE, _OTHERS = "email", "email_other"

_fields = fields_of_kind("email", "emails")


def columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the email fields, and the one that further addresses of a cell go to."""
    fields = _fields(object_, present)
    roomy = _ONE in fields and _OTHERS not in fields and _OTHERS in canonical()[object_].fields
    return (*fields, _OTHERS) if roomy else fields


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write each address in its stored form; a field of several addresses keeps them all; mark likely typos."""
    fields = columns(context.object, context.columns)
    lists = canonical()[context.object].of_kind("emails") if fields else ()
    strict = context.plan.defaults.strict
    missing = [pl.lit(None, pl.String).alias(name) for name in fields if name not in context.columns]
    stored = [_stored(name, strict=strict, several=name in lists).alias(_STORED + name) for name in fields]
    answers = {name: _marked(pl.col(_STORED + name)) for name in fields}
    if {_ONE, _OTHERS} <= answers.keys():
        answers[_OTHERS] = _with_further(answers[_OTHERS])
    helpers = [_STORED + name for name in fields]
    return write(frame.with_columns(missing).with_columns(stored), answers).drop(helpers)


def _with_further(answer: pl.Expr) -> pl.Expr:
    """Return the answer of the other addresses, with the further ones of a cell of several behind those there are.

    A cell that is not all addresses stays as it is.
    """
    one, others = (pl.col(_STORED + name).struct for name in (_ONE, _OTHERS))
    room = others.field("value").is_not_null() | pl.col(_OTHERS).is_null()
    several = pl.when((one.field("code") == "emails.several") & room).then(pl.col(_ONE))
    every = over_columns(_together, {"others": others.field("value"), "several": several}, pl.String())
    more = every.is_not_null() & every.ne_missing(others.field("value"))
    return pl.when(more).then(result(every, pl.lit("emails.further"))).otherwise(answer)


def _together(rows: pl.DataFrame) -> pl.Series:
    """Return the other addresses and the further ones of the few cells of several, each once; null where none is."""
    places = rows["several"].is_not_null().arg_true()
    found = rows.select(pl.all().gather(places)).with_columns(more=emails.further(pl.col("several")))
    every = pl.concat_str("others", "more", separator=";", ignore_nulls=True)
    different = every.str.split(";").list.unique(maintain_order=True).list.join(";")
    told = found.select(pl.when(pl.col("more").is_not_null()).then(different)).to_series()
    return placed(told, places, rows.height)


def _stored(name: str, *, strict: bool, several: bool) -> pl.Expr:
    return emails.stored_list(pl.col(name), strict=strict) if several else emails.stored(pl.col(name), strict=strict)


def _marked(stored: pl.Expr) -> pl.Expr:
    """Give the reason of a likely typo where there is no other; the address itself is never rewritten."""
    address, code = stored.struct.field("value"), stored.struct.field("code")
    typo = pl.when(email_kinds.suggest(address).is_not_null()).then(pl.lit("emails.typo-domain"))
    return result(address, pl.coalesce(code, typo))


STEP = Step(code="emails.store", columns=columns, apply=apply)
