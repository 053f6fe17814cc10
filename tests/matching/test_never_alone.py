"""Evidence that is never enough to merge two people by machine, however much of it there is."""

import polars as pl
import pytest

from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings

HOME = {
    "last_name": "Ryan",
    "phone": "+15125550147",
    "phone_home": "+15125550148",
    "street": "4228 Emily Walks",
    "city": "Anthonyton",
    "region": "US-OK",
    "postal_code": "43892",
    "country": "US",
    "company_name": "Juarez PLC",
    "title": "Doctor",
}
PORTO = {"city": "Porto", "postal_code": "4000-007", "country": "PT", "title": "CEO"}
PAIRS = {
    "a household with other first names and other mailboxes": (
        HOME | {"first_name": "Patricia", "email": "patricia.ryan@mail.example"},
        HOME | {"first_name": "Leslie", "email": "leslie.ryan@mail.example"},
    ),
    "a household without mailboxes": (HOME | {"first_name": "Patricia"}, HOME | {"first_name": "Leslie"}),
    "twins": (
        HOME | {"first_name": "Patricia", "birthdate": "2000-12-08"},
        HOME | {"first_name": "Leslie", "birthdate": "2000-12-08"},
    ),
    "namesakes at two companies": (
        {"first_name": "Millicent", "last_name": "Hargreave", "email": "m@one.example", "company_name": "One"},
        {"first_name": "Millicent", "last_name": "Hargreave", "email": "millicent@two.example", "company_name": "Two"},
    ),
    "namesakes of one town and job at two companies": (
        {"first_name": "José", "last_name": "Fernandes", "email": "jf@one.example", "company_name": "One", **PORTO},
        {"first_name": "José", "last_name": "Fernandes", "email": "jose@two.example", "company_name": "Two", **PORTO},
    ),
    "namesakes of one town at two companies, of whom one has no mailbox": (
        {
            "first_name": "José",
            "last_name": "Fernandes",
            "email": "jf@one.example",
            "company_name": "One",
            "city": "Porto",
        },
        {"first_name": "José", "last_name": "Fernandes", "company_name": "Two", "city": "Porto"},
    ),
    "a rare name and nothing else": (
        {"first_name": "Millicent", "last_name": "Hargreave"},
        {"first_name": "Millicent", "last_name": "Hargreave"},
    ),
    "colleagues on the main line": (
        {"first_name": "Ann", "last_name": "Reed", "phone": "+15125550100", "company_name": "One", "city": "Ames"},
        {"first_name": "Bob", "last_name": "Cole", "phone": "+15125550100", "company_name": "One", "city": "Ames"},
    ),
    "two names on a role mailbox": (
        {"first_name": "Ann", "last_name": "Reed", "email": "info@one.example"},
        {"first_name": "Bob", "last_name": "Cole", "email": "info@one.example"},
    ),
    "a family name without a given one, at home": (
        {name: HOME[name] for name in ("last_name", "street", "city", "postal_code")},
        {name: HOME[name] for name in ("last_name", "street", "city", "postal_code")} | {"first_name": "Leslie"},
    ),
    "nobody's name at one desk": (
        {"phone": "+15125550100", "street": "1 Main St", "city": "Ames", "postal_code": "50010"},
        {"phone": "+15125550100", "street": "1 Main St", "city": "Ames", "postal_code": "50010"},
    ),
    "a Jr at the address of one who is none": (
        HOME | {"first_name": "Karl", "name_suffix": "Jr"},
        HOME | {"first_name": "Karl"},
    ),
    "two middle initials at one address": (
        HOME | {"first_name": "Karl", "middle_name": "A"},
        HOME | {"first_name": "Karl", "middle_name": "F"},
    ),
    "a generation between their ages": (
        HOME | {"first_name": "Karl", "x_birth_age": "61"},
        HOME | {"first_name": "Karl", "x_birth_age": "27"},
    ),
    "two names on one personal mailbox": (
        {"first_name": "Ann", "last_name": "Reed", "email": "ann.reed@one.example"},
        {"first_name": "Bob", "last_name": "Cole", "email": "ann.reed@one.example"},
    ),
}
DAYS = ("2000-12-08", "2001-12-08")
CROWD = [
    {"first_name": f"{first}a", "last_name": f"{last}son", "email": f"{first}.{last}@{last}.example", "city": "Ames"}
    for first in ("ro", "li", "mi", "te", "jo", "ka")
    for last in ("hen", "wil", "ander", "peter", "jack", "dav", "thom", "rob")
]


