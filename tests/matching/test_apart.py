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
AT_WORK = {"first_name": "Jürgen", "last_name": "Weiß", "phone": "+496416933534", "company_name": "Koch Werkzeuge KG"}
SENIOR, JUNIOR = AT_WORK | {"last_name": "Weiß sen."}, AT_WORK | {"last_name": "Weiß jun."}
BRAZILIAN = AT_WORK | {"first_name": "João", "last_name": "Pereira"}
TWIN = {"last_name": "Krause", "birthdate": "1996-02-25", "street": "Gartenweg 20", "phone": "+495516271189"}
HANNA, ANNA = TWIN | {"first_name": "Hanna"}, TWIN | {"first_name": "Anna"}
MARIE, MARIA, ROBERT, BOB, HANA, ANNA_LENA = (
    TWIN | {"first_name": name} for name in ("Marie", "Maria", "Robert", "Bob", "Hana", "Anna-Lena")
)
OWN = [{"email": f"{name}.krause@mail.example"} for name in ("hanna", "anna", "marie", "maria", "robert", "bob")]
WORK = [{"email": f"{name}@koch.example"} for name in ("j.weiss", "j.weiss2", "juergen.weiss")]
MAIL = [{"email": f"j.weiss{number}@gmail.com"} for number in ("", "62")]
KRAUSES = {"email": "krausefamily5@mail.example"}
MARINA, MARIANA = (
    TWIN | {"first_name": name, "last_name": "Gomes Costa", "email": f"{name.lower()}gomescosta@mail.example"}
    for name in ("Marina", "Mariana")
)
FAMILY = {"email": "familie.krause@mail.example"}
CLASS_OF = FATHER | {"birthdate": None, "x_class_year": "1973"}
PAIRS = [
    ("father and son by their birthdates", FATHER, FATHER | {"birthdate": "1979-11-22"}, False),
    ("father and son by their names", FATHER | {"name_suffix": "Sr."}, FATHER | {"name_suffix": "Jr"}, False),
    ("father and son by their last names", SENIOR, JUNIOR, False),
    (
        "sen. on one side, as a mailbox of h.weiss.jun says of the other",
        SENIOR,
        AT_WORK | {"email": "j.weiss.jun@koch.example"},
        False,
    ),
    (
        "jun. on one side, another mailbox",
        AT_WORK | {"email": "j@koch.example"},
        JUNIOR | {"email": "jw@koch.example"},
        False,
    ),
    ("a son called Filho", BRAZILIAN, BRAZILIAN | {"last_name": "Pereira Filho"}, False),
    (
        "a grandson called Neto",
        BRAZILIAN | {"last_name": "Pereira Filho"},
        BRAZILIAN | {"last_name": "Pereira Neto"},
        False,
    ),
    (
        "the same son twice",
        BRAZILIAN | {"last_name": "Pereira Filho"},
        BRAZILIAN | {"last_name": "Pereira Filho"},
        True,
    ),
    ("Jun. and jun", JUNIOR, AT_WORK | {"last_name": "Weiß jun"}, True),
    ("jun. in the last name, jr. as a suffix", JUNIOR, AT_WORK | {"name_suffix": "jr."}, True),
    ("Sen is a last name, too", AT_WORK | {"last_name": "Sen"}, AT_WORK | {"last_name": "Sen"}, True),
    (
        "initials in front are no generation",
        AT_WORK | {"email": "jr.weiss@koch.example"},
        AT_WORK | {"email": "weiss@koch.example"},
        True,
    ),
    ("a desk is no generation", AT_WORK | {"email": "jun@koch.example"}, AT_WORK, True),
    ("twins whose mailboxes spell out their names", HANNA | OWN[0], ANNA | OWN[1], False),
    ("twins whose mailboxes run names together", MARINA, MARIANA, False),
    ("twins of one name but for its ending, too", MARIE | OWN[2], MARIA | OWN[3], False),
    ("namesakes whom the employer numbers", AT_WORK | WORK[0], AT_WORK | WORK[1], False),
    ("two spellings of one work address", AT_WORK | WORK[0], AT_WORK | WORK[2], True),
    ("a number of one's own at a provider", AT_WORK | MAIL[0], AT_WORK | MAIL[1], True),
    ("two employers, one with numbers", AT_WORK | WORK[0], AT_WORK | {"email": "j.weiss2@weiss.example"}, True),
    ("twins on a mailbox of krausefamily", MARIE | KRAUSES, MARIA | KRAUSES, False),
    ("twins on the family's mailbox", MARIE | FAMILY, MARIA | FAMILY, False),
    ("names alike on one person's mailbox", MARIE | OWN[2], MARIA | OWN[2], True),
    ("names alike and no mailbox", MARIE, MARIA, True),
    ("two names that people have", *(TWIN | {"first_name": name} for name in ("Kiran", "Karan")), False),
    ("one name in two spellings", *(TWIN | {"first_name": name} for name in ("Hasan", "Hassan")), True),
    ("a mailbox that spells one of two names alike", MARIE | OWN[2], MARIA | {"email": "krause@web.example"}, True),
    ("a slip on the family's mailbox", MARIE | FAMILY, TWIN | FAMILY | {"first_name": "Marrie"}, True),
    ("one name on the family's mailbox", MARIE | FAMILY, MARIE | FAMILY, True),
    ("a short form with its own mailbox", ROBERT | OWN[4], BOB | OWN[5], True),
    ("a slip, and its mailbox is right", HANNA | OWN[0], HANA | {"email": "hanna.krause@web.example"}, True),
    ("a mailbox of the double name", ANNA | OWN[1], ANNA_LENA | {"email": "anna-lena.krause@web.example"}, True),
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


@pytest.mark.parametrize(
    ("column", "merged"),
    [("x_associated_company_ids", False), ("x_account_id", False), ("x_campaign_source_id", False), ("x_badge", True)],
)
def test_ids_of_other_records_are_no_number_of_a_person(column, merged):
    crowd = [
        {**person, "first_name": f"{person['first_name']}{letter}", "email": None, column: f"K{number % 24}-{letter}"}
        for letter in "bc" for number, person in enumerate(CROWD)
    ]  # fmt: skip
    one = {"first_name": "Walter", "last_name": "Hargreave", column: "K77-z"}
    assert match("contacts", people(*crowd, one, one), MatchSettings()).groups.height == (2 if merged else 0)


@pytest.mark.parametrize(("years", "merged"), [(0, True), (1, True), (7, False)])
def test_namesakes_of_one_town_have_one_age(years, merged):
    crowd = [person | {"x_age": str(20 + number)} for number, person in enumerate(CROWD)]
    one = {"first_name": "Walter", "last_name": "Hargreave", "city": "Ames", "region": "Iowa", "x_age": "51"}
    frame = people(one, one | {"x_age": str(51 + years)}, *crowd)
    assert (match("contacts", frame, MatchSettings()).groups.height == 2) is merged
