"""What tells people of one name apart, and what does not."""

import pytest

from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from tests.matching.test_never_alone import CROWD, people

FATHER = {
    "first_name": "Walter",
    "last_name": "Hargreave",
    "street": "12 Mill Lane",
    "city": "Ames",
    "phone": "+15125550147",
    "birthdate": "1951-03-08",
}
CLASS_OF = FATHER | {"birthdate": None, "x_class_year": "1973"}
PAIRS = [
    ("father and son by their birthdates", FATHER, FATHER | {"birthdate": "1979-11-22"}, False),
    ("father and son by their names", FATHER | {"name_suffix": "Sr."}, FATHER | {"name_suffix": "Jr"}, False),
    ("day and month in each other's place", FATHER, FATHER | {"birthdate": "1951-08-03"}, True),
    ("another year, as a slip makes", FATHER, FATHER | {"birthdate": "1957-03-08"}, True),
    ("another birthdate within the generation", FATHER, FATHER | {"birthdate": "1954-12-11"}, False),
    ("the first of the year, which nobody knew better", FATHER, FATHER | {"birthdate": "1952-01-01"}, True),
    ("parent and child by their classes", CLASS_OF, CLASS_OF | {"x_class_year": "2003"}, False),
    ("the class on one side only", CLASS_OF, CLASS_OF | {"x_class_year": None}, True),
    ("a degree is no generation", FATHER | {"name_suffix": "PhD"}, FATHER | {"name_suffix": "MBA"}, True),
    ("no birthdate on one side", FATHER, FATHER | {"birthdate": None}, True),
    ("first and last name swapped", FATHER, FATHER | {"first_name": "Hargreave", "last_name": "Walter"}, True),
    ("the last name stands in the first", FATHER, FATHER | {"first_name": "Hargreave", "last_name": None}, True),
    ("man and woman of one initial", FATHER | {"gender": "M"}, FATHER | {"first_name": "W", "gender": "F"}, True),
]


@pytest.mark.parametrize(("one", "other", "merged"), [case[1:] for case in PAIRS], ids=[case[0] for case in PAIRS])
def test_people_of_one_name_at_one_address(one, other, merged):
    groups = match("contacts", people(one, other, *CROWD), MatchSettings()).groups
    assert (groups["record"].to_list() == ["s:contacts:0", "s:contacts:1"]) is merged


def test_father_and_son_are_asked_about():
    pairs = match("contacts", people(FATHER, FATHER | {"birthdate": "1979-11-22"}, *CROWD), MatchSettings()).pairs
    assert pairs.select("band", "veto").row(0) == ("review", "birthdate")


def test_the_country_is_nothing_in_common():
    one = {"first_name": "Walter", "last_name": "Hargreave", "country": "US", "email": "w@one.example"}
    frame = people(one, one | {"email": "walter@two.example"}, *CROWD)
    assert match("contacts", frame, MatchSettings()).groups.is_empty()


def test_a_birth_place_counts_where_a_campaign_does_not():
    crowd = [
        {"first_name": f"{person['first_name']}{letter}", "last_name": person["last_name"],
         "x_birth_place": f"Town {number % 24}", "x_campaign": f"Wave {number % 24}"}
        for letter in "bcdef" for number, person in enumerate(CROWD)
    ]  # fmt: skip
    one = {"first_name": "Walter", "last_name": "Hargreave"}
    place, wave = {"x_birth_place": "Town 3"}, {"x_campaign": "Wave 3"}
    assert match("contacts", people(*crowd, one | place, one | place), MatchSettings()).groups.height == 2
    assert match("contacts", people(*crowd, one | wave, one | wave), MatchSettings()).groups.is_empty()


@pytest.mark.parametrize(("years", "merged"), [(0, True), (1, True), (7, False)])
def test_namesakes_of_one_town_have_one_age(years, merged):
    crowd = [person | {"x_age": str(20 + number)} for number, person in enumerate(CROWD)]
    one = {"first_name": "Walter", "last_name": "Hargreave", "city": "Ames", "region": "Iowa", "x_age": "51"}
    frame = people(one, one | {"x_age": str(51 + years)}, *crowd)
    assert (match("contacts", frame, MatchSettings()).groups.height == 2) is merged
