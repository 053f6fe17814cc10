"""Short lists as people keep them, with their own headers and with truth: nothing here is known to the tool.

Each has its traps: twins, fathers and sons of one name, wards of one hospital, branches, firms with common words.
"""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from benchmarks.matching_data import _FAMILIES, _number, _typo
from crmclean.samples.vocabulary import COMMON_SURNAMES, GIVEN, SURNAME_STARTS

Rng = np.random.Generator
Row = dict[str, str | None]
FIRSTS = [name for name, *_ in GIVEN]
NICKS = {name: nicks for name, _, nicks in GIVEN if nicks}
LASTS = [*COMMON_SURNAMES, *_FAMILIES[:2000]]
CITIES = [start + end for start in SURNAME_STARTS[:25] for end in ("ton", "burg", "field")]
SHORT = {"Street": "St.", "Avenue": "Ave", "Road": "Rd", "Boulevard": "Blvd.", "Lane": "Ln"}


def _pick(values, rng: Rng, power: float = 1.0):  # noqa: ANN001, ANN202
    """Return one value, the first ones more often."""
    return values[int(len(values) * rng.random() ** (1.0 + power))]


def _day(rng: Rng, first: int = 1930, last: int = 2005) -> str:
    return f"{rng.integers(first, last)}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}"


def _slip(day: str, rng: Rng) -> str:
    """Return a date with a digit changed, or with day and month in each other's place."""
    year, month, date = day.split("-")
    if rng.random() < 0.4 and int(date) <= 12:
        return f"{year}-{date}-{month}"
    place = int(rng.choice([2, 3, 9]))
    return day[:place] + str(rng.integers(1, 9)) + day[place + 1 :]


def _street(rng: Rng) -> str:
    return f"{rng.integers(1, 900)} {_pick(_FAMILIES[:400], rng)} {_pick(list(SHORT), rng, 0)}"


def _shortened(street: str) -> str:
    for word, short in SHORT.items():
        street = street.replace(word, short)
    return street


def _damaged(row: Row, rng: Rng, typos: float, blanks: float, keep: tuple[str, ...] = ()) -> Row:
    """Return a copy with slips and blanks."""
    copy = dict(row)
    for name, value in row.items():
        if value is None or name in keep:
            continue
        if rng.random() < blanks:
            copy[name] = None
        elif rng.random() < typos:
            copy[name] = _slip(value, rng) if name in ("dob", "birth_date") else _typo(value, rng)
    return copy


def _frame(entities: list[list[Row]], rng: Rng, key: str) -> pl.DataFrame:
    rows = [{**row, "truth": number} for number, copies in enumerate(entities) for row in copies]
    frame = pl.DataFrame(rows, infer_schema_length=None)[rng.permutation(len(rows))]
    return frame.select(pl.int_range(1000, 1000 + pl.len()).cast(pl.String).alias(key), pl.all())


def people(seed: int) -> pl.DataFrame:
    """1,000 rows, four of each person: name, birth date, city, address; many slips, first and last name swapped."""
    rng = np.random.default_rng(seed)
    entities = []
    for _ in range(250):
        first, last = _pick(FIRSTS, rng, 0.3), _pick(LASTS, rng, 0.7)
        mail = f"{first}.{last}@{_pick(_FAMILIES[:300], rng, 0)}.example".lower().replace(" ", "")
        row: Row = {"first_name": first, "surname": last, "dob": _day(rng), "city": _pick(CITIES, rng), "email": mail}
        copies = [row]
        for _ in range(int(rng.integers(1, 7))):
            copy = _damaged(row, rng, 0.15, 0.15)
            if rng.random() < 0.1:
                copy["first_name"], copy["surname"] = copy["surname"], copy["first_name"]
            copies.append(copy)
        entities.append(copies)
    return _frame(entities, rng, "unique_id")


def voters(seed: int) -> pl.DataFrame:
    """3,000 rows with nothing but name, suburb and postcode."""
    rng = np.random.default_rng(seed)
    entities = []
    while sum(map(len, entities)) < 3000:
        place = int(len(CITIES) * rng.random())
        row: Row = {
            "givenname": f"{_pick(FIRSTS, rng, 0.3)} {_pick(FIRSTS, rng, 0.3)}", "surname": _pick(LASTS, rng, 0.7),
            "suburb": CITIES[place], "postcode": f"{27000 + place * 7 + int(rng.integers(3))}",
        }  # fmt: skip
        copies = [row]
        if rng.random() < 0.4:
            copies += [_damaged(row, rng, 0.2, 0.03) for _ in range(int(rng.integers(1, 4)))]
        entities.append(copies)
    return _frame(entities, rng, "recid")


