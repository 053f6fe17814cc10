"""Repairs of phone numbers that are not valid as written; each is tried alone and kept only when it gives a valid one.

A repair makes another text to read from the rows (value, e164: the invalid reading, region). Sources: the FAQ of
libphonenumber, its trackers, and ITU-T E.129 notices (Mexico dropped its mobile 1 in 2019).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
# Two numbers without blanks inside; the second begins with a bracket or a plus; both in as many groups of digits.
_WORD, _GROUPS = r"\+?[0-9(][0-9().\-]{6,19}", r"\+?[0-9]+(?: [0-9]+)"
_TWO = (
    rf"^\s*({_WORD})\s+({_WORD})\s*$",
    r"^(\s*[+(]?[0-9][0-9().\- ]*[0-9])\s+([+(]\+?[0-9][0-9().\- ]*)$",
    *(rf"^\s*({_GROUPS}{{{count}}})\s+({_GROUPS}{{{count}}})\s*$" for count in (1, 2, 3, 4)),
)
_LABEL_BETWEEN = rf"(?i)([0-9])[\s,]*[(\[]?\s*\b(?:{_LABELS})\b\s*[)\]]?[\s.:#,]*([+(]?[0-9])"
_ANY = r"^[^0-9+]*"
_EXTENSION = r"(?i)\s*(?:x|ext|#|;|,).*$"
_SCIENTIFIC = r"^\s*([0-9])(?:[.,]([0-9]+))?[eE]\+?0?([0-9]{1,2})\s*$"
_LETTER_INSIDE = r"[0-9][^0-9]*\pL"
_LETTERS_AT_AN_END = r"(?i)^\s*[(\[]?\s*[a-z]|[a-z]\.?\s*[)\]]?\s*$"
# Signs that no plain number has, a prefix for calls abroad, `.0` at the end, eleven digits, or enough for two.
_NOT_PLAIN_NATIONAL = r"[^0-9()\-. ]|^[^0-9]*0(?:0|11)|\.0+$|^[^0-9]*[1-9](?:[^0-9]*[0-9]){10}|(?:[^0-9]*[0-9]){14}"
_FEWEST_OF_TWO = 7  # digits of each of two numbers that are told apart by a blank
_FEWEST_WITH_CODE = 11  # shorter numbers without a plus are as likely national ones with a new area code

_VALUE, _E164 = pl.col("value"), pl.col("e164")


@dataclass(frozen=True)
class Repair:
    """Another text to read: `text` where `applies`, null where there is nothing to do after all.

    other: a text that must be a valid number too, or the repair counts for nothing.
    """

    applies: pl.Expr
    text: pl.Expr
    other: pl.Expr = field(default_factory=lambda: pl.lit(None, pl.String))


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
    bare = _bare(_VALUE)
    return pl.when(bare != _VALUE).then(bare)


def _bare(text: pl.Expr) -> pl.Expr:
    return text.str.replace(_LABEL_BEHIND, "").str.replace(_LABEL_BEFORE, "")


def _with_zeros() -> Repair:
    return Repair(_VALUE.str.contains(r"^[0-9+()\-. /]*[oO][0-9oO+()\-. /]*$"), _VALUE.str.replace_all("[oO]", "0"))


def _with_blanks() -> Repair:
    marks = r"[0-9+()\-. /\t_]*"
    return Repair(_VALUE.str.contains(rf"^{marks}[\t_]{marks}$"), _VALUE.str.replace_all(r"[\t_]+", " "))


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
    marked = pl.when(~value.str.contains(_BETWEEN)).then(_in_two(value))
    return pl.coalesce(apart, marked, value.str.replace_all(_BETWEEN, "\x00")).str.split("\x00")


def _in_two(value: pl.Expr) -> pl.Expr:
    """Mark where two numbers meet that only a blank or a label keeps apart; null where there is no such place."""
    tries = [value.str.replace(pattern, "${1}\x00${2}") for pattern in (*_TWO, _LABEL_BETWEEN)]
    return pl.coalesce(pl.when(text != value).then(text) for text in tries)


def _two_numbers() -> Repair:
    ends = _in_two(_VALUE).str.split("\x00").list
    long_enough = _VALUE.str.count_matches("[0-9]") >= 2 * _FEWEST_OF_TWO
    return Repair(long_enough, _bare(ends.first()), _bare(ends.last()))


def _ends_of_several() -> tuple[Repair, Repair]:
    several = _VALUE.str.contains(_BETWEEN)
    first = _VALUE.str.replace(_BETWEEN, "\x00").str.split("\x00").list.first()
    last = _VALUE.str.replace_all(_BETWEEN, "\x00").str.split("\x00").list.last()
    return Repair(several, _bare(first)), Repair(several, _bare(last))


# In the order in which they are tried.
REPAIRS: Mapping[str, tuple[Repair, ...]] = MappingProxyType(
    {
        "phones.spreadsheet-float": (_matching(r"^([+]?[0-9]{7,15})\.0+$", "${1}"),),
        "phones.separator": (_with_blanks(),),
        "phones.letter-o": (_with_zeros(),),
        "phones.mexico-prefix": (_mexican(),),
        "phones.international-prefix": (_matching(rf"{_ANY}(?:00|011)[^0-9+]*([1-9])", "+${1}"),),
        "phones.plus-missing": (_with_plus(),),
        "phones.several": (_matching(_TWO_BY_A_BLANK, "${1}"), *_ends_of_several(), _two_numbers()),
    }
)
