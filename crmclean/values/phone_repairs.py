"""Repairs of phone numbers that are not valid as written; each is tried alone and kept only when it gives a valid one.

A repair makes another text to read from the rows (value, e164: the invalid reading, region). Sources: the FAQ of
libphonenumber, its trackers, and ITU-T E.129 notices (Mexico dropped its mobile 1 in 2019).
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
_SCIENTIFIC = r"^\s*([0-9])(?:[.,]([0-9]+))?[eE]\+?0?([0-9]{1,2})\s*$"
_LETTER_INSIDE = r"[0-9][^0-9]*\pL"
_LETTERS_AT_AN_END = r"(?i)^\s*[(\[]?\s*[a-z]|[a-z]\.?\s*[)\]]?\s*$"
# Signs that no plain number has, a prefix for calls abroad, `.0` at the end, eleven digits or two numbers.
_NOT_PLAIN_NATIONAL = r"[^0-9()\-. ]|^[^0-9]*0(?:0|11)|\.0+$|^[^0-9]*[1-9](?:[^0-9]*[0-9]){10}|[0-9]{7} +[0-9]{7}"
_FEWEST_WITH_CODE = 11  # shorter numbers without a plus are as likely national ones with a new area code

_VALUE, _E164 = pl.col("value"), pl.col("e164")


@dataclass(frozen=True)
class Repair:
    """Another text to read: `text` where `applies`, null where there is nothing to do after all."""

    applies: pl.Expr
    text: pl.Expr


def _matching(pattern: str, replacement: str) -> Repair:
    return Repair(_VALUE.str.contains(pattern), _VALUE.str.replace(pattern, replacement))


def may_have_label() -> pl.Expr:
    """Return whether a text begins or ends with letters, in brackets or not: no other one has a label."""
    return _VALUE.str.contains(_LETTERS_AT_AN_END)


def may_help() -> pl.Expr:
    """Return whether any of the repairs could apply to a text: none does to plain digits of one national number."""
    return _VALUE.str.contains(_NOT_PLAIN_NATIONAL) | _E164.str.starts_with("+52").fill_null(value=False)


def without_labels() -> pl.Expr:
    """Return the text without a label such as (mobile) behind or Tel: before it; null where there is none."""
    bare = _VALUE.str.replace(_LABEL_BEHIND, "").str.replace(_LABEL_BEFORE, "")
    return pl.when(bare != _VALUE).then(bare)


def _with_zeros() -> Repair:
    return Repair(_VALUE.str.contains(r"^[0-9+()\-. /]*[oO][0-9oO+()\-. /]*$"), _VALUE.str.replace_all("[oO]", "0"))


def is_scientific(value: pl.Expr) -> pl.Expr:
    """Return whether a spreadsheet wrote the number as 6.50253E+09, whose E phonenumbers would leave out."""
    return value.str.contains(_SCIENTIFIC)


def written_out() -> pl.Expr:
    """Return the digits of 4.155552671E+09, whose mantissa has them all; null where some are lost."""
    first, rest, exponent = (_VALUE.str.extract(_SCIENTIFIC, group) for group in (1, 2, 3))
    whole = rest.str.len_bytes() == exponent.cast(pl.UInt32)
    return pl.when(whole).then(pl.concat_str(first, rest))


def _with_plus() -> Repair:
    bare = _VALUE.str.replace(_EXTENSION, "")
    digits = bare.str.count_matches("[0-9]")
    begin = rf"{_ANY}([1-9])"
    long_enough = _VALUE.str.len_bytes() >= _FEWEST_WITH_CODE
    one_number = (digits >= _FEWEST_WITH_CODE) & ~bare.str.contains(_LETTER_INSIDE)
    text = pl.when(one_number).then(_VALUE.str.replace(begin, "+${1}"))
    return Repair(long_enough & _VALUE.str.contains(begin), text)


def _mexican() -> Repair:
    old = _E164.str.contains(r"^\+52(?:1|01|044|045)[0-9]{10}$")
    return Repair(old.fill_null(value=False), pl.concat_str(pl.lit("+52"), _E164.str.tail(10)))


def parts(value: pl.Expr) -> pl.Expr:
    """Return the list of texts that a cell of several numbers may hold."""
    apart = pl.when(value.str.contains(_TWO_BY_A_BLANK)).then(
        value.str.replace(r"([0-9])\s+(\+?[0-9])", "${1}\x00${2}")
    )
    return pl.coalesce(apart, value.str.replace_all(_BETWEEN, "\x00")).str.split("\x00")


def _ends_of_several() -> tuple[Repair, Repair]:
    several = _VALUE.str.contains(_BETWEEN)
    first = _VALUE.str.replace(_BETWEEN, "\x00").str.split("\x00").list.first()
    last = _VALUE.str.replace_all(_BETWEEN, "\x00").str.split("\x00").list.last()
    return Repair(several, first), Repair(several, last)


# In the order in which they are tried.
REPAIRS: Mapping[str, tuple[Repair, ...]] = MappingProxyType(
    {
        "phones.spreadsheet-float": (_matching(r"^([+]?[0-9]{7,15})\.0+$", "${1}"),),
        "phones.letter-o": (_with_zeros(),),
        "phones.mexico-prefix": (_mexican(),),
        "phones.international-prefix": (_matching(rf"{_ANY}(?:00|011)[^0-9+]*([1-9])", "+${1}"),),
        "phones.plus-missing": (_with_plus(),),
        "phones.several": (_matching(_TWO_BY_A_BLANK, "${1}"), *_ends_of_several()),
    }
)
