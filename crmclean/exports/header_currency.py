"""The currency that the header of an amount names: `Turnover (EUR)`, `Umsatz in €`, `Amount USD`."""

import re
from collections.abc import Collection, Mapping

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.values.currencies import is_currency

_CURRENCY = "currency"
_NAMED = re.compile(r"^(.*?\w)(?:\s*[(\[](?:in\s+)?([^\s,_-]+)[)\]]|(?:\s+in\s+|[\s,/_-]+)([^\s,/_-]+))\s*$")
_WORDS = frozenset({"ALL", "TOP"})  # codes that are words, too: an amount of all, not of Albania


def parted(header: str) -> tuple[str, str] | None:
    """Return a header without its currency, and the currency as it is written there; None where it names none."""
    found = _NAMED.match(header)
    if found is None:
        return None
    told = found[2] or found[3]
    return (found[1], told) if is_currency(told) and told not in _WORDS else None


def told_by_headers(object_: str, names: Mapping[str, str], there: Collection[str]) -> list[pl.Expr]:
    """Return the column of currencies that the amounts' headers make up for. names: header -> loaded name.

    Nothing where a currency is `there` among the columns already, or the headers name none for an amount, or several.
    """
    fields = canonical()[object_].fields if object_ in canonical() else {}
    if _CURRENCY not in fields or _CURRENCY in there:
        return []
    amounts = {
        name: parted(header) for header, name in names.items() if name in fields and fields[name].kind == "money"
    }
    told = {found[1] for found in amounts.values() if found}
    if len(told) != 1 or not all(amounts.values()):
        return []
    filled = pl.any_horizontal(pl.col(name).is_not_null() for name in amounts)
    return [pl.when(filled).then(pl.lit(told.pop())).alias(_CURRENCY)]
