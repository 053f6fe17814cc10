"""What an unnamed column of a plain list is by the words of its header; what its values deny it is not.

Without brackets and words such as "Primary", one of its halves (`Tel / mobile`), or with one slip of the keyboard.
"""

import re
from collections.abc import Iterator, Set

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import TableSchema, header_key
from crmclean.exports.columns import SHAPED, Columns, Told, at_one_host, spaced
from crmclean.exports.header_currency import parted
from crmclean.exports.qualified import qualified
from crmclean.values.likeness import one_slip

# A header may have these before or after what it says of one's own data.
_ABOUT = re.compile(
    r"(?i)\b(?:the|your|our|my|contacts?|persons?|people|customer|client|lead|attendee|member|subscriber|participant"
    r"|guest|visitor|recipient|respondent|registrant|applicant|invitee|delegate|donor|student|patient|buyer|purchaser"
    r"|rep|representative|primary|main|current)\b(?:'s)?"
)
_OF_FIRMS = re.compile(
    r"(?i)\b(?:company|org|organi[sz]ation|business|firm|hq|head ?office|main|primary|client|customer|supplier|vendor"
    r"|account|restaurant|hospital|provider|store|shop|site|facility|school|hotel|branch)\b(?:'s)?"
)
_SHORT = {
    "addr": "address", "no": "number", "nr": "number", "num": "number", "tel": "telephone", "ph": "phone",
    "mob": "mobile", "cell": "mobile", "co": "company", "org": "organization", "cntry": "country", "ctry": "country",
    "pc": "postal code", "surn": "surname", "fn": "first name", "ln": "last name",
}  # fmt: skip
_OF_A_PERSON = re.compile(r"(?i)full|display|complet|vollst|nick|native|person")  # said of a name: it is no company's
_FEW = 2  # rows from which the names of a list say anything together
_NAMES = frozenset({"given_name", "family_name", "full_name", "company"})
_PLACES = frozenset({"street", "city", "state", "postal_code", "country"})
_SHAPES = {"email": r"@", "emails": r"@", "phone": r"(?:\d\D*){5}", "url": r"\."}  # what such a value has at least
_PLAIN_KINDS = frozenset({*_NAMES, *_PLACES, *_SHAPES, "job_title"})


def by_words(columns: Columns, table: TableSchema) -> Told:
    """Return field and evidence of the columns whose header says it in other words; no field twice."""
    told: dict[int, tuple[str, str]] = {}
    places = [*columns.open(table)]
    aside = {place for place in places if _is_private(columns.header[place], table)}
    for group in (set(places) - aside, aside):
        own = frozenset(columns.knowing(told).places)
        taken = set(own)
        for place in sorted(group, key=lambda place: (_is_empty(columns, place), place)):
            for field, why in _tellings(columns.header[place], table, own):
                if field not in taken and _suits(columns.cells(place), field, table):
                    taken.add(field)
                    told[place] = (field, why)
                    break
    return told


def plausible(columns: Columns, told: Told, table: TableSchema) -> Told:
    """Return what is told by names without what the cells deny: names that are numbers, websites of one service."""
    return {place: one for place, one in told.items() if _plausible(columns.cells(place), one[0], table)}


def _suits(cells: pl.Series, field: str, table: TableSchema) -> bool:
    return _fits(cells, _kind(table, field)) and _plausible(cells, field, table)


def _plausible(cells: pl.Series, field: str, table: TableSchema) -> bool:
    if field == "website":
        return not at_one_host(cells)
    kind = _kind(table, field)
    return kind not in _NAMES or _fits(cells, kind)


def _is_empty(columns: Columns, place: int) -> bool:
    return columns.cells(place).null_count() == columns.sample.height


def _is_private(header: str, table: TableSchema) -> bool:
    known = qualified(header, table, frozenset())
    return known is not None and known.private


