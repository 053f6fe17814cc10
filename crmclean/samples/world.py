"""The truth behind the mess: companies and people as they are, before anybody typed them."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from crmclean.samples.dice import Dice, nth
from crmclean.samples.places import CODES, WEIGHTS, place, with_numbers
from crmclean.samples.vocabulary import (
    COMMON_SURNAMES,
    COMPANY_FIRST,
    COMPANY_SECOND,
    GIVEN,
    JOBS,
    LEGAL_FORMS,
    PRIVATE_MAIL,
    STREETS,
    SURNAME_ENDS,
    SURNAME_STARTS,
    TRADES,
)

AS_OF = date(2026, 6, 30)  # the newest day in every sample
_PEOPLE_PER_COMPANY = 5
_COMPANY_NAMES = len(COMPANY_FIRST) * len(COMPANY_SECOND) * len(TRADES)
_COMPANY = pl.col("company")
_PERSON = pl.col("person")
_ACCENTS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "é": "e",
    "É": "E",
    "á": "a",
    "í": "i",
    "ó": "o",
    "ë": "e",
    "è": "e",
}


@dataclass(frozen=True)
class World:
    """companies: one row each (`company`); people: one row each (`person`, their `company` or null)."""

    dice: Dice
    companies: pl.DataFrame
    people: pl.DataFrame


def make_world(dice: Dice, people: int) -> World:
    """Invent this many people, and a company for every five of them."""
    count = max(4, min(people // _PEOPLE_PER_COMPANY, _COMPANY_NAMES))
    companies, persons = _companies(dice, count), _people(dice, people, count)
    persons = _with_addresses(companies, persons, dice)
    companies, persons = _with_phones(companies, persons, dice)
    return World(dice, companies, _with_emails(persons, dice))


def _with_addresses(companies: pl.DataFrame, people: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """People are written to at work; those without an employer at home."""
    where = ("country", "city", "state", "state_code", "postal_code", "street")
    people = people.join(companies.select("company", "domain", *where), on="company", how="left", maintain_order="left")
    home = nth(CODES, dice.band("home", pl.col("family"), WEIGHTS))
    people = people.with_columns(
        pl.col("country").fill_null(home), pl.col("street").fill_null(_street(dice, "home", pl.col("family")))
    )
    at_home = place(dice, pl.col("family"), pl.col("country"))
    return people.with_columns(pl.col(name).fill_null(at_home.struct.field(name)) for name in where[1:-1])


def ascii_letters(text: pl.Expr) -> pl.Expr:
    """Write a name as mailboxes do: small letters without accents, blanks or apostrophes."""
    return (
        text.str.replace_many(list(_ACCENTS), list(_ACCENTS.values())).str.to_lowercase().str.replace_all("[^a-z]", "")
    )


def _companies(dice: Dice, count: int) -> pl.DataFrame:
    frame = pl.select(pl.int_range(count).alias("company")).with_columns(
        nth(CODES, dice.band("company.country", _COMPANY, WEIGHTS)).alias("country"),
        # 48271 shares no factor with the number of names, so that no name comes twice
        ((_COMPANY * 48271 + dice.seed) % _COMPANY_NAMES).alias("word"),
        (dice.share("size", _COMPANY) ** 3 * 4000 + 5).cast(pl.Int64).alias("employees"),
        dice.below("company.age", _COMPANY, 2800).alias("age"),
        dice.chance("moved", _COMPANY, 0.05).alias("moved"),
        dice.chance("subsidiary", _COMPANY, 0.06).alias("has_parent"),
    )
    words = len(COMPANY_FIRST) * len(COMPANY_SECOND)
    trade = pl.col("word") // words
    base = pl.format(
        "{} {} {}",
        nth(COMPANY_FIRST, pl.col("word") % len(COMPANY_FIRST)),
        nth(COMPANY_SECOND, pl.col("word") % words // len(COMPANY_FIRST)),
        nth([word for word, _ in TRADES], trade),
    )
    frame = frame.with_columns(
        base.alias("base"), trade.alias("trade"), place(dice, _COMPANY, pl.col("country")).alias("place")
    )
    slug = ascii_letters(pl.col("base"))
    return frame.unnest("place").with_columns(
        _legal_form(dice).alias("form"),
        (slug + ".example").alias("domain"),
        pl.format("{}-group.example", slug).alias("old_domain"),
        _street(dice, "company.street", _COMPANY).alias("street"),
        # parents stand before their daughters, so that there is no cycle
        pl.when(pl.col("has_parent") & (_COMPANY > 0))
        .then(dice.below("parent", _COMPANY, _COMPANY.clip(1)))
        .alias("parent"),
    )


def _legal_form(dice: Dice) -> pl.Expr:
    chosen = dice.pick("form", _COMPANY, LEGAL_FORMS["US"])
    for code, forms in LEGAL_FORMS.items():
        chosen = pl.when(pl.col("country") == code).then(dice.pick("form", _COMPANY, forms)).otherwise(chosen)
    return chosen


def _street(dice: Dice, name: str, key: pl.Expr) -> pl.Expr:
    return pl.format("{} {}", dice.below(f"{name}.number", key, 900) + 1, dice.pick(name, key, STREETS))


def _people(dice: Dice, count: int, companies: int) -> pl.DataFrame:
    home = _PERSON // 2  # two neighbours may be a household
    private = dice.chance("private", home, 0.06)
    frame = pl.select(pl.int_range(count).alias("person")).with_columns(
        (private & dice.chance("household", home, 0.3)).alias("household"),
        # the square makes a few companies large and most small
        pl.when(~private).then((dice.share("employer", _PERSON) ** 2 * companies).cast(pl.Int64)).alias("company"),
        pl.when(dice.chance("new job", _PERSON, 0.03))
        .then(dice.below("next employer", _PERSON, companies))
        .alias("next_company"),
        dice.below("given", _PERSON, len(GIVEN)).alias("given"),
        dice.below("job", _PERSON, len(JOBS)).alias("job"),
        dice.below("person.age", _PERSON, 2700).alias("drawn_age"),
        dice.chance("newcomer", _PERSON, 0.06).alias("newcomer"),
        dice.band("engagement", _PERSON, (0.64, 0.21, 0.15)).alias("engagement"),
        dice.chance("opted out", _PERSON, 0.05).alias("opted_out"),
    )
    family = pl.when(pl.col("household")).then(home).otherwise(_PERSON + count)
    return frame.with_columns(
        nth([name for name, _, _ in GIVEN], pl.col("given")).alias("first_name"),
        nth([title for _, title, _ in GIVEN], pl.col("given")).alias("salutation"),
        _surname(dice, family).alias("last_name"),
        nth([title for title, _ in JOBS], pl.col("job")).alias("title"),
        nth([department for _, department in JOBS], pl.col("job")).alias("department"),
        family.alias("family"),
        pl.when(pl.col("newcomer")).then(pl.col("drawn_age") % 85).otherwise(120 + pl.col("drawn_age")).alias("age"),
    ).with_columns(_engaged(dice).alias("engaged"))


def _surname(dice: Dice, key: pl.Expr) -> pl.Expr:
    invented = dice.pick("surname start", key, SURNAME_STARTS) + dice.pick("surname end", key, SURNAME_ENDS)
    common = dice.pick("surname", key, COMMON_SURNAMES)
    return pl.when(dice.chance("common surname", key, 0.25)).then(common).otherwise(invented)


def _engaged(dice: Dice) -> pl.Expr:
    """Days since the last engagement: within a year, longer ago, or never (null)."""
    age, kind = pl.col("age"), pl.col("engagement")
    recent = 1 + dice.below("engaged", _PERSON, pl.min_horizontal(age, pl.lit(330)).clip(1))
    long_ago = 400 + dice.below("engaged", _PERSON, (age - 400).clip(1))
    dormant = (kind == 1) & (age > 410)
    return pl.when(kind == 0).then(recent).when(dormant).then(long_ago)


def _with_phones(companies: pl.DataFrame, people: pl.DataFrame, dice: Dice) -> tuple[pl.DataFrame, pl.DataFrame]:
    owners = [
        companies.select("country", pl.lit("main").alias("line"), _COMPANY.alias("owner")),
        people.select("country", pl.lit("direct").alias("line"), _PERSON.alias("owner")),
        people.filter(pl.col("country").is_in(["US", "CA"])).select(
            "country", pl.lit("mobile").alias("line"), _PERSON.alias("owner")
        ),
    ]
    numbers = with_numbers(pl.concat(owners), dice)

    def line(name: str, key: str) -> pl.DataFrame:
        chosen = numbers.filter(pl.col("line") == name)
        return chosen.select(
            pl.col("owner").alias(key), pl.col("area").alias(f"{name}_area"), pl.col("local").alias(f"{name}_local")
        )

    companies = companies.join(line("main", "company"), on="company", how="left", maintain_order="left")
    for name in ("direct", "mobile"):
        people = people.join(line(name, "person"), on="person", how="left", maintain_order="left")
    shared = [  # a household has one telephone
        pl.when(pl.col("household")).then(pl.col(name).first().over("family")).otherwise(pl.col(name)).alias(name)
        for name in ("direct_area", "direct_local")
    ]
    return companies, people.with_columns(shared)


def _with_emails(people: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    first, last = ascii_letters(pl.col("first_name")), ascii_letters(pl.col("last_name"))
    style = dice.band("mailbox", _COMPANY.fill_null(0), (0.6, 0.2, 0.2))
    box = (
        pl.when(style == 0)
        .then(first + "." + last)
        .when(style == 1)
        .then(first.str.slice(0, 1) + last)
        .otherwise(first + "_" + last)
    )
    home = dice.pick("private mail", pl.col("family"), PRIVATE_MAIL)
    together = pl.col("household") & dice.chance("one mailbox", pl.col("family"), 0.5)
    private = pl.when(together).then("family." + last).otherwise(first + "." + last) + (pl.col("family") % 9973).cast(
        pl.String
    )
    people = people.with_columns(box.alias("box"), pl.format("{}@{}", private, home).alias("private_email"))
    again = pl.int_range(pl.len()).over("company", "box")  # namesakes at one company get a number
    number = pl.when(again == 0).then(pl.lit("")).otherwise((again + 1).cast(pl.String))
    work = pl.format("{}{}@{}", pl.col("box"), number, pl.col("domain"))
    return people.with_columns(
        pl.when(_COMPANY.is_null()).then(pl.col("private_email")).otherwise(work).alias("email"),
        number.alias("box_number"),
    )
