"""Postal codes as they are; those that seem to have lost their leading zeros are told. Runs after the countries."""

import polars as pl

from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values.postal_codes import checked

_CODE, _COUNTRY = "postal_code", "country"
_fields = fields_of_kind(_CODE)


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    countries = {field: field.replace(_CODE, _COUNTRY) for field in _fields(context.object, context.columns)}
    known = {field: country for field, country in countries.items() if country in context.columns}
    return write(frame, {field: checked(pl.col(field), pl.col(country)) for field, country in known.items()})


STEP = Step("postal.lost-zeros", _fields, _apply)
