"""Lifecycle stages in canonical form."""

import polars as pl

from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import lifecycles

_fields = fields_of_kind("lifecycle")


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    fields = _fields(context.object, context.columns)
    return write(frame, {field: lifecycles.normalised(pl.col(field)) for field in fields})


STEP = Step("lifecycles.value", _fields, _apply)
