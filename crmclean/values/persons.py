"""Names of persons: title, first, middle, last and suffix out of one cell; casing; what is no person's name.

Two plain words, or two with an initial between them, are split by expressions; everything else goes to nameparser
(https://pypi.org/project/nameparser), each distinct name once.
"""

import re
from functools import lru_cache

import polars as pl
from nameparser import HumanName

from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.folding import LONGEST, at_rest, tidy
from crmclean.values.person_case import particles, person_cased, suffix_words, words_of
from crmclean.values.results import unless_plain

PARTS = ("title", "first", "middle", "last", "suffix")
PARSED = pl.Struct({**dict.fromkeys(PARTS, pl.String), "code": pl.String})

_NOTHING = (None,) * len(PARTS)
_NAME = r"\p{L}\p{L}+(?:[-'’]\p{L}\p{L}+)*"
_PLAIN = rf"^{_NAME} (?:\p{{L}}\.? )?{_NAME}$"
_PAIR = re.compile(r"\s(?:&|and|und|et)\s|\s[/+]\s|;", re.IGNORECASE)
_PAIR_PATTERN = r"(?i)\s(?:&|and|und|et)\s|\s[/+]\s|;"
_WORDS = re.compile(r"[^\W\d_]+", re.UNICODE)
_NO_NAME = re.compile(r"[\d@&/]")
_MORE_THAN_A_NAME = re.compile(r"\d|\s[-–—|]\s|[|=*<>:]|\b(?:CEO|CFO|CTO|COO|CIO|CMO|EVP|SVP|VP)\b")
_TITLE = r"(?i)^((?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|mme|sra|srta)\b\.?)\s+(\p{L}.*)$"
_SUFFIX = r"(?i)^(.*\p{L}),?\s+(jr\.?|sr\.?|jnr\.?|snr\.?|ii|iii|iv|ph\.?d\.?|m\.?d\.?|esq\.?|mba|cpa)$"
_LEGAL = re.compile(r"[^\W\d_](?:&[^\W\d_]|\.(?:com|net|org|io)\b)", re.UNICODE)


def parse(value: pl.Expr) -> pl.Expr:
    """Return Struct{title, first, middle, last, suffix, code} of full names; parts that a name lacks are null.

    The code says why nothing was read (a company, an email address), or that there is more to it (two people).
    """
    first, middle, last = (value.str.extract(pattern, 1) for pattern in (r"^([^ ]+)", r" (\p{L}\.?) ", r"([^ ]+)$"))
    plain = value.str.contains(_PLAIN) & _ordinary(first) & _ordinary(last) & ~_one_case(value)
    none = pl.lit(None, dtype=pl.String)
    quick = pl.struct(
        none.alias("title"), first.alias("first"), middle.alias("middle"), last.alias("last"),
        none.alias("suffix"), none.alias("code"),
    )  # fmt: skip
    slow = over_distinct(pl.when(~plain).then(value), parsed, PARSED)
    return pl.when(plain).then(quick).otherwise(slow)