def patients(seed: int) -> pl.DataFrame:
    """800 rows of a ward's list: twins, father and son of one name, maiden names, moved people."""
    rng = np.random.default_rng(seed)
    entities: list[list[Row]] = []
    while sum(map(len, entities)) < 800:
        row = _patient(rng)
        entities.append([row, *_readmitted(row, rng)])
        die = rng.random()
        if die < 0.04:  # a twin
            entities.append([{**row, "first_name": _pick(FIRSTS, rng, 0.3)}])
        elif die < 0.08:  # father and son
            entities.append([{**row, "birth_date": _child(row["birth_date"], rng)}])
    return _frame(entities, rng, "patient_id")


def _patient(rng: Rng) -> Row:
    city = int(len(CITIES) * rng.random() ** 2)
    return {
        "last_name": _pick(LASTS, rng, 0.7), "first_name": _pick(FIRSTS, rng, 0.3), "sex": "MF"[rng.integers(2)],
        "birth_date": _day(rng), "address": _street(rng), "city": CITIES[city], "state": "NY",
        "zip": f"{10000 + city * 11}", "phone": _number(rng)[2:] if rng.random() < 0.7 else None,
    }  # fmt: skip


def _child(birth: str, rng: Rng) -> str:
    year = int(birth[:4]) + int(rng.integers(18, 40))
    return _day(rng, year, year + 1)


def _readmitted(row: Row, rng: Rng) -> list[Row]:
    copies = []
    for _ in range(int(rng.random() < 0.3) * int(rng.integers(1, 3))):
        copy = _damaged(row, rng, 0.08, 0.06, keep=("sex", "state"))
        if rng.random() < 0.12:
            copy["last_name"] = _pick(LASTS, rng, 0.7)  # married
        if rng.random() < 0.15:
            copy |= {"address": _street(rng), "phone": None}
        elif copy["address"]:
            copy["address"] = _shortened(copy["address"])
        if row["first_name"] in NICKS and rng.random() < 0.3:
            copy["first_name"] = NICKS[row["first_name"]][0]
        copies.append(copy)
    return copies


def archive(seed: int) -> pl.DataFrame:
    """2,000 rows of an archive: whole names in one column, birth date and place, trade; up to nine of one person."""
    rng = np.random.default_rng(seed)
    entities = []
    while sum(map(len, entities)) < 2000:
        first, last = _pick(FIRSTS, rng, 0.3), _pick(LASTS, rng, 0.7)
        row: Row = {
            "full_name": f"{first} {last}", "dob": _day(rng, 1750, 1900), "birth_place": _pick(CITIES, rng),
            "occupation": _pick(("painter", "politician", "writer", "soldier", "clerk", "engineer"), rng, 0.5),
        }  # fmt: skip
        copies = [row]
        for _ in range(int(rng.integers(0, 9))):
            copy = _damaged(row, rng, 0.12, 0.12)
            if rng.random() < 0.2:
                copy["full_name"] = f"{(NICKS.get(first) or (first[0],))[0]} {last}"
            copies.append(copy)
        entities.append(copies)
    return _frame(entities, rng, "unique_id")


KINDS = ("american", "italian", "french", "californian", "delis", "steakhouses", "asian", "seafood")
HOUSES = ("Cafe", "Grill", "Bistro", "Deli", "Restaurant", "Steakhouse", "Diner", "Kitchen", "Trattoria")


def restaurants(seed: int) -> pl.DataFrame:
    """860 rows of two guides: 110 houses in both; houses of one name in several towns."""
    rng = np.random.default_rng(seed)
    entities: list[list[Row]] = []
    while sum(map(len, entities)) < 860:
        row = _house(rng)
        if entities and rng.random() < 0.06:
            row["name"] = entities[int(rng.integers(len(entities)))][0]["name"]
        both = rng.random() < 0.15
        entities.append([row, _other_guide(row, rng)] if both else [row])
    return _frame(entities, rng, "id")


def _house(rng: Rng) -> Row:
    stem = _pick(
        (f"{_pick(FIRSTS, rng)}'s", _pick(_FAMILIES, rng, 0), f"{_pick(FIRSTS, rng)} & {_pick(LASTS, rng)}"), rng, 0
    )
    name = f"{stem} {_pick(HOUSES, rng, 0)}" if rng.random() < 0.6 else stem
    number = _number(rng)[2:]
    return {
        "name": name.lower(), "addr": _street(rng).lower(), "city": _pick(CITIES[:8], rng).lower(),
        "phone": f"{number[:3]}/{number[3:6]}-{number[6:]}", "type": _pick(KINDS, rng, 0),
    }  # fmt: skip


