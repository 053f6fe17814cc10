"""What an unnamed column of a plain list is by its values, where the list has no such field yet.

Phone numbers, countries and web addresses by their look; names of people and of companies by the email addresses beside
them, whose mailboxes and domains are made of them.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import TableSchema
from crmclean.exports.columns import EMAIL, SHAPED, Columns, Told, at_one_host, spaced
from crmclean.values.countries import lookup
from crmclean.values.email_kinds import classify
from crmclean.values.folding import fold

_MADE_OF = 0.4  # share of addresses that hold a word of the cell beside them
_ENOUGH = 3  # rows from which the values of two columns tell anything together
_LETTERS = 3  # of a word that is looked for in an address
_LONGEST_CELL = 80  # letters; a longer text is no name
_REMEMBERED = 4096  # parts of addresses, which every column is held against

_NUMBERED = re.compile(
    r"(?i)\b(?:id|ids|key|order|invoice|customer|account|member|serial|vat|tax|ssn|date|time|zip|plz|iban|fax)\b"
)
_OTHERS_IDS = re.compile(
    r"(?i)\b(?:company|account|organi[sz]ation|group|cluster|house ?hold|family|order|session|tax|sec|event|deal"
    r"|class)\b"
)
_NO_COUNTRY = re.compile(
    r"(?i)\b(?:city|town|ort|stadt|ville|ciudad|cidade|citt[aà]|plaats|miasto|location|locality|state|region|province"
    r"|county|address|street|url|links?|languages?|sprache|team|office|name|nationality)\b"
)
_NO_SITE = re.compile(
    r"(?i)\b(?:image|photo|picture|avatar|logo|icon|facebook|twitter|instagram|youtube|tiktok|xing|crunchbase|profile"
    r"|tracking|unsubscribe|source|referr\w+)\b"
)
_DATE = r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b"
_PHONE = r"^(?:\+|00|\()?\d[\d\s().\-/]{6,22}\d(?:\s?(?:x|ext\.?)\s?\d+)?$"
_MARKED = r"^(?:\+|00|\()|[\s().\-/]"  # what numbers of other kinds hardly have
_CALLED = re.compile(r"(?i)\b(?:contact|call|whats ?app|sms|viber|telegram)\b")  # what is written there may be bare
_SSN = r"^\d{3}-\d{2}-\d{4}$"
_LINKEDIN = r"(?i)^(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/"
_LINKEDIN_PERSON = _LINKEDIN + r"(?:in|pub|sales|profile)/"
_LINKEDIN_PAGE = _LINKEDIN + r"(?:company|school|showcase|sales|organization)"
_URL = r"(?i)^(?:https?://|www\.)\S+\.\S+$"


def by_values(columns: Columns, table: TableSchema, *, only: str | None = None) -> Told:
    """Return field and evidence of the columns whose values say what they are; no field twice. only: look for this."""
    told: dict[int, tuple[str, str]] = {}
    fields = canonical()[table.object].fields if table.object else {}
    for test, wanted, why in _TESTS:
        seen = columns.knowing(told)
        field = next((one for one in wanted if one in fields and only in (None, one)), None)
        if field is None or _has(field, set(seen.places)):
            continue
        shares = [(test(seen, place), -place) for place in seen.open(table)]
        if shares and max(shares)[0] > 0:
            told[-max(shares)[1]] = (field, why)
    return told


def _has(field: str, have: set[str]) -> bool:
    """Whether a list needs no such field: it has it; of names, the parts only where one stands alone."""
    names = have & {"first_name", "last_name", "full_name"}
    missing = {"full_name": set(), "last_name": {"first_name"}, "first_name": {"last_name"}}
    return field in have or (field in missing and names != missing[field])


def _share(cells: pl.Series, test: pl.Expr) -> float:
    """Return the share of the filled cells that pass; 0 below SHAPED."""
    filled = cells.drop_nulls().alias("cell")
    share = float(filled.to_frame().select(test.mean()).item() or 0.0) if filled.len() else 0.0
    return share if share >= SHAPED else 0.0


def _ids(columns: Columns, place: int) -> float:
    """The first column, where it is called an id, is always filled and never the same twice."""
    cells = columns.cells(place)
    named = spaced(columns.header[place]).casefold().split()[-1:] == ["id"]
    foreign = _OTHERS_IDS.search(spaced(columns.header[place]))
    return float(
        place == 0 and named and not foreign and cells.len() > 0 and cells.drop_nulls().n_unique() == cells.len()
    )


def _emails(columns: Columns, place: int) -> float:
    return _share(columns.cells(place), pl.col("cell").str.contains(EMAIL))


def _phones(columns: Columns, place: int) -> float:
    """Numbers of 9 to 15 digits, half of them written as only phone numbers are; dates and other numbers are none."""
    if _NUMBERED.search(spaced(columns.header[place])):
        return 0.0
    cell = pl.col("cell")
    digits = cell.str.count_matches(r"\d").is_between(9, 15)
    right = cell.str.contains(_PHONE) & digits & ~cell.str.contains(_DATE) & ~cell.str.contains(_SSN)
    marked = float(columns.cells(place).drop_nulls().str.contains(_MARKED).mean() or 0.0)  # type: ignore[arg-type]
    called = _CALLED.search(spaced(columns.header[place])) is not None
    return _share(columns.cells(place), right) if called or marked >= SHAPED else 0.0


def _countries(columns: Columns, place: int) -> float:
    """Names of countries; codes of two letters alone could be languages or states, and numbers (ISO 012) anything.

    Cities may be called like countries, and addresses name one among other things.
    """
    if _NO_COUNTRY.search(spaced(columns.header[place])):
        return 0.0
    filled = columns.cells(place).drop_nulls()
    filled = filled.filter(~filled.str.contains("://", literal=True))
    words = filled.filter(filled.str.contains(r"\p{L}.*\p{L}.*\p{L}"))
    if words.len() < SHAPED * filled.len() / 2:
        return 0.0
    known: list[str] = []
    others = 0
    lettered = filled.filter(filled.str.contains(r"\p{L}")).alias("cell")
    for text, count in lettered.value_counts(sort=True).iter_rows():
        if len(text) <= _LONGEST_CELL and lookup(text):
            known.append(text)
        else:
            others += count
        if others > filled.len() // 2:  # too many already
            return 0.0
    return _share(filled, pl.col("cell").is_in(known)) if len(known) > 1 else 0.0


def _linkedin(columns: Columns, place: int) -> float:
    """Profiles of people, or pages of companies where the list has no people: one beside the other says which."""
    theirs = re.search(r"(?i)\b(?:company|organi[sz]ation|account)\b", spaced(columns.header[place]))
    own = _LINKEDIN_PAGE if "name" in columns.places else _LINKEDIN_PERSON
    return 0.0 if theirs else _share(columns.cells(place), pl.col("cell").str.contains(own))


def _urls(columns: Columns, place: int) -> float:
    """Web addresses that are not all at one service, and no pictures or pages of others."""
    if _NO_SITE.search(spaced(columns.header[place])):
        return 0.0
    if at_one_host(columns.cells(place)):
        return 0.0
    cell = pl.col("cell")
    return _share(columns.cells(place), cell.str.contains(_URL) & ~cell.str.contains(_LINKEDIN))


def _people(columns: Columns, place: int) -> float:
    return _made_of(columns, place, lambda address: address.split("@", 1)[0])


def _parts_of_names(columns: Columns, place: int) -> float:
    filled = columns.cells(place).drop_nulls()
    single = float((~filled.str.contains(r"\s")).mean() or 0.0)  # type: ignore[arg-type]
    return _people(columns, place) if single >= SHAPED else 0.0


def _firms(columns: Columns, place: int) -> float:
    return _made_of(columns, place, lambda address: address.rsplit("@", 1)[-1].rsplit(".", 1)[0], business=True)


def _made_of(columns: Columns, place: int, part: Callable[[str], str], *, business: bool = False) -> float:
    """Return the share of addresses whose part holds a word of the cell beside it; 0 where it proves nothing."""
    email = columns.places.get("email")
    if email is None:
        return 0.0
    pairs = pl.DataFrame({"cell": columns.cells(place), "email": columns.cells(email)}).drop_nulls().unique()
    pairs = pairs.filter(
        pl.col("email").str.contains(EMAIL), pl.col("cell").str.len_chars() <= _LONGEST_CELL, ~_looks_like_no_name()
    )
    if business:
        pairs = pairs.filter(classify(pl.col("email").str.to_lowercase()) == "business")
    if pairs.height < _ENOUGH:
        return 0.0
    hits = sum(_holds(part(email), cell) for cell, email in pairs.sort("cell", "email").iter_rows())
    return hits / pairs.height if hits >= max(_ENOUGH - 1, _MADE_OF * pairs.height) else 0.0


def _looks_like_no_name() -> pl.Expr:
    return pl.col("cell").str.contains(r"@|://|^www\.") | ~pl.col("cell").str.contains(r"\p{L}")


def _holds(address: str, cell: str) -> bool:
    letters = _letters(address)
    return any(len(word) >= _LETTERS and word in letters for word in fold(cell).split())


@lru_cache(_REMEMBERED)
def _letters(address: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(address))


_TESTS: tuple[tuple[Callable[[Columns, int], float], tuple[str, ...], str], ...] = (
    (_ids, ("source_id",), "it is called an id, is always filled, and never the same twice"),
    (_emails, ("email",), "its values are email addresses"),
    (_phones, ("phone",), "its values are phone numbers"),
    (_countries, ("country",), "its values are countries"),
    (_linkedin, ("linkedin_url",), "its values are LinkedIn addresses"),
    (_urls, ("website",), "its values are web addresses"),
    (_people, ("full_name",), "the mailboxes beside it are made of its words"),
    (_parts_of_names, ("last_name",), "the mailboxes beside it are made of its words, and the list has first names"),
    (_parts_of_names, ("first_name",), "the mailboxes beside it are made of its words, and the list has last names"),
    (_firms, ("company_name", "name"), "the domains beside it are made of its words"),
)