def cased(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of a name in the usual case, where the whole cell is in one case; else as it is."""
    doubtful = _one_case(value) | _untidy(value)
    return unless_plain(value, ~doubtful, lambda text: over_distinct(text, _cased, RESULT))


def display(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of a full name in reading order and usual case: `BOND, JAMES` is `James Bond`."""
    doubtful = _one_case(value) | _untidy(value) | value.str.contains(",", literal=True)
    return unless_plain(value, ~doubtful, lambda text: over_distinct(text, displayed, RESULT))


def joined(first: pl.Expr, middle: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Return the full name of its parts, null where there is neither a first nor a last name."""
    parts = pl.concat_str(first, middle, last, separator=" ", ignore_nulls=True)
    return pl.when(first.is_not_null() | last.is_not_null()).then(parts)


def title_apart(value: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return (title, first name) of a first name such as `Dr. Mary`; both null without a title."""
    return value.str.extract(_TITLE, 1), value.str.extract(_TITLE, 2)


def suffix_apart(value: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return (suffix, last name) of a last name such as `King, Jr.`; both null without a suffix."""
    return value.str.extract(_SUFFIX, 2), value.str.extract(_SUFFIX, 1)


def is_organisation(value: pl.Expr) -> pl.Expr:
    """Return Boolean: the cell names a company or a department, not a person."""
    bare = value.str.replace_all(".", "", literal=True)
    worded = bare.str.contains_any(sorted(words_of("organisation")), ascii_case_insensitive=True)
    marked = value.str.contains(r"&|\.(?i:com|net|org|io)\b") | (value.str.len_bytes() != value.str.len_chars())
    candidate = worded | marked
    found = over_distinct(pl.when(candidate).then(value), names_organisation, pl.Boolean())
    return pl.when(value.is_not_null()).then(found.fill_null(value=False))


def two_people(value: pl.Expr) -> pl.Expr:
    """Return Boolean: two people stand in one cell, such as `John & Mary Smith`."""
    paired = value.str.contains(_PAIR_PATTERN)
    return paired & ~is_organisation(pl.when(paired).then(value)).fill_null(value=False)


def parsed(name: str) -> tuple[str | None, ...]:
    """Return (title, first, middle, last, suffix, code) of one full name."""
    text = tidy(name)
    if "@" in text:
        return *_NOTHING, "persons.email"
    if not any(char.isalpha() for char in text) or len(text) > LONGEST:
        return *_NOTHING, "persons.not-a-name" if text else None
    if names_organisation(text):
        return *_NOTHING, "persons.organisation"
    if _MORE_THAN_A_NAME.search(text):
        return *_NOTHING, "persons.not-a-name"
    if _PAIR.search(text) and not _couple(text):
        return *_NOTHING, "persons.two-people"
    return _read(text)


def displayed(name: str) -> tuple[str | None, str | None]:
    """Return (full name in reading order and usual case, code) of one cell."""
    text = tidy(name)
    spelled = at_rest(_displayed, text)
    if not text or spelled == name:
        return text or None, None if text == name else "texts.trimmed"
    if spelled == text:
        return text, "texts.trimmed"
    return spelled, "persons.case" if spelled.casefold() == text.casefold() else "persons.order"


def _displayed(text: str) -> str:
    title, first, middle, last, suffix, refused = parsed(text)
    if refused is not None or not (first and last) or "," not in text:
        return _usual_case(text)
    ordered = " ".join(part for part in (title, first, middle, last, suffix) if part)
    whole = sorted(_WORDS.findall(ordered.casefold())) == sorted(_WORDS.findall(text.casefold()))
    turned = text.casefold().rfind(first.casefold()) > text.index(",")
    return ordered if whole and turned else _usual_case(text)


@lru_cache(maxsize=1 << 16)
def names_organisation(text: str) -> bool:
    """Say whether one cell names a company or a department."""
    words = [word.casefold() for word in _WORDS.findall(text.replace(".", ""))]
    return len(text) <= LONGEST and (not words_of("organisation").isdisjoint(words) or bool(_LEGAL.search(text)))


def _couple(text: str) -> bool:
    """`Mr. and Mrs. John Smith` has one name; nameparser reads it."""
    before = _PAIR.split(text, maxsplit=1)[0]
    return before.strip(". ").casefold() in words_of("title")


def _read(text: str) -> tuple[str | None, ...]:
    if "," not in text and len(text.split()) == 1:
        return None, person_cased(text), None, None, None, "persons.unsplit"
    name = HumanName(person_cased(text))
    title, first, middle, last, suffix = (getattr(name, part) or None for part in PARTS)
    if title and last and not first and _abbreviated_name(title):
        title, first = None, title  # "Wm. Tell": an abbreviated first name, not a title
    if not (first or last):
        return *_NOTHING, "persons.not-a-name"
    return title, first, middle, last, suffix, None if first and last else "persons.unsplit"


def _abbreviated_name(word: str) -> bool:
    return word.endswith(".") and word[:-1].isalpha() and word[:-1].casefold() not in words_of("title")


@lru_cache(maxsize=1 << 16)
def _cased(name: str) -> tuple[str | None, str | None]:
    text = tidy(name)
    better = at_rest(_usual_case, text)
    if better == name:
        return name, None
    return better or None, "persons.case" if better != text else "texts.trimmed"


def _usual_case(text: str) -> str:
    return text if len(text) > LONGEST or _NO_NAME.search(text) else person_cased(text)


def _one_case(value: pl.Expr) -> pl.Expr:
    return ((value == value.str.to_uppercase()) != (value == value.str.to_lowercase())) & (value.str.len_chars() > 1)


def _untidy(value: pl.Expr) -> pl.Expr:
    return value.str.contains(r"[^\x20-\x7E\p{L}]|^ | $|  ")


def _ordinary(word: pl.Expr) -> pl.Expr:
    special = words_of("title") | words_of("organisation") | particles() | suffix_words() | {"and", "und", "et"}
    return ~word.str.to_lowercase().is_in(sorted(special))
