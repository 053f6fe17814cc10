"""Industries in our own vocabulary; what cannot be read is kept and listed, and `map` translates the rest."""

import polars as pl

from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import industries

_fields = fields_of_kind("industry")


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    fields = _fields(context.object, context.columns)
    strict = context.plan.defaults.strict
    return write(frame, {field: industries.normalised(pl.col(field), strict=strict) for field in fields})


STEP = Step("industries.value", _fields, _apply)
