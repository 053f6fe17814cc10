"""Contacts with known duplicates: copies with every kind of damage, and the traps that must not be merged."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crmclean.samples.vocabulary import COMMON_SURNAMES, GIVEN, SURNAME_ENDS, SURNAME_STARTS

COLUMNS = ("first_name", "last_name", "email", "phone", "company_name", "title", "city", "country")
DAMAGE = {"easy": 0.5, "normal": 1.0, "hard": 1.5}
COPIES = 0.25
TITLES = ("CEO", "CTO", "Sales Manager", "Account Executive", "Engineer", "Buyer", "Office Manager", "Consultant")
FREE_MAIL = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com")
STATES = ("US", "GB", "DE", "FR")
FORMS = (" Inc", " LLC", " Ltd", " GmbH", "", " Group")


@dataclass(frozen=True)
class Firm:
    name: str
    domain: str
    main_line: str
    city: str
    country: str


def contacts(rows: int, seed: int, level: str = "normal") -> pl.DataFrame:
    """Return contacts in canonical form with `_record`, `_source` and `truth` (the same number = the same person)."""
    rng = np.random.default_rng(seed)
    people = _people(int(rows * (1 - COPIES)), rng)
    picked = rng.choice(len(people), rows - len(people))
    copies = [_copied(people[place], rng, DAMAGE[level], people) for place in picked.tolist()]
    truth = [*range(len(people)), *picked.tolist()]
    frame = pl.DataFrame([*people, *copies], schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    frame = frame.with_columns(truth=pl.Series(truth))[rng.permutation(rows)]
    number = pl.int_range(pl.len()).cast(pl.String)
    return frame.with_columns(pl.format("crm:contacts:{}", number).alias("_record"), pl.lit("crm").alias("_source"))


def _people(count: int, rng: np.random.Generator) -> list[tuple[str | None, ...]]:
    given, families, firms = [name for name, *_ in GIVEN], _families(rng), _firms(max(count // 12, 5), rng)
    firsts = _zipf(len(given), count, 0.7, rng)
    lasts = _zipf(len(families), count, 0.8, rng)
    employers = _zipf(len(firms), count, 0.5, rng)
    dice = rng.random((count, 8)).tolist()
    people: list[tuple[str | None, ...]] = []
    for place in range(count):
        row = _person(given[firsts[place]], families[lasts[place]], firms[employers[place]], dice[place], rng)
        people.append(_trapped(row, people, dice[place], rng, given))
    return people


def _person(first: str, last: str, firm: Firm, dice: list[float], rng: np.random.Generator) -> tuple[str | None, ...]:
    works = dice[0] < 0.85
    plain = f"{first}.{last}".lower().replace(" ", "").replace("'", "")
    if works and dice[1] < 0.75:
        local = plain if dice[2] < 0.6 else f"{first[0]}{last}".lower().replace(" ", "").replace("'", "")
        email = f"{local}@{firm.domain}"
    else:
        email = f"{plain}{rng.integers(1, 999)}@{FREE_MAIL[rng.integers(4)]}"
    email = f"info@{firm.domain}" if dice[3] < 0.01 else email if dice[3] < 0.85 else None
    phone = firm.main_line if works and dice[4] < 0.05 else _number(rng) if dice[4] < 0.82 else None
    city = firm.city if works else f"{SURNAME_STARTS[rng.integers(len(SURNAME_STARTS))]}ville"
    return (first, last, email, phone, firm.name if works else None, TITLES[rng.integers(8)], city, firm.country)


def _trapped(row, people, dice, rng, given):  # noqa: ANN001, ANN202
    """Turn 1 % into a member of an earlier person's household, and 1 % into an earlier person's namesake."""
    if len(people) < 10 or dice[5] > 0.02:
        return row
    other = people[int(rng.integers(len(people)))]
    if dice[5] < 0.01:
        first = given[int(rng.integers(len(given)))]
        if first != other[0]:
            return (
                first,
                other[1],
                row[2] and row[2].replace(row[1].lower(), "x"),
                other[3],
                None,
                row[5],
                other[6],
                other[7],
            )
    return (
        other[0],
        other[1],
        f"{other[0]}.{other[1]}{rng.integers(999)}@{FREE_MAIL[rng.integers(4)]}".lower(),
        *row[3:],
    )


def _copied(row, rng, damage, people):  # noqa: ANN001, ANN202
    first, last, email, phone, company, title, city, country = row
    die = rng.random(12)
    hit = damage
    if die[0] < 0.12 * hit:  # changed jobs
        other = people[int(rng.integers(len(people)))]
        company, title, city = other[4], TITLES[rng.integers(8)], other[6] if die[1] < 0.5 else city
        host = (other[2] or "x@example.org").partition("@")[2]
        email = f"{first}.{last}@{host}".lower().replace(" ", "").replace("'", "") if die[2] < 0.7 else None
        phone = _number(rng) if die[3] < 0.5 else phone
    elif die[1] < 0.45 * hit:
        email = (
            None
            if die[2] < 0.6
            else f"{first[0]}{last}{rng.integers(99)}@{FREE_MAIL[rng.integers(4)]}".lower()
            if die[2] < 0.9
            else _typo(email, rng)
        )
    if die[3] < 0.48 * hit:
        phone = None if die[4] < 0.7 else _number(rng)
    if die[5] < 0.15 * hit:
        first = _nickname(first, rng)
    elif die[5] < 0.25 * hit:
        first = _typo(first, rng)
    elif die[5] < 0.31 * hit:
        first = first[0] if die[6] < 0.5 else None
    if die[7] < 0.09 * hit:
        last = _typo(last, rng) if die[8] < 0.8 else None
    if die[9] < 0.2 * hit:
        company = None if die[10] < 0.6 else _variant(company, rng)
    if die[10] < 0.2 * hit:
        title = None if die[11] < 0.5 else TITLES[rng.integers(8)]
    if die[11] < 0.2 * hit:
        city = None if die[10] < 0.7 else _typo(city, rng)
    return (first, last, email, phone, company, title, city, country)


def _nickname(first: str, rng: np.random.Generator) -> str:
    known = {name: nicks for name, _, nicks in GIVEN}.get(first, ())
    return known[rng.integers(len(known))] if known else first


def _typo(text: str | None, rng: np.random.Generator) -> str | None:
    if text is None or len(text) < 3:
        return text
    at, kind = int(rng.integers(1, len(text) - 1)), rng.integers(4)
    letter = chr(97 + rng.integers(26))
    middle = ("", letter, letter + text[at], text[at + 1] + text[at])[kind]
    return text[:at] + middle + text[at + (2 if kind == 3 else 1) :]


def _variant(company: str | None, rng: np.random.Generator) -> str | None:
    if company is None:
        return None
    bare = company
    for form in FORMS:
        bare = bare.removesuffix(form) if form else bare
    return _typo(bare, rng) if rng.random() < 0.3 else bare.upper() if rng.random() < 0.3 else bare


def _number(rng: np.random.Generator) -> str:
    return f"+1{rng.integers(200, 990)}{rng.integers(200, 999)}{rng.integers(10000):04}"


def _families(rng: np.random.Generator) -> list[str]:
    made = [start + end for start in SURNAME_STARTS for end in SURNAME_ENDS]
    return [*COMMON_SURNAMES, *rng.permutation(made).tolist()]


def _firms(count: int, rng: np.random.Generator) -> list[Firm]:
    families = _families(rng)
    words = ("Systems", "Logistics", "Foods", "Partners", "Media", "Health", "Energy", "Labs", "Design", "Trading")
    firms = []
    for _ in range(count):
        stem = f"{families[rng.integers(len(families))]} {words[rng.integers(10)]}"
        domain = stem.lower().replace(" ", "").replace("'", "") + (
            ".com" if rng.random() < 0.7 else f"{rng.integers(99)}.net"
        )
        city = f"{SURNAME_STARTS[rng.integers(len(SURNAME_STARTS))]}{('ton', 'burg', 'ford', 'field')[rng.integers(4)]}"
        firms.append(Firm(stem + FORMS[rng.integers(6)], domain, _number(rng), city, STATES[rng.integers(4)]))
    return firms


def _zipf(kinds: int, count: int, exponent: float, rng: np.random.Generator) -> np.ndarray:
    weights = 1.0 / np.arange(1, kinds + 1) ** exponent
    return rng.choice(kinds, count, p=weights / weights.sum())


FIRM_COLUMNS = ("name", "street", "city", "postal_code", "country", "phone", "website")


def organisations(rows: int, seed: int, level: str = "normal") -> pl.DataFrame:
    """Return organisations with `_record`, `_source` and `truth`; branches and namesakes are entities of their own."""
    rng = np.random.default_rng(seed)
    firms: list[tuple[str | None, ...]] = []
    while len(firms) < int(rows * (1 - COPIES)):
        firms.extend(_firm_with_branches(rng))
    firms = firms[: int(rows * (1 - COPIES))]
    picked = rng.choice(len(firms), rows - len(firms))
    copies = [_copied_firm(firms[place], rng, DAMAGE[level]) for place in picked.tolist()]
    frame = pl.DataFrame([*firms, *copies], schema=dict.fromkeys(FIRM_COLUMNS, pl.String), orient="row")
    frame = frame.with_columns(truth=pl.Series([*range(len(firms)), *picked.tolist()]))[rng.permutation(rows)]
    number = pl.int_range(pl.len()).cast(pl.String)
    return frame.with_columns(pl.format("crm:companies:{}", number).alias("_record"), pl.lit("crm").alias("_source"))


def _firm_with_branches(rng: np.random.Generator) -> list[tuple[str | None, ...]]:
    stem = _stem(rng)
    site = stem.lower().replace(" ", "").replace("'", "").replace("&", "") + ".com" if rng.random() < 0.6 else None
    count = 1 if rng.random() < 0.93 else int(rng.integers(2, 8))
    form = FORMS[rng.integers(6)]
    firms = []
    for _ in range(count):
        phone = _number(rng) if rng.random() < 0.8 else None
        firms.append((stem + form, *_place(rng), phone, site))
    return firms


def _stem(rng: np.random.Generator) -> str:
    families = _FAMILIES
    words = (
        "Systems", "Logistics", "Foods", "Partners", "Media", "Health", "Energy", "Labs", "Design", "Trading",
        "Bank", "Hotel", "Restaurant", "School", "Clinic", "Church of Christ", "Public Library", "Insurance",
    )  # fmt: skip
    kind = rng.random()
    if kind < 0.5:
        return f"{families[rng.integers(len(families))]} {words[rng.integers(len(words))]}"
    if kind < 0.7:
        return f"{families[rng.integers(len(families))]} & {families[rng.integers(len(families))]}"
    town = SURNAME_STARTS[rng.integers(len(SURNAME_STARTS))]
    return f"{town}ton {words[rng.integers(len(words))]} {words[rng.integers(len(words))]}"


def _place(rng: np.random.Generator) -> tuple[str, str, str, str]:
    kinds = ("Street", "Avenue", "Road", "Lane")
    city = int(rng.integers(400))
    street = f"{rng.integers(1, 400)} {_FAMILIES[int(rng.integers(300))]} {kinds[rng.integers(4)]}"
    name = f"{SURNAME_STARTS[city % len(SURNAME_STARTS)]}{('ton', 'burg', 'ford', 'field')[city % 4]}"
    return street, name, f"{10000 + city * 17}", "US"


def _copied_firm(row, rng, damage):  # noqa: ANN001, ANN202
    name, street, city, postal, country, phone, site = row
    die = rng.random(10)
    if die[0] < 0.35 * damage:
        name = _variant(name, rng)
    if die[1] < 0.15 * damage:
        name = _typo(name, rng)
    elif die[1] < 0.22 * damage:
        name = f"{name} of {city}"
    elif die[1] < 0.28 * damage:
        name = (name or "").split(" ")[0]
    if die[2] < 0.3 * damage:
        street = street.replace("Street", "St").replace("Avenue", "Ave").replace("Road", "Rd")
    elif die[2] < 0.5 * damage:
        street = None if die[3] < 0.5 else _typo(street, rng)
    if die[4] < 0.15 * damage:
        city = None if die[5] < 0.5 else _typo(city, rng)
    if die[6] < 0.2 * damage:
        postal = None if die[5] < 0.7 else _typo(postal, rng)
    if die[7] < 0.35 * damage:
        phone = None if die[8] < 0.7 else _number(rng)
    if die[9] < 0.35 * damage:
        site = None
    return (name, street, city, postal, country, phone, site)


_FAMILIES = _families(np.random.default_rng(0))