def _other_guide(row: Row, rng: Rng) -> Row:
    copy = {**row, "phone": (row["phone"] or "").replace("/", "-"), "type": _pick(KINDS, rng, 0)}
    copy["addr"] = _shortened((row["addr"] or "").title()).lower()
    if rng.random() < 0.2:
        copy["addr"] = f"{copy['addr']} off {_pick(_FAMILIES[:400], rng)}".lower()
    words = (row["name"] or "").split(" ")
    die = rng.random()
    if die < 0.2 and len(words) > 1:
        copy["name"] = " ".join(words[:-1])
    elif die < 0.3:
        copy["name"] = f"{row['name']} {_pick(HOUSES, rng, 0).lower()}"
    elif die < 0.4:
        copy["name"] = f"{row['name']} (the)"
    if rng.random() < 0.15:
        copy["city"] = _pick(CITIES[:8], rng).lower()
    if rng.random() < 0.08:
        copy["phone"] = _number(rng)[2:]
    return copy


def sites(seed: int) -> pl.DataFrame:
    """2,500 rows of day cares and clinics out of several agencies' lists: common words, many copies, branches."""
    rng = np.random.default_rng(seed)
    words = ("Child Care", "Day Care Center", "Head Start", "Learning Center", "Academy", "Clinic", "Health Center")
    entities: list[list[Row]] = []
    while sum(map(len, entities)) < 2500:
        owner = _pick(
            (_pick(_FAMILIES, rng, 0), f"St. {_pick(FIRSTS, rng, 0)}", f"{_pick(CITIES, rng, 0)} Community"), rng, 0
        )
        name = f"{owner} {_pick(words, rng, 0)}"
        for number in range(1 if rng.random() < 0.85 else int(rng.integers(2, 5))):
            phone, postal = _number(rng)[2:], f"606{rng.integers(10, 60)}"
            row: Row = {"Source": "A", "Site name": name, "Address": _street(rng), "Zip": postal, "Phone": phone}
            if number and rng.random() < 0.5:
                row["Site name"] = f"{name} - {(row['Address'] or '').split(' ')[1]}"
            entities.append(
                [row, *(_listed(row, rng, words) for _ in range(int(rng.random() < 0.6) * int(rng.integers(1, 6))))]
            )
    return _frame(entities, rng, "Id")


def _listed(row: Row, rng: Rng, words: tuple[str, ...]) -> Row:
    copy = _damaged(row, rng, 0.05, 0.0) | {"Source": "BCDE"[rng.integers(4)]}
    copy["Address"] = _shortened(copy["Address"] or "").upper() if rng.random() < 0.5 else copy["Address"]
    if rng.random() < 0.3:
        copy["Phone"] = None
    if rng.random() < 0.3:
        copy["Zip"] = None
    if rng.random() < 0.15:
        copy["Site name"] = (row["Site name"] or "").replace("Center", "Ctr").replace("Day Care", "Daycare")
    elif rng.random() < 0.1:
        copy["Site name"] = f"{row['Site name']} {_pick(words, rng, 0)}"
    return copy


def companies(seed: int) -> pl.DataFrame:
    """1,500 rows of companies: website or not, city, country, phone; parents, national firms, common words."""
    rng = np.random.default_rng(seed)
    words = ("Technologies", "Global", "Solutions", "Systems", "Capital", "Industries", "Software", "Energy", "Group")
    lands = {"Germany": "GmbH", "United Kingdom": "Ltd", "United States": "Inc.", "France": "SA"}
    entities: list[list[Row]] = []
    while sum(map(len, entities)) < 1500:
        stem = f"{_pick(_FAMILIES, rng, 0)} {_pick(words, rng, 0)}" if rng.random() < 0.8 else _pick(_FAMILIES, rng, 0)
        site = f"www.{stem.replace(' ', '').lower()}.com"
        for land in rng.permutation(list(lands))[: 1 if rng.random() < 0.9 else 3].tolist():
            row: Row = {
                "Company": f"{stem} {lands[land]}", "Website": site if rng.random() < 0.7 else None,
                "City": _pick(CITIES, rng), "Country": land, "Phone": _number(rng) if rng.random() < 0.6 else None,
            }  # fmt: skip
            copies = [row]
            for _ in range(int(rng.random() < 0.35) * int(rng.integers(1, 3))):
                copy = _damaged(row, rng, 0.06, 0.2, keep=("Company", "Country"))
                copy["Company"] = _pick((stem, stem.upper(), _typo(row["Company"], rng), row["Company"]), rng, 0)
                copies.append(copy)
            entities.append(copies)
    return _frame(entities, rng, "Account ID")


LISTS: Mapping[str, tuple[str, Callable[[int], pl.DataFrame]]] = {
    "people": ("contacts", people),
    "voters": ("contacts", voters),
    "patients": ("contacts", patients),
    "archive": ("contacts", archive),
    "restaurants": ("companies", restaurants),
    "sites": ("companies", sites),
    "companies": ("companies", companies),
}
