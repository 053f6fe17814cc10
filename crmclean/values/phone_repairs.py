"""Repairs of phone numbers that are not valid as written; each is tried alone and kept only when it gives a valid one.

A repair makes another text to read from the rows (value, e164: the invalid reading, region); null where it has nothing
to do. Sources: the FAQ of libphonenumber, its trackers, and ITU-T E.129 notices (Mexico dropped its mobile 1 in 2019).
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

_LABELS = (
    "mobile|mob|cellular|cell|handy|home|work|office|direct|main|switchboard|fax|telephone|tel|phone|ph|business"
    "|personal|private|desk|hq|whatsapp|wa|[mwhoctpf]"
)
_LABEL_BEHIND = rf"(?i)[\s,]*[(\[]?\s*\b(?:{_LABELS})\b\.?\s*[)\]]?\s*$"
_LABEL_BEFORE = rf"(?i)^\s*[(\[]?\s*(?:{_LABELS})\b\s*[)\]]?\s*[.:#]*\s*"
_BETWEEN = r"(?i)\s*[/;|&\n]\s*|\s*,\s*|\s+(?:or|and|oder|und|ou|et|o|y|e)\s+"
_TWO_BY_A_BLANK = r"^\s*(\+?[0-9]{7,15})\s+\+?[0-9]{7,15}\s*$"
_ANY = r"^[^0-9+]*"
_EXTENSION = r"(?i)\s*(?:x|ext|#|;|,).*$"
_FEWEST_WITH_CODE = 11  # shorter numbers without a plus are as likely national ones with a new area code

_VALUE, _E164 = pl.col("value"), pl.col("e164")


def _matching(pattern: str, replacement: str) -> pl.Expr:
    return pl.when(_VALUE.str.contains(pattern)).then(_VALUE.str.replace(pattern, replacement))


def without_labels() -> pl.Expr:
    """Return the text without a label such as (mobile) behind or Tel: before it; null where there is none."""
    bare = _VALUE.str.replace(_LABEL_BEHIND, "").str.replace(_LABEL_BEFORE, "")
    return pl.when(bare != _VALUE).then(bare)


def _with_zeros() -> pl.Expr:
    return pl.when(_VALUE.str.contains(r"^[0-9oO+()\-. /]+$")).then(_VALUE.str.replace_all("[oO]", "0"))


def _with_plus() -> pl.Expr:
    digits = _VALUE.str.replace(_EXTENSION, "").str.count_matches("[0-9]")
    return pl.when(digits >= _FEWEST_WITH_CODE).then(_matching(rf"{_ANY}([1-9])", "+${1}"))


def _mexican() -> pl.Expr:
    return pl.when(_E164.str.contains(r"^\+52(?:1|01|044|045)[0-9]{10}$")).then(
        pl.concat_str(pl.lit("+52"), _E164.str.tail(10))
    )


def parts(value: pl.Expr) -> pl.Expr:
    """Return the list of texts that a cell of several numbers may hold."""
    apart = pl.when(value.str.contains(_TWO_BY_A_BLANK)).then(
        value.str.replace(r"([0-9])\s+(\+?[0-9])", "${1}\x00${2}")
    )
    return pl.coalesce(apart, value.str.replace_all(_BETWEEN, "\x00")).str.split("\x00")


def _first_of_several() -> pl.Expr:
    parts = _VALUE.str.replace(_BETWEEN, "\x00").str.split("\x00")
    first = pl.when(parts.list.len() > 1).then(parts.list.first())
    return pl.coalesce(_matching(_TWO_BY_A_BLANK, "${1}"), first)


def _last_of_several() -> pl.Expr:
    parts = _VALUE.str.replace_all(_BETWEEN, "\x00").str.split("\x00")
    return pl.when(parts.list.len() > 1).then(parts.list.last())


# In the order in which they are tried.
REPAIRS: Mapping[str, tuple[pl.Expr, ...]] = MappingProxyType(
    {
        "phones.spreadsheet-float": (_matching(r"^([+]?[0-9]{7,15})\.0+$", "${1}"),),
        "phones.letter-o": (_with_zeros(),),
        "phones.mexico-prefix": (_mexican(),),
        "phones.international-prefix": (_matching(rf"{_ANY}(?:00|011)[^0-9+]*([1-9])", "+${1}"),),
        "phones.plus-missing": (_with_plus(),),
        "phones.several": (_first_of_several(), _last_of_several()),
    }
)