def _tellings(header: str, table: TableSchema, own: Set[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields that a header may mean, the surest first, and what tells."""
    if known := qualified(header, table, own):
        yield from ((field, "what its name says") for field in known.fields)
        return
    for means, why in (
        (_said, "what its name says"),
        (_slipped, "its name, with a slip of the keyboard"),
        (_priced, "its name, which has a currency in it"),
    ):
        if field := means(header, table):
            yield field, why


def parts_of_names(columns: Columns) -> Told:
    """Return the column `Name` as the part of a name that has no column, where the other part is not in it."""
    places = columns.places
    own = {"first_name", "last_name"} & places.keys()
    if len(own) != 1 or "full_name" not in places:
        return {}
    (other,) = own
    pairs = pl.DataFrame({field: columns.cells(places[field]) for field in (other, "full_name")}).drop_nulls()
    name, part = (pl.col(field).str.to_lowercase() for field in ("full_name", other))
    if pairs.filter(name.str.contains(part, literal=True), name != part).height > (1 - SHAPED) * pairs.height:
        return {}
    missing = "last_name" if other == "first_name" else "first_name"
    return {places["full_name"]: (missing, f"{other.replace('_', ' ')}s stand beside it, not in it")}


def not_full_names(columns: Columns) -> Told:
    """Return the column of full names as the company's where both parts of a name stand beside it, and not in it."""
    places = columns.places
    if not {"first_name", "last_name", "full_name"} <= places.keys() or "company_name" in places:
        return {}
    if _OF_A_PERSON.search(columns.header[places["full_name"]]):
        return {}
    names = ("first_name", "last_name", "full_name")
    rows = pl.DataFrame({name: columns.cells(places[name]).str.to_lowercase() for name in names}).drop_nulls()
    within = pl.col("full_name").str.contains(pl.col("first_name"), literal=True)
    within |= pl.col("full_name").str.contains(pl.col("last_name"), literal=True)
    if rows.height < _FEW or rows.filter(within).height > (1 - SHAPED) * rows.height:
        return {}
    return {places["full_name"]: ("company_name", "first and last names stand beside it, not in it")}


def _said(header: str, table: TableSchema) -> str | None:
    """Return the field that all parts of a header agree on in kind: the first part's."""
    bare = re.sub(r"[(\[].*?[)\]]", " ", header)
    parts = [part for part in re.split(r"[/|,;]|\s(?:or|oder|ou|and|und|et)\s", bare) if part.strip()]
    fields = [_named(part, table) for part in parts]
    kinds = {_kind(table, field) for field in fields}
    return fields[0] if fields and len(kinds) == 1 and kinds <= _PLAIN_KINDS else None


def _named(part: str, table: TableSchema) -> str | None:
    about = _OF_FIRMS if table.object == "companies" else _ABOUT
    words = spaced(part)
    for tried in (words, about.sub(" ", words), _spelled_out(part)):
        if found := table.columns.get(header_key(tried)):
            return found[0][0]
    return None


def _slipped(header: str, table: TableSchema) -> str | None:
    key = header_key(header)
    if key in table.columns:
        return None  # it is what it says, only taken by another column
    near = {choices[0][0] for known, choices in table.columns.items() if one_slip(key, known)}
    field = near.pop() if len(near) == 1 else None
    return field if _kind(table, field) in _PLAIN_KINDS else None


def _priced(header: str, table: TableSchema) -> str | None:
    """Return the amount that a header names beside its currency."""
    found = parted(header)
    field = _named(found[0], table) if found else None
    return field if _kind(table, field) == "money" else None


def _kind(table: TableSchema, field: str | None) -> str | None:
    fields = canonical()[table.object].fields if table.object else {}
    return fields[field].kind if field and field in fields else None


def _fits(cells: pl.Series, kind: str | None) -> bool:
    """Whether the values do not contradict the header: addresses and numbers look like it, names are no addresses."""
    filled = cells.drop_nulls()
    if not filled.len():
        return True
    shape = _SHAPES.get(kind or "", r"^[^@]*\p{L}[^@]*$" if kind in _NAMES else r"^[^@]*$")
    return float(filled.str.contains(shape).mean() or 0.0) >= SHAPED  # type: ignore[arg-type]


def _spelled_out(part: str) -> str:
    return " ".join(_SHORT.get(word.casefold(), word) for word in spaced(part).split())
