"""Columns of a list without a plan that recognition leaves open, told by any of their words and by their values.

This goes further than what is moved into a CRM may: a column that is taken wrongly here only weighs a little.
`res_street_address` ends in a known header, `hotel_name` names what the rows are, `by`, `bm` and `bd` are a birthdate.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from crmclean.crm.sources import PLAIN, header_key, sources
from crmclean.exports.columns import SHAPED
from crmclean.exports.recognise import Recognition
from crmclean.exports.verdicts import ColumnVerdict
from crmclean.matching import firms, people

DIFFERENT = 0.2  # share of the filled cells that differ in a column of names
NAMES = {"companies": ("name",)}  # of people: any of
OF_PEOPLE = ("full_name", "first_name", "last_name")
LETTERS = r"^\P{N}*\p{L}\P{N}*$"
SHAPES = {
    "birthdate": r"^\d{8}$|^\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}|[A-Za-z]{3,}.*\d{4}$", "postal_code": r"\d",
    "phone": r"\d.*\d.*\d.*\d.*\d.*\d", "email": "@", "website": r"\.", "domain": r"\.", "city": r"^\P{N}*$",
    "street": r"\p{L}", "first_name": LETTERS, "middle_name": LETTERS, "last_name": LETTERS, "full_name": r"\p{L}",
    "name": r"\p{L}", "company_name": r"\p{L}", "gender": r"^\p{L}",
}  # fmt: skip
OTHERS = {
    "id", "ids", "key", "uid", "uuid", "guid", "owner", "manager", "spouse", "mother", "father", "parent", "parents",
    "assistant", "emergency", "created", "modified", "updated", "rep", "agent", "kin", "referred", "previous",
    "former", "old", "user", "username", "file", "count", "price", "date", "url", "time", "program", "product",
    "campaign", "list", "notes", "note", "comment", "comments", "status", "category",
}  # fmt: skip  # words of columns that tell of something else than who the row is
ROWS = {
    "companies": (
        "firm", "business", "company", "school", "hotel", "venue", "restaurant", "hospital", "clinic", "bank",
        "agency", "member", "provider", "facility", "vendor", "supplier", "merchant", "store", "shop", "affiliation",
        "affil", "institution", "organization", "organisation", "employer", "raison", "denomination", "nom", "nombre",
        "entity", "club", "church", "practice", "library", "museum", "university", "brand",
    ),
    "contacts": (
        "patient", "provider", "physician", "doctor", "member", "inventor", "author", "student", "pupil", "teacher",
        "voter", "employee", "customer", "client", "attendee", "passenger", "guest", "donor", "applicant",
        "candidate", "person", "resident", "subscriber", "participant",
    ),
}  # fmt: skip  # what a column of names is called after
FURTHER = {
    "contacts": {
        **dict.fromkeys(("middle", "midl", "midlname", "mid", "mi"), "middle_name"), "gname": "first_name",
        **dict.fromkeys(("birth", "born", "bday"), "birthdate"), "sex": "gender",
        **dict.fromkeys(("practice", "assignee", "affiliation", "workplace"), "company_name"),
    },
    "companies": {"siret": "tax_id", "siren": "tax_id", "ein": "tax_id", "ville": "city", "ciudad": "city"},
}  # fmt: skip
BIRTH = {
    "year": r"(?i)^(by|yob)$|^(birth|dob|b)[_ ]?(year|yr|yyyy)$|^(year|yr)([_ ]of)?[_ ]birth$|^geburtsjahr$",
    "month": r"(?i)^(bm|mob)$|^(birth|dob|b)[_ ]?(month|mon|mm)$|^month([_ ]of)?[_ ]birth$|^geburtsmonat$",
    "day": r"(?i)^bd$|^(birth|dob|b)[_ ]?(day|dd)$|^day([_ ]of)?[_ ]birth$|^geburtstag$",
}
HOUSE = r"(?i)^(house|street|st|building|bldg|addr)[_ ]?(number|num|no|nr|nbr)\.?$|^hausnummer$|^hausnr\.?$"


def guessed(known: Recognition, object_: str, sample: pl.DataFrame, given: Mapping[str, str]) -> dict[str, str]:
    """Return header -> field of columns that matching can use and recognition left out. given: field -> header."""
    if known.kind != PLAIN:
        return {}
    taken = {verdict.field for verdict in known.columns if verdict.field} | set(given)
    taken |= {"full_name"} if taken & {"first_name", "last_name"} else set()
    free = [one for one in known.columns if one.field is None and one.header not in given.values()]
    wanted = people.TEXTS if object_ != "companies" else firms.TEXTS
    found: dict[str, str] = {}
    for _, header, name, field in sorted(_wishes(free, object_)):
        if field in wanted and field not in taken and header not in found and _looks(sample, name, field):
            found[header] = field
            taken.add(field)
    if not taken & set(NAMES.get(object_, OF_PEOPLE)):
        found |= _by_values(free, found, object_, sample)
    return found


def _wishes(free: Iterable[ColumnVerdict], object_: str) -> Iterator[tuple[tuple[int, bool, int, int], str, str, str]]:
    """Yield (rank, header, name, field): a longer known part of a header first, its end before its beginning.

    What may be a name of the row comes last: `hotel_city` is a city.
    """
    own = "name" if object_ == "companies" else "full_name"
    known, traps = _known(object_), sources()[PLAIN].tables["contacts"].traps
    for place, verdict in enumerate(free):
        words = _words(verdict.header)
        if OTHERS & set(words) or header_key(verdict.header) in traps:
            continue
        for start, end in _spans(len(words)):
            for field in known.get(header_key("".join(words[start:end])), ()):
                yield (start - end, field == own, len(words) - end, place), verdict.header, verdict.name, field


def _known(object_: str) -> Mapping[str, tuple[str, ...]]:
    """Return the fields that a header's words may mean, those of people for a company's place and phone, too."""
    tables = sources()[PLAIN].tables
    companies = object_ == "companies"
    own = "name" if companies else "full_name"
    known: dict[str, tuple[str, ...]] = dict.fromkeys(ROWS["companies" if companies else "contacts"], (own,))
    for name in ("contacts", "companies") if companies else ("contacts",):
        for key, fields in tables[name].columns.items():
            named = tuple(field for field, _ in fields)
            known[key] = ("name",) if companies and "company_name" in named else named
    further = FURTHER["companies" if companies else "contacts"]
    return known | {key: (field,) for key, field in further.items()}


def _words(header: str) -> list[str]:
    """Return the words of a header: `PostTown`, `zip_code`, `ADDR1`."""
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", header)
    parted = re.sub(r"(?<=[^\W\d])(?=\d)", " ", parted)
    return re.findall(r"[^\W_]+", parted.casefold())


def _spans(words: int) -> Iterator[tuple[int, int]]:
    for length in range(words, 0, -1):
        for start in range(words - length, -1, -1):
            yield start, start + length


def _looks(sample: pl.DataFrame, name: str, field: str) -> bool:
    """Say whether the values of a column look like the field; a column without values does not."""
    filled = sample[name].drop_nulls() if name in sample.columns else pl.Series([], dtype=pl.String)
    return bool(filled.len()) and float(filled.str.contains(SHAPES.get(field, "")).mean() or 0.0) >= SHAPED  # type: ignore[arg-type]


def _by_values(
    free: Sequence[ColumnVerdict], found: Mapping[str, str], object_: str, sample: pl.DataFrame
) -> dict[str, str]:
    """Take for names the first column of words that differ from row to row."""
    field, pattern = ("name", r"\p{L}{2}") if object_ == "companies" else ("full_name", r"^\P{N}*\p{L}+\P{N}* \P{N}+$")
    for verdict in free:
        filled = sample[verdict.name].drop_nulls() if verdict.name in sample.columns else None
        if verdict.header in found or OTHERS & set(_words(verdict.header)) or filled is None or not filled.len():
            continue
        words = float(filled.str.contains(pattern).mean() or 0.0)  # type: ignore[arg-type]
        digits = float(filled.str.contains(r"\d").mean() or 0.0)  # type: ignore[arg-type]
        if words >= SHAPED and digits < 1 - SHAPED and filled.n_unique() >= DIFFERENT * filled.len():
            return {verdict.header: field}
    return {}


def composed(frame: pl.DataFrame) -> pl.DataFrame:
    """Put together what stands in columns of its own: a birthdate of year, month and day, a house number and street.

    frame: canonical columns, unmapped ones as `x_<header>`.
    """
    extra = {name.removeprefix("x_"): name for name in frame.columns if name.startswith("x_")}
    born = {part: name for part, rule in BIRTH.items() for header, name in extra.items() if re.search(rule, header)}
    if "year" in born and "birthdate" not in _filled(frame):
        whole = len(born) == len(BIRTH)
        padded = [
            pl.col(born[part]).str.zfill(width)
            for part, width in (("year", 4), ("month", 2), ("day", 2))
            if part in born
        ]
        date = pl.concat_str(padded, separator="-") if whole else pl.col(born["year"])
        frame = frame.with_columns(date.alias("birthdate")).drop(born.values() if whole else born["year"])
    number = next((name for header, name in extra.items() if re.search(HOUSE, header)), None)
    if number and "street" in _filled(frame):
        line = pl.concat_str(number, "street", separator=" ", ignore_nulls=True).replace("", None)
        frame = frame.with_columns(line.alias("street")).drop(number)
    return frame


def _filled(frame: pl.DataFrame) -> set[str]:
    return {name for name in frame.columns if frame[name].null_count() < frame.height}
