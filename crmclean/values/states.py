"""States and provinces as ISO 3166-2 codes (`US-CA`), read within the record's country.

Sources: data/subdivisions.csv and data/subdivision_renamed.csv (scripts/derive_subdivisions.py), and the usual
abbreviations in data/subdivision_spellings.csv, written for this project.
"""

import re
from collections import defaultdict
from functools import cache

import polars as pl

from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.folding import LONGEST, fold
from crmclean.values.lists import mapping, table

_ISO = re.compile(r"\s*([A-Za-z]{2})\s*[-_]\s*([A-Za-z0-9]{1,3})\s*\Z")
_BRACKET = re.compile(r"^(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_TYPE = re.compile(r"^(?:(?:the )?(?:state|province|county|region|canton) of )|(?: (?:state|province|county|region))$")
_BETWEEN = re.compile(r"\s+[-–—]\s+|\s*[/|]\s*")
_NAME_LENGTH = 4  # shorter texts are codes, which mean different states in different countries


def iso(value: pl.Expr, country: pl.Expr, *, default: str | None = None) -> pl.Expr:
    """Return Struct{value, code}: the ISO 3166-2 code of a state in `country` (ISO alpha-2).

    default: the country to try where the record has none. Without any, only a name that one country alone has is read.
    """
    return over_distinct([value, country], lambda name, code: judge(name, code, default), RESULT)


def judge(name: str, country: str | None, default: str | None = None) -> tuple[str | None, str | None]:
    """Return (ISO 3166-2 code, reason code) of one state; null and a code where it is kept as it was."""
    if len(name) > LONGEST:
        return None, "states.unknown"
    given = _given_code(name)
    if given is not None:
        return _of_code(name, given, country)
    if country is None:
        return _without_country(name, default)
    found = find(country, name)
    if found is not None:
        return found, "states.iso"
    return None, "states.other-country" if _countries_with(name) - {country} else "states.unknown"


def find(country: str, name: str) -> str | None:
    """Return the ISO 3166-2 code of a state of `country` by its code, name or usual abbreviation, else null."""
    found = _find(country, name)
    if found is None and _BETWEEN.search(name):  # `CA - California`: both must say the same
        parts = {_find(country, part) for part in _BETWEEN.split(name)}
        found = parts.pop() if len(parts) == 1 else None
    return found


def _find(country: str, name: str) -> str | None:
    for spelled in _spellings(name):
        code = _codes().get((country, spelled))
        if code is not None:
            return code
    return None


def is_known(folded: str) -> bool:
    """Say whether a folded text is the name of a state of any country."""
    return bool(_countries_with(folded))


def _given_code(name: str) -> str | None:
    """The ISO 3166-2 code of today that a cell holds already, in whatever case."""
    found = _ISO.match(name)
    if found is None:
        return None
    code = f"{found[1]}-{found[2]}".upper()
    code = _renamed().get(code, code)
    return code if code in _known() else None


def _of_code(name: str, code: str, country: str | None) -> tuple[str | None, str | None]:
    if country not in {None, code[:2]}:
        return None, "states.other-country"
    if name == code:
        return code, None
    return code, "states.iso" if name.strip().upper().replace("_", "-") == code else "states.renamed"


def _without_country(name: str, default: str | None) -> tuple[str | None, str | None]:
    found = find(default, name) if default else None
    if found is not None:
        return found, "states.country-default"
    owners = _countries_with(name)
    if len(owners) == 1:
        return find(owners.pop(), name), "states.country-from-name"
    return None, "states.no-country"


def _countries_with(name: str) -> set[str]:
    """Every country that has a state of this name; none for mere codes."""
    spelled = [text for text in _spellings(name) if len(text) >= _NAME_LENGTH]
    return {country for text in spelled for country in _owners().get(text, ())}


def _spellings(name: str) -> list[str]:
    """The ways to look a state up: as it is, without a bracket, without `State of` and the like."""
    found = _BRACKET.match(name)
    texts = [fold(name), *(fold(text) for text in (found.groups() if found else ()))]
    bare = [_TYPE.sub("", text) for text in texts]
    return [text for text in dict.fromkeys([*texts, *bare]) if text]


@cache
def _codes() -> dict[tuple[str, str], str]:
    rows = [*table("subdivisions").iter_rows(), *table("subdivision_spellings").iter_rows()]
    return {(country, alias): code for country, alias, code in rows}


@cache
def _renamed() -> dict[str, str]:
    return mapping("subdivision_renamed", "old", "code")


@cache
def _owners() -> dict[str, set[str]]:
    owners = defaultdict(set)
    for country, alias in _codes():
        owners[alias].add(country)
    return owners


@cache
def _known() -> frozenset[str]:
    return frozenset(_codes().values())
