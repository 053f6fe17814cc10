"""Postal codes that a spreadsheet took for numbers: zeros in front are gone, and only a person can say so for sure.

Digits of a postal code by country, where some codes begin with 0: as in postalCodeData of CLDR 27, the last to have it.
"""

from collections.abc import Mapping

import polars as pl

from crmclean.values.results import result

_DIGITS: Mapping[str, int] = {
    "US": 5, "PR": 5, "DE": 5, "FR": 5, "IT": 5, "ES": 5, "FI": 5, "MX": 5, "TR": 5, "UA": 5, "KR": 5, "MY": 5, "SK": 5,
    "LT": 5, "AU": 4, "NO": 4, "DK": 4, "RO": 6, "KZ": 6, "CN": 6, "SG": 6, "JP": 7, "BR": 8,
}  # fmt: skip
_MOST = 2  # zeros in front that a code has: Helsinki is 00100
_SHORTEST = min(_DIGITS.values()) - _MOST


def checked(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Return Struct{value, code}: the cell, and a code where zeros in front seem cut. country: ISO alpha-2."""
    length = value.str.len_bytes()
    whole = country.replace_strict(_DIGITS, default=None, return_dtype=pl.UInt32)
    short = length.is_between(_SHORTEST, max(_DIGITS.values()) - 1) & length.is_between(whole - _MOST, whole - 1)
    lost = short & value.str.contains(r"^[1-9][0-9]*$")
    return result(value, pl.when(lost).then(pl.lit("postal.lost-zeros")))
