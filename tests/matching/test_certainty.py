"""What looks certain and is not: numbers that differ, initials, and the promise of a band in a small file."""

import numpy as np
import polars as pl
import pytest

from crmclean.matching.bands import LOWEST, PRECISION, merge_from
from crmclean.matching.coding import coded
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.matching.parts import CONFLICT, PART, TYPO, Numbers, kindred, levels
from tests.matching.test_engine import band, companies
from tests.matching.test_never_alone import CROWD, people

XENIA = {"first_name": "Xenia", "last_name": "Zander", "company_name": "Zander Works", "city": "Bonn"}
ONE, OTHER = {"email": "xenia@zander.example"}, {"email": "x.z@other.example"}


def banded(*pair, crowd=CROWD):
    """The band of the first two of a list of people."""
    pairs = match("contacts", people(*pair, *crowd), MatchSettings()).pairs
    found = {(left, right): told for left, right, told in pairs.select("left", "right", "band").iter_rows()}
    return found.get(("s:contacts:0", "s:contacts:1"), "leave")


@pytest.mark.parametrize(
    "less",
    [{"first_name": "X."}, {"first_name": "X"}, {"first_name": None}, {"last_name": "Z."}],
    ids=["initial", "letter", "no first name", "initial of the last name"],
)
@pytest.mark.parametrize("crowd", [[], CROWD], ids=["alone", "in a crowd"])
def test_less_than_a_name_with_another_mailbox_is_a_question_at_most(less, crowd):
    assert banded(XENIA | ONE, XENIA | OTHER | less, crowd=crowd) != "merge"


@pytest.mark.parametrize(
    "more",
    [{"phone": "+4922855501"}, {"birthdate": "1971-02-03"}, ONE],
    ids=["phone", "birthdate", "mailbox"],
)
def test_an_initial_with_something_of_its_own_merges(more):
    assert banded(XENIA | ONE | more, XENIA | OTHER | {"first_name": "X."} | more) == "merge"


AT_WORK = {"last_name": "Murphy", "company_name": "Zander Works", "city": "Bonn", "phone": "+4922855501"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Bob", "Robert", "merge"),
        ("Billy", "William", "merge"),
        ("Ester", "Esther", "merge"),
        ("Erik", "Eric", "merge"),
        ("Sean", "John", "review"),
        ("Giovanni", "John", "review"),
        ("Isabel", "Elizabeth", "review"),
        ("Andrew", "Andrea", "review"),
        ("Billy", "Fred", "leave"),
        ("Bill", "Robert", "leave"),
        ("Peter", "Patrick", "leave"),
        ("Louise", "Louis", "review"),
        ("Robert", "Roberta", "review"),
        ("Victor", "Victoria", "review"),
        ("Julio", "Julia", "review"),
        ("Dan", "Daniel", "merge"),
        ("Christoph", "Christopher", "merge"),
    ],
)
def test_short_forms_merge_and_forms_that_a_family_may_hold_both_of_are_asked_about(one, other, expected):
    assert banded(AT_WORK | {"first_name": one}, AT_WORK | {"first_name": other}) == expected
    mails = ({"email": "a.murphy@zander.example"}, {"email": "b.murphy@zander.example"})
    apart = banded(AT_WORK | {"first_name": one} | mails[0], AT_WORK | {"first_name": other} | mails[1])
    assert (apart == "merge") is (expected == "merge")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Mark", "Mary", "review"),
        ("Tim", "Tom", "review"),
        ("Patrick", "Patricia", "review"),
        ("Christian", "Christina", "review"),
        ("Sven", "Svenja", "review"),
        ("Sunil", "Sumil", "merge"),
        ("Sara", "Sarah", "merge"),
        ("Nadia", "Nadja", "merge"),
        ("Micheal", "Michael", "merge"),
        ("Jennifer", "Jenifer", "merge"),
        ("Katherine", "Catherine", "merge"),
    ],
)
@pytest.mark.parametrize(
    "shared",
    [AT_WORK, ONE, {"phone": "+15125550177", "birthdate": "2001-05-17"}],
    ids=["at work", "one mailbox", "twins"],
)
def test_two_names_that_people_have_are_no_slip_of_each_other(one, other, expected, shared):
    either = [{"last_name": "Murphy", "first_name": first} | shared for first in (one, other)]
    assert banded(*either) == expected


