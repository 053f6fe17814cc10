"""Web addresses and domains."""

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import urls

columns = fields_of_kind("url", "domain")


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write web addresses in their normal form, and domains as bare hosts."""
    fields = columns(context.object, context.columns)
    domains = canonical()[context.object].of_kind("domain") if fields else ()
    return write(frame, {name: (urls.host if name in domains else urls.cleaned)(pl.col(name)) for name in fields})


STEP = Step(code="urls.form", columns=columns, apply=apply)
