"""Nicknames: a short form and its full name are evidence, two short forms are none, and the order does not matter."""

import polars as pl
import pytest

from crmclean.values.nicknames import grade, nickname_pairs


def one(left, right):
    forward, backward = grade(pl.Series([left, right]), pl.Series([right, left])).to_list()
    assert forward == backward
    return forward


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Jim", "James"),
        ("Ted", "Theodore"),
        ("TED", "edward"),
        ("Kathy", "Katherine"),
        ("Pepe", "José"),
        ("Sam", "Samantha"),
        ("Billy", "William"),
        ("Fred", "Frederick"),
        ("Sandy", "Sandra"),
        ("Wendy", "Gwendolyn"),
    ],
)
def test_a_short_form_is_strong_evidence(left, right):
    assert one(left, right) == "strong"


@pytest.mark.parametrize(
    ("left", "right"),
    [("Sean", "John"), ("Karl", "Charles"), ("Isabel", "Elizabeth"), ("Andrea", "Andrew"), ("Ondrej", "Andrew")],
)
def test_the_form_of_another_language_is_weak_evidence(left, right):
    assert one(left, right) == "weak"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Tom", "Tim"), ("Bob", "Bill"), ("John", "James"), ("Maria", "Mario"), ("Anna", "Emma"), ("Jan", "Hans"),
        ("Paco", "Pepe"), ("Billy", "Fred"), ("Bill", "Robert"), ("Fred", "Will"), ("Tony", "Shelton"),
        ("Hannah", "Susan"), ("Peter", "Patrick"), ("Lisa", "Melissa"), ("Vic", "Vicki"), ("Louise", "Louis"),
        (None, "James"), ("", ""), (None, None),
    ],
)  # fmt: skip
def test_other_names_are_no_evidence(left, right):
    assert one(left, right) is None


def test_the_same_name_is_the_same_whatever_its_accents():
    assert one("José", "JOSE") == "same"


def test_a_pair_has_one_strength():
    pairs = nickname_pairs()
    assert pairs.select(pl.struct("name", "canonical").is_duplicated().any()).item() is False
    assert set(pairs["strength"]) == {"strong", "weak"}
