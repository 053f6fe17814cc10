"""The kinds of value by name, each with its forms: what `crmclean values KIND --form FORM` does to one column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from crmclean.values import (
    booleans,
    companies,
    countries,
    dates,
    email_kinds,
    emails,
    fillers,
    industries,
    money,
    numbers,
    persons,
    phones,
    states,
    texts,
    urls,
)
from crmclean.values.results import first_reason, result


@dataclass(frozen=True)
class Options:
    """What a form may need to know: region or country of the values, vocabulary of a CRM, no repairs."""

    region: str | None = None
    vocabulary: str | None = None
    strict: bool = False


Form = Callable[[pl.Series, Options], pl.Expr]  # the whole column "value", to learn from -> Struct{value, code}
_VALUE = pl.col("value")


def _expression(judge: Callable[[pl.Expr], pl.Expr]) -> Form:
    return lambda _column, _options: judge(_VALUE)


def _bare(judge: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.Expr], pl.Expr]:
    return lambda value: result(judge(value), pl.lit(None))


def _named(field: str, judge: Callable[[pl.Expr], pl.Expr]) -> Form:
    """Judge names of a kind of field as the pipeline does: without the placeholders that it drops before."""
    found = fillers.without_placeholders(_VALUE, field).struct.field("code")
    filler = found == "fillers.placeholder"
    answer = judge(pl.when(filler.not_().fill_null(value=True)).then(_VALUE)).struct
    whole = result(answer.field("value"), pl.when(filler).then(found).otherwise(answer.field("code")))
    return lambda _column, _options: whole


def _phone(part: str) -> Form:
    def form(_column: pl.Series, options: Options) -> pl.Expr:
        number = phones.e164(_VALUE, pl.lit(options.region, pl.String), strict=options.strict).struct
        return result(number.field(part), number.field("code"))

    return form


def _email(of_stored: Callable[[pl.Expr], pl.Expr]) -> Form:
    def form(_column: pl.Series, options: Options) -> pl.Expr:
        stored = emails.stored(_VALUE, strict=options.strict).struct
        return result(of_stored(stored.field("value")), stored.field("code"))

    return form


def _domain(_column: pl.Series, _options: Options) -> pl.Expr:
    domain = urls.registrable_domain(_VALUE)
    return result(domain, first_reason((_VALUE.is_not_null() & domain.is_null(), "urls.invalid")))


def _person(_column: pl.Series, _options: Options) -> pl.Expr:
    found = persons.parse(_VALUE).struct
    parts = [found.field(part).fill_null("") for part in persons.PARTS]
    some = pl.any_horizontal(part != "" for part in parts)
    return result(pl.when(some).then(pl.concat_str(parts, separator="|")), found.field("code"))


def _state(_column: pl.Series, options: Options) -> pl.Expr:
    return states.iso(_VALUE, pl.lit(options.region, pl.String))


def _industry(_column: pl.Series, options: Options) -> pl.Expr:
    ours = industries.normalised(_VALUE, strict=options.strict)
    if options.vocabulary is None:
        return ours
    target = industries.translated(ours.struct.field("value"), options.vocabulary).struct
    return result(target.field("value"), pl.coalesce(target.field("code"), ours.struct.field("code")))


KINDS: Mapping[str, Mapping[str, Form]] = MappingProxyType(
    {
        "phones": {"e164": _phone("value"), "extension": _phone("extension")},
        "emails": {
            "store": _email(lambda stored: stored),
            "match": _email(emails.match_key),
            "class": _email(email_kinds.classify),
            "suggest": _email(email_kinds.suggest),
        },
        "companies": {
            "display": _named("company", companies.display),
            "base": _named("company", _bare(companies.base)),
            "key": _named("company", _bare(companies.key)),
        },
        "persons": {"parse": _person, "display": _named("full_name", persons.display)},
        "countries": {"iso2": lambda _, options: countries.iso2(_VALUE, strict=options.strict)},
        "states": {"iso": _state},
        "industries": {"value": _industry},
        "dates": {
            "iso": lambda column, _: dates.parsed(_VALUE, dates.learn(column), with_time=True),
            "date": lambda column, _: dates.parsed(_VALUE, dates.learn(column), with_time=False),
        },
        "money": {"plain": lambda column, _: money.amount(_VALUE, money.learn(column))},
        "numbers": {
            "integer": lambda column, _: numbers.integer(_VALUE, numbers.learn_groups(column)),
            "percent": lambda column, _: numbers.percent(_VALUE, numbers.learn_percent(column)),
        },
        "booleans": {
            "truth": lambda column, _: booleans.truth(_VALUE, extended=booleans.all_extended(column)),
            "opted-out": _expression(booleans.opted_out),
        },
        "urls": {"domain": _domain, "form": _expression(urls.cleaned)},
        "texts": {"line": _expression(texts.cleaned), "lines": _expression(texts.cleaned_lines)},
    }
)  # the first form of each kind is its default
