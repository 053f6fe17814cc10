"""Countries as ISO alpha-2; a part of a country (`Scotland`) also becomes the region where that is empty."""

from collections.abc import Sequence

import polars as pl

from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import countries
from crmclean.values.results import result

_fields = fields_of_kind("country")


def _columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    fields = _fields(object_, present)
    regions = tuple(_beside(field, "region") for field in fields)
    return fields + tuple(region for region in regions if region in present)


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    answers = {}
    for field in _fields(context.object, context.columns):
        region, city = (_column(_beside(field, name), context.columns) for name in ("region", "city"))
        answers[field] = countries.iso2(pl.col(field), region=region, city=city, strict=context.plan.defaults.strict)
        if region is not None:
            answers[_beside(field, "region")] = _region(region, pl.col(field))
    return write(frame, answers)


def _region(region: pl.Expr, country: pl.Expr) -> pl.Expr:
    part = pl.when(region.is_null()).then(countries.part_of(country))
    return result(pl.coalesce(region, part), pl.when(part.is_not_null()).then(pl.lit("countries.subnation")))


def _beside(field: str, name: str) -> str:
    """The field of the same address: shipping_country -> shipping_region."""
    return field.removesuffix("country") + name


def _column(name: str, present: Sequence[str]) -> pl.Expr | None:
    return pl.col(name) if name in present else None


STEP = Step("countries.iso2", _columns, _apply)
