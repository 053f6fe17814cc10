"""States as ISO 3166-2, read within the country of the same address; runs after the countries."""

import polars as pl

from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import states

_fields = fields_of_kind("state")


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    default = context.plan.defaults.region
    answers = {}
    for field in _fields(context.object, context.columns):
        beside = field.removesuffix("region") + "country"
        country = pl.col(beside) if beside in context.columns else pl.lit(None, dtype=pl.String)
        answers[field] = states.iso(pl.col(field), country, default=default)
    return write(frame, answers)


STEP = Step("states.iso", _fields, _apply)
