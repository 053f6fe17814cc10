"""Industries in our own vocabulary, which translates into HubSpot's 148 values and Salesforce's 32.

Our values are HubSpot's in small letters, plus the broader ones that Salesforce and most lists use (technology,
finance, ...). Sources: data/industries.csv, data/industry_synonyms.csv and data/industry_naics.csv, written for this
project; NAICS 2022 is in the public domain. A value that no rule reads is kept and listed, never guessed.
"""

import re
from collections.abc import Iterable
from functools import cache, partial

import polars as pl
from rapidfuzz import fuzz, process

from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.folding import LONGEST, fold
from crmclean.values.lists import mapping, table

VOCABULARIES = ("hubspot", "salesforce")
TYPO_RATIO = 90  # rapidfuzz ratio from which a value counts as misspelt ...
TYPO_LENGTH = 5  # ... if it has at least this many characters,
SYNONYM_LENGTH = 8  # and a synonym this many: `Healthy` is no misspelt `health`

_PARTS = re.compile(r"\s+[-–—]\s+|[/;|>:,]|\s+\\\s+")
_NESTED = re.compile(r"\s*(?:>|::|»)\s*")
# Five or six digits are NAICS. Four may be SIC, and one or two up to 33 are another CRM's own numbers.
_NAICS = re.compile(
    r"(?:NAICS\D{0,3})?(\d{5,6}|\d{3}|3[4-9]|[4-9]\d)(?:\s*[-–:]\s*\D.*)?\Z|NAICS\D{0,3}(\d{2,6})\b", re.IGNORECASE
)
_SECTORS = {"31-33": "31", "44-45": "44", "48-49": "48"}


def normalised(value: pl.Expr, *, strict: bool = False) -> pl.Expr:
    """Return Struct{value, code}: the industry in our vocabulary; null and a code where it is kept as it was.

    strict: no misspelt value is read.
    """
    return over_distinct(value, partial(judge, strict=strict), RESULT)


def translated(value: pl.Expr, vocabulary: str) -> pl.Expr:
    """Return Struct{value, code}: the target's value for one of ours; a lossy or missing translation has a code.

    vocabulary: "hubspot" or "salesforce".
    """
    targets = {row["value"]: (row["target"], row["sure"]) for row in translations(vocabulary).iter_rows(named=True)}

    def judge_target(ours: str) -> tuple[str | None, str | None]:
        target, sure = targets.get(ours, (None, None))
        if target is None:
            return None, "industries.no-target"
        return target, None if sure == "high" else "industries.lossy"

    return over_distinct(value, judge_target, RESULT)


def vocabulary() -> pl.DataFrame:
    """Return our vocabulary: value, label."""
    return table("industries").select("value", "label")


def translations(vocabulary: str) -> pl.DataFrame:
    """Return value, target, sure ("high", "low"): our values in the vocabulary "hubspot" or "salesforce".

    target is null where a vocabulary has nothing near; low means that the translation loses something.
    """
    return table("industries").select("value", target=pl.col(vocabulary), sure=pl.col(f"{vocabulary}_sure"))


def judge(text: str, *, strict: bool = False) -> tuple[str | None, str | None]:
    """Return (value of our vocabulary, reason code) of one cell; null and a code where it is kept as it was."""
    if text in _labels():
        return text, None
    if len(text) > LONGEST:
        return None, "industries.unmapped"
    for read, code in (
        (_exact, "industries.value"),
        (_synonym, "industries.synonym"),
        (_naics, "industries.code"),
        (_part, "industries.part"),
        (_typo, "industries.typo"),
    ):
        found = None if strict and read is _typo else read(text)
        if found is not None:
            return found, code
    return None, "industries.unmapped"


def _exact(text: str) -> str | None:
    return _names().get(fold(text.replace("_", " ")))


def _synonym(text: str) -> str | None:
    folded = fold(text)
    found = _synonyms().get(folded)
    if found is not None:
        return found
    whole = " ".join(_abbreviations().get(word, word) for word in folded.split())
    return _synonyms().get(whole) or _names().get(whole)


def _naics(text: str) -> str | None:
    found = _NAICS.match(text.strip())
    digits = _SECTORS.get(text.strip()) or (found and (found[1] or found[2]))
    if not digits:
        return None
    prefixes = mapping_of_naics()
    return next((prefixes[digits[:size]] for size in range(len(digits), 1, -1) if digits[:size] in prefixes), None)


def _part(text: str) -> str | None:
    """The one value that the parts of a longer text agree on; of a path, the last part that is known."""
    steps = _NESTED.split(text)
    if len(steps) > 1:
        return next((known for known in map(_known, reversed(steps)) if known), None)
    if _PARTS.search(text) is None:
        return None
    known = {value for value in map(_known, _PARTS.split(text)) if value is not None}
    return _only(known) or _finest(known)


def _finest(values: set[str]) -> str | None:
    """Of a broad value and one that lies within it (`Technology - Software`) the narrower one."""
    broader = {value for value in values if value not in _narrow()}
    sectors = {_sectors()[value] for value in values}
    return _only(values - broader) if broader and len(sectors) == 1 else None


def _typo(text: str) -> str | None:
    folded = fold(text)
    if len(folded) < TYPO_LENGTH:
        return None
    near = process.extract(folded, _long_names(), scorer=fuzz.ratio, score_cutoff=TYPO_RATIO, limit=5)
    return _only(_known(name) for name, _, _ in near)


def _known(text: str) -> str | None:
    return _exact(text) or _synonym(text)


def _only(values: Iterable[str | None]) -> str | None:
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


@cache
def _labels() -> dict[str, str]:
    return mapping("industries", "value", "label")


@cache
def _names() -> dict[str, str]:
    """Folded values and labels of ours, which are HubSpot's (and LinkedIn's older ones) and Salesforce's too."""
    return {fold(name.replace("_", " ")): value for value, label in _labels().items() for name in (value, label)}


@cache
def _synonyms() -> dict[str, str]:
    return mapping("industry_synonyms", "alias", "value")


@cache
def _abbreviations() -> dict[str, str]:
    return mapping("industry_abbreviations", "abbreviation", "word")


@cache
def _sectors() -> dict[str, str]:
    return mapping("industries", "value", "salesforce")


@cache
def _narrow() -> frozenset[str]:
    """Our values that are HubSpot's own; the others are broader."""
    targets = mapping("industries", "value", "hubspot")
    return frozenset(value for value, target in targets.items() if value == (target or "").lower())


@cache
def mapping_of_naics() -> dict[str, str]:
    """Return our value for each NAICS 2022 prefix; the longest one wins."""
    return mapping("industry_naics", "prefix", "value")


@cache
def _long_names() -> tuple[str, ...]:
    names = [name for name in _names() if len(name) >= TYPO_LENGTH]
    return (*names, *(name for name in _synonyms() if len(name) >= SYNONYM_LENGTH))