def test_one_mailbox_makes_the_forms_of_two_languages_one_person():
    assert banded(AT_WORK | ONE | {"first_name": "Sean"}, AT_WORK | ONE | {"first_name": "John"}) == "merge"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Firm Otto 2", "Firm Otto 22"),
        ("Firm Otto 2", "Firm Otto 3"),
        ("Firm Otto", "Firm Otto 2"),
        ("Studio 54", "Studio"),
        ("Kindergarten 12", "Kindergarten 120"),
        ("7 Eleven 1044", "7 Eleven 1045"),
        ("Grundschule 1 Mitte", "Grundschule 2 Mitte"),
    ],
)
def test_other_numbers_are_another_firm(one, other):
    assert band("companies", companies({"name": one, "country": "DE"}, {"name": other, "country": "DE"})) == "leave"
    carla = {"first_name": "Carla", "last_name": "Otto", "city": "Berlin"}
    pair = [carla | {"company_name": name, "email": f"carla@{at}.example"} for at, name in ((1, one), (2, other))]
    assert banded(*pair) != "merge"


@pytest.mark.parametrize(
    ("one", "other", "numbers", "expected"),
    [
        ("firm otto 2", "firm otto 22", Numbers.SAME, CONFLICT),
        ("firm otto", "firm otto 2", Numbers.SAME, CONFLICT),
        ("12 main st", "122 main st", Numbers.WITHIN, CONFLICT),
        ("main st 1", "main st 12", Numbers.WITHIN, CONFLICT),
        ("12 main st", "13 main st", Numbers.WITHIN, CONFLICT),
        ("12 main st", "12 main st 4", Numbers.WITHIN, PART),
        ("12 main street", "12 main stret", Numbers.WITHIN, TYPO),
        ("otto 2 werke", "otto 2 werkee", Numbers.SAME, TYPO),
        ("de 811234567", "de 811234568", Numbers.SLIP, TYPO),
    ],
)
def test_digits_that_differ_make_another_value_but_for_slips_in_ids(one, other, numbers, expected):
    names = coded(people({"v": one}, {"v": other})["v"])
    level = levels(names, names, np.array([0]), np.array([1]), nicknames=False, numbers=numbers)
    assert level.tolist() == [expected]


@pytest.mark.parametrize("sure", [0, 1, 5, 10])
def test_a_few_sure_pairs_do_not_carry_a_doubtful_one(sure):
    assert merge_from(np.array([0.9999] * sure + [0.968])) == PRECISION


def test_many_sure_pairs_carry_some_doubtful_ones_but_none_below_the_lowest():
    promised = merge_from(np.array([0.9999] * 2000 + [0.9] * 40 + [0.4] * 3))
    assert promised == 0.9
    assert merge_from(np.array([1.0] * 100_000 + [0.6, 0.3])) >= LOWEST


@pytest.mark.parametrize("pairs", [1, 3, 40, 800])
def test_what_merges_promises_the_precision_on_the_whole(pairs):
    down = np.linspace(1.0, 0.3, pairs)
    assert down[down >= merge_from(down)].sum() >= PRECISION * (down >= merge_from(down)).sum()


def test_a_missing_given_name_is_kindred_to_nobody():
    names = coded(pl.Series("given", [None, "julia", "julio"]))
    told = kindred(names, np.array([0, 1]), np.array([1, 2]), np.array([TYPO, TYPO], dtype=np.int8))
    assert told.tolist() == [False, True]