def people(*rows: dict[str, str]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame(
        [{name: row.get(name) for name in names} for row in rows], schema=dict.fromkeys(names, pl.String)
    )
    numbered = frame.with_row_index("_n").with_columns(pl.format("s:contacts:{}", "_n").alias("_record"))
    return numbered.with_columns(pl.lit("s").alias("_source")).drop("_n")


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("crowd", [[], CROWD], ids=["alone", "in a crowd"])
def test_stays_two_records(pair, crowd):
    groups = match("contacts", people(*pair, *crowd), MatchSettings()).groups
    assert groups.filter(pl.col("record").is_in(["s:contacts:0", "s:contacts:1"])).is_empty()


def test_a_shared_licence_number_does_not_merge_people_of_other_names_and_mailboxes():
    pair = PAIRS["a household with other first names and other mailboxes"]
    clones = [
        {**person, "x_licence_no": "DL2229373694", "birthdate": day} for person, day in zip(pair, DAYS, strict=True)
    ]
    others = [{**person, "x_licence_no": f"DL{11 * number:010d}"} for number, person in enumerate([*CROWD, CROWD[0]])]
    found = match("contacts", people(*clones, *others), MatchSettings())
    assert found.groups.filter(pl.col("record") == "s:contacts:0").is_empty()
    asked = found.pairs.filter((pl.col("left") == "s:contacts:0") & (pl.col("right") == "s:contacts:1"))
    assert asked["band"].to_list() == ["review"]


def test_an_address_in_an_unknown_column_is_a_households_and_no_number_of_a_person():
    families = [
        {"first_name": first, "last_name": last, "x_home": f"{number} Elm Row"}
        for number, last in enumerate(("Hansen", "Wilton", "Anders", "Peters", "Jackson", "Davies"), start=4100)
        for first in ("Rosa", "Timo", "Nele")
    ]
    groups = match("contacts", people(*families, *CROWD), MatchSettings()).groups
    assert groups.is_empty()


def test_an_initial_at_home_is_a_question_only_where_others_of_the_house_are_known():
    alone = [
        {"first_name": first, "last_name": "Quist", "street": "7 Oak Row", "postal_code": "50010"}
        for first in ("Ida", "I")
    ]
    family = [
        {"first_name": first, "last_name": "Hallam", "street": "9 Elm Row", "postal_code": "50012"}
        for first in ("Vera", "V", "Noel")
    ]
    groups = match("contacts", people(*alone, *family, *CROWD), MatchSettings()).groups
    assert groups["record"].to_list() == ["s:contacts:0", "s:contacts:1"]


FAMILY = {"last_name": "Hobbs", "email": "hobbsfamily@mail.example", "phone": "+15125550163", "street": "6 Elm Row"}


@pytest.mark.parametrize(
    ("one", "other"),
    [({}, {}), ({"birthdate": "1953-08-22"}, {"birthdate": "1958-06-09"}), ({}, {"first_name": "Mark"})],
    ids=["no first name", "no first name, other birthdates", "one first name"],
)
def test_a_familys_mailbox_is_nobodys_own(one, other):
    family = [FAMILY | {"first_name": first} for first in ("Hannah", "Deanna", "Mark")]
    groups = match("contacts", people(FAMILY | one, FAMILY | other, *family, *CROWD), MatchSettings()).groups
    assert groups.filter(pl.col("record") == "s:contacts:0").is_empty()


def test_last_names_alone_share_a_phone_as_families_do():
    home = {"last_name": "Cline", "phone": "+15125550199", "street": "3 Jones Drive", "city": "Ames"}
    groups = match("contacts", people(home, home, *CROWD), MatchSettings()).groups
    assert groups.is_empty()


def test_a_mailbox_of_one_name_is_its_own_though_the_name_is_misspelt():
    own = {"last_name": "Hobbs", "email": "hannah@hobbs.example"}
    rows = [own | {"first_name": first} for first in ("Hannah", "Hanna", None)]
    assert match("contacts", people(*rows, *CROWD), MatchSettings()).groups.height == len(rows)


def test_an_initial_on_a_familys_phone_is_a_question():
    home = {"last_name": "Ryan", "phone": "+15125550177"}
    rows = [home | {"first_name": first} for first in ("Justin", "J.", "Mark")]
    found = match("contacts", people(*rows, *CROWD), MatchSettings())
    assert found.groups.is_empty()
    assert found.pairs.filter(pl.col("band") == "review").height == 1


def test_nobody_is_asked_about_the_members_of_a_family_that_shares_a_mailbox():
    several = [FAMILY | {"first_name": first} for first in ("Hannah", "Deanna", "Mark")]
    two = match("contacts", people(*several[:2], *CROWD), MatchSettings()).pairs
    assert two["band"].to_list() == ["review"]
    three = match("contacts", people(*several, *CROWD), MatchSettings()).pairs
    assert "review" not in three["band"].to_list()


def test_a_number_whose_sharers_have_one_birthdate_stays_a_persons_number():
    lasts = ("Hansen", "Wilton", "Anders", "Peters", "Quillan", "Davies")
    renamed = [
        {
            "first_name": first,
            "last_name": last,
            "birthdate": f"19{51 + 7 * n}-0{n + 1}-1{n}",
            "x_ssn": f"{n}47{n}1147{n}",
        }
        for n, last in enumerate(lasts)
        for first in ("Rosa", "Timo")
    ]
    others = [person | {"x_ssn": f"9{11 * n}81723{n}"} for n, person in enumerate(CROWD)]
    groups = match("contacts", people(*renamed, *others), MatchSettings()).groups
    assert groups.group_by("group").len()["len"].to_list() == [2] * len(lasts)
