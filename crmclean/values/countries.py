"""Countries as ISO 3166-1 alpha-2 codes, from names in many languages, old names, codes and parts of a country.

Sources: data/countries.csv (scripts/derive_countries.py); data/country_spellings.csv (sports codes among them) and
data/country_long_names.csv (names in which a typo may be read), both written for this project.
`NA` is Namibia and `NO` is Norway. A name that several countries share is settled by the record's city or region.
"""

import re
from collections.abc import Iterable
from functools import cache, partial

import polars as pl
from rapidfuzz.distance import OSA

from crmclean.values import states
from crmclean.values.distinct import RESULT, encoded, over_distinct
from crmclean.values.folding import LONGEST, fold
from crmclean.values.lists import column, mapping, table
from crmclean.values.results import over_columns, overlaid

_BRACKET = re.compile(r"^(.+?)\s*[(\[]([^()\[\]]+)[)\]]\s*$")
_BETWEEN = re.compile(r"\s+[-–—/|:]\s+|[/|:;]|\s+[-–—]|[-–—]\s+")
_NOT_AVAILABLE = re.compile(r"(?i)\W*n\W+a\W*\Z")  # `N/A`, `n. a.`: neither Namibia nor, in parts, Austria
_LONG_NAME = 7  # letters; one letter makes another word of a shorter name (Iran, Iraq; Gambia, Zambia)
_WHOLE = 3
_US_STATE = re.compile(r"[A-Z]{2}\Z")

# Names that more than one country answers to, with the country that has it as its own short name in ISO 3166-1;
# "" where none has, or where the other is as likely.
_SHARED = {
    "georgia": "GE", "jersey": "JE", "guinea": "GN", "korea": "KR", "macedonia": "MK",
    "congo": "", "virgin islands": "", "columbia": "",
}  # fmt: skip
_CANDIDATES = {
    "georgia": ("GE", "US"), "jersey": ("JE", "US"), "guinea": ("GN", "GW", "GQ", "PG"), "korea": ("KR", "KP"),
    "macedonia": ("MK", "GR"), "congo": ("CD", "CG"), "virgin islands": ("VI", "VG"), "columbia": ("CO", "CA", "US"),
}  # fmt: skip


def iso2(
    value: pl.Expr, *, region: pl.Expr | None = None, city: pl.Expr | None = None, strict: bool = False
) -> pl.Expr:
    """Return Struct{value, code}: the ISO 3166-1 alpha-2 code; `region` and `city` settle names that are shared.

    strict: no misspelt name is read.
    """
    nothing = pl.lit(None, dtype=pl.String)
    region, city = (nothing if other is None else other for other in (region, city))
    return over_columns(partial(_judged, strict=strict), {"value": value, "region": region, "city": city})


def _judged(rows: pl.DataFrame, *, strict: bool) -> pl.Series:
    """Judge each distinct name; those that region and city settle, once with each of these."""
    answer = partial(judge, strict=strict)
    names, places = encoded(rows["value"])
    alone = names.to_frame().select(over_distinct(pl.col("value"), answer, RESULT).alias("answer"))["answer"]
    asking = pl.Series([_asks_beside(name) for name in names], dtype=pl.Boolean)
    if not asking.any():
        return alone.gather(places)
    several = asking.gather(places).fill_null(value=False).arg_true()
    beside = [pl.col(name).gather(several) for name in ("value", "region", "city")]
    settled = rows.select(beside).select(over_distinct([pl.col(name) for name in rows.columns], answer, RESULT))
    return overlaid(alone.gather(places), several, settled.to_series())


def _asks_beside(name: str) -> bool:
    """Whether the region or the city beside a name may say which country it is."""
    folded = fold(name) if len(name) <= LONGEST else ""
    return folded in _SHARED or _us_state(folded) is not None


def part_of(value: pl.Expr) -> pl.Expr:
    """Return the ISO 3166-2 code where the cell names a part of a country (`Scotland`: GB-SCT), else null."""
    return over_distinct(value, _part, pl.String())


