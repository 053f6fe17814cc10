"""Currencies as ISO 4217 codes, from codes, names and signs; a sign of several currencies is settled by the country.

Sources: data/currencies.csv (scripts/derive_currencies.py) and data/currency_signs.csv, written for this project. A
code that is no tender any more (DEM) is kept with a finding.
"""

from functools import cache

import polars as pl

from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.folding import LONGEST, tidy
from crmclean.values.lists import mapping, table


def iso(value: pl.Expr, country: pl.Expr | None = None) -> pl.Expr:
    """Return Struct{value, code}: the ISO 4217 code; `country` (ISO alpha-2) settles `$`, `kr` and the like."""
    where = pl.lit(None, dtype=pl.String) if country is None else country
    return over_distinct([value, where], judge, RESULT)


def judge(text: str, country: str | None = None) -> tuple[str | None, str | None]:
    """Return (ISO 4217 code, reason code) of one cell; null and a code where it is kept as it was."""
    if text in tender():
        return text, None
    name = tidy(text).casefold() if len(text) <= LONGEST else ""
    found = _names().get(name) or _by_sign(name, country)
    return (found, "currency.iso") if found else (None, "currency.unknown")


def of_several(sign: pl.Expr) -> pl.Expr:
    """Whether a sign stands for several currencies, such as `$`; null stays null."""
    return sign.str.to_lowercase().is_in([each for each, codes in _signs().items() if ";" in codes])


def is_currency(word: str) -> bool:
    """Say whether a word of a header is a currency: a code in capitals, a sign, or a name such as Euro."""
    small = word.casefold()
    return word in tender() or small in _signs() or (small in _names() and small.upper() not in tender())


def _by_sign(sign: str, country: str | None) -> str | None:
    candidates = _signs().get(sign, "").split(";")
    if len(candidates) > 1:
        candidates = [code for code in candidates if country in tender()[code]]
    return candidates[0] or None if len(candidates) == 1 else None


@cache
def tender() -> dict[str, tuple[str, ...]]:
    """Return ISO 4217 code -> the countries that pay with it, for every code in use."""
    return {code: tuple(where.split(";")) for code, where in mapping("currencies", "code", "countries").items()}


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for code, name, *_ in table("currencies").iter_rows():
        names |= {code.casefold(): code, name.casefold(): code}
    return names


@cache
def _signs() -> dict[str, str]:
    return {sign.casefold(): codes for sign, codes in mapping("currency_signs", "sign", "codes").items()}
