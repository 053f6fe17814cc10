"""Amounts as plain decimals, with the decimal mark that each column of each file uses; currencies as ISO codes."""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.by_file import Decisions, answer, decide
from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values.currencies import iso, of_several
from crmclean.values.money import Mark, amount, currency_beside
from crmclean.values.money import learn as learn_mark
from crmclean.values.results import result

amounts = fields_of_kind("money")
currencies = fields_of_kind("currency")
_CURRENCY = "currency"
_present = fields_of_kind("money", "currency")


def columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the amounts and currencies; where amounts may bring their own, the field for it among them."""
    fields = _present(object_, present)
    known = fields and amounts(object_, present) and _CURRENCY in canonical()[object_].fields
    return _present(object_, (*present, _CURRENCY)) if known else fields


def learn(learning: Learning) -> Decisions[Mark]:
    """Decide the decimal mark of every amount field of every file."""
    return decide(
        learning,
        amounts(learning.object, learning.columns),
        lambda column, file: learn_mark(column, file.decimal if file else None),
    )


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write every amount and currency that can be read for sure."""
    fields = columns(context.object, context.columns)
    missing = [pl.lit(None, pl.String).alias(name) for name in fields if name not in context.columns]
    money = {name: answer(name, context.facts, amount, Mark(None)) for name in amounts(context.object, context.columns)}
    country = _country(context)
    codes = {name: iso(pl.col(name), country) for name in currencies(context.object, fields)}
    if _CURRENCY in codes and money:
        codes[_CURRENCY] = _or_beside(codes[_CURRENCY], [*money], country)
        money = {name: _telling_signs(name, each, country) for name, each in money.items()}
    return write(frame.with_columns(missing), {**money, **codes})


def _country(context: Context) -> pl.Expr:
    """Return the country that settles a sign of several currencies: the record's, else the plan's default."""
    default = pl.lit(context.plan.defaults.region, pl.String)
    return pl.coalesce("country", default) if "country" in context.columns else default


def _telling_signs(name: str, answer: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Return the answer of an amount; where a sign beside it is dropped and says no currency for sure, with a code."""
    beside = currency_beside(pl.col(name))
    open_ = of_several(beside) & iso(beside, country).struct.field("value").is_null() & pl.col(_CURRENCY).is_null()
    told = answer.struct.field("value")
    return pl.when(open_ & told.is_not_null()).then(result(told, pl.lit("money.which-currency"))).otherwise(answer)


def _or_beside(said: pl.Expr, names: Sequence[str], country: pl.Expr) -> pl.Expr:
    """Return the answer of the currency: where it is empty, the one that stands beside the record's amounts."""
    beside = [iso(currency_beside(pl.col(name)), country).struct.field("value") for name in names]
    found = pl.coalesce(beside)
    one = pl.all_horizontal(each.is_null() | (each == found) for each in beside)
    taken = pl.col(_CURRENCY).is_null() & found.is_not_null() & one
    return pl.when(taken).then(result(found, pl.lit("currency.from-amount"))).otherwise(said)


STEP = Step(code="money.plain", columns=columns, apply=apply, learn=learn)