def judge(
    name: str, region: str | None = None, city: str | None = None, *, strict: bool = False
) -> tuple[str | None, str | None]:
    """Return (alpha-2 code, reason code) of one country; null and a code where it is kept as it was."""
    folded = fold(name) if len(name) <= LONGEST else ""
    if folded in _SHARED:
        return _shared(folded, region, city)
    found = lookup(name)
    if found is None:
        meant = None if strict else _misspelt(folded)
        return (meant, "countries.typo") if meant else (None, "countries.unknown")
    if found[:2] == "GB" and len(found) > 2:
        return "GB", "countries.subnation"
    if len(found) > 2:
        return None, "countries.withdrawn"
    if region is not None and _state_in_country_column(name, found, region):
        return "US", "countries.settled"
    return found, None if name == found else "countries.iso2"


def lookup(name: str) -> str | None:
    """Return what one cell says: alpha-2, a GB-... part, a four-letter withdrawn code, or null."""
    if len(name) > LONGEST or _NOT_AVAILABLE.match(name):
        return None
    direct = _known(fold(name))
    if direct is not None:
        return direct
    return _agreed(_BRACKET.match(name)) or _inverted(name) or _one_of(_words(name))


def _words(name: str) -> list[str]:
    """Return the parts of a cell that names a country in several ways; one letter beside another is no name of one."""
    return [part for part in _BETWEEN.split(name) if len(part.strip()) > 1]


def _known(folded: str) -> str | None:
    for spelled in (folded, folded.removeprefix("the "), folded.zfill(3) if folded.isdecimal() else folded):
        if spelled in _names():
            return _names()[spelled]
    return None


def _agreed(bracket: re.Match[str] | None) -> str | None:
    """`Germany (DE)`, `Deutschland (Germany)`: the two must not speak of two countries."""
    return _one_of(bracket.groups()) if bracket else None


def _inverted(name: str) -> str | None:
    """`Korea, Republic of` is looked up as `Republic of Korea`."""
    head, comma, tail = name.partition(",")
    return _known(fold(f"{tail} {head}")) if comma else None


def _one_of(parts: Iterable[str]) -> str | None:
    found = [code for code in map(_known, map(fold, parts)) if code is not None]
    return max(found, key=len) if len({code[:2] for code in found}) == 1 else None


def _shared(folded: str, region: str | None, city: str | None) -> tuple[str | None, str | None]:
    by_city = _cities().get((folded, fold(city or "")))
    by_region = {code for code in _CANDIDATES[folded] if region and states.find(code, region)}
    evidence = by_region | ({by_city} if by_city else set())
    if len(evidence) == 1:
        return evidence.pop(), "countries.settled"
    likely = _SHARED[folded]
    if evidence or not likely:
        return None, "countries.ambiguous"
    return likely, "countries.likely"


def _misspelt(folded: str) -> str | None:
    """The country whose long name is one letter beside the text, which is no other name, nor the beginning of one."""
    if len(folded) < _LONG_NAME or states.is_known(folded):
        return None
    near = {
        name
        for end in (folded[:_WHOLE], folded[-_WHOLE:])
        for name in _long_names().get(end, ())
        if OSA.distance(name, folded, score_cutoff=1) <= 1 or name.startswith(f"{folded} ")
    }
    codes = {_names()[name] for name in near}
    sure = not near.isdisjoint(_english()) and near.isdisjoint(_SHARED)
    return codes.pop() if sure and len(codes) == 1 else None


def _state_in_country_column(name: str, found: str, region: str) -> bool:
    """`CA`, `IN`, `DE` are countries, unless the region says the same state: the state was typed twice."""
    state = _us_state(fold(name))
    return state is not None and states.find(found, region) is None and state == states.find("US", region)


def _us_state(folded: str) -> str | None:
    code = folded.upper()
    return states.find("US", code) if _US_STATE.match(code) else None


def _part(name: str) -> str | None:
    found = lookup(name)
    return found if found is not None and found.startswith("GB-") else None


@cache
def _names() -> dict[str, str]:
    return mapping("countries", "alias", "code") | mapping("country_spellings", "alias", "code")


@cache
def _long_names() -> dict[str, tuple[str, ...]]:
    """The names in which a typo shows, by their first and their last letters: one edit cannot touch both."""
    names: dict[str, list[str]] = {}
    for name in _names():
        if len(name) >= _LONG_NAME - 1 and name.isascii():
            for end in (name[:_WHOLE], name[-_WHOLE:]):
                names.setdefault(end, []).append(name)
    return {end: tuple(those) for end, those in names.items()}


@cache
def _english() -> frozenset[str]:
    return frozenset(column("country_long_names", "name"))


@cache
def _cities() -> dict[tuple[str, str], str]:
    return {(name, city): code for name, city, code in table("country_cities").iter_rows()}
