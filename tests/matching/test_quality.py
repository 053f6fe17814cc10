"""Floors under the quality of matching, on lists with known truth; benchmarks/matching.py has the larger ones."""

import polars as pl
import pytest

from benchmarks.matching import scores
from benchmarks.matching_data import contacts, organisations
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings

LISTS = {
    "contacts": ("contacts", lambda: contacts(3000, seed=5), 0.985, 0.93),
    "a small list": ("contacts", lambda: contacts(800, seed=6), 0.98, 0.91),
    "hard damage": ("contacts", lambda: contacts(3000, seed=7, level="hard"), 0.98, 0.82),
    "neither email nor phone": ("contacts", lambda: contacts(2000, seed=8).drop("email", "phone"), 0.98, 0.80),
    "organisations with branches": ("companies", lambda: organisations(2000, seed=5), 0.985, 0.93),
    "organisations by name and address": (
        "companies",
        lambda: organisations(2000, seed=6).drop("phone", "website"),
        0.98,
        0.80,
    ),
}


@pytest.mark.parametrize(("object_", "make", "precision", "f1"), LISTS.values(), ids=LISTS.keys())
def test_matching_keeps_its_floor(object_, make, precision, f1):
    frame = make()
    found = match(object_, frame.drop("truth"), MatchSettings())
    told = scores(frame, found.groups.select("record", "group"))
    assert told[0] >= precision
    assert told[2] >= f1


@pytest.mark.parametrize("object_", ["contacts", "companies"])
def test_row_and_column_order_change_nothing(object_):
    frame = (contacts if object_ == "contacts" else organisations)(600, seed=9).drop("truth")
    other = frame.sample(fraction=1.0, shuffle=True, seed=3).select(sorted(frame.columns, reverse=True))
    one, two = (match(object_, each, MatchSettings()) for each in (frame, other))
    assert one.groups.equals(two.groups)
    assert one.pairs.equals(two.pairs)
    assert one.held.equals(two.held)


def test_the_merge_band_promises_what_it_keeps():
    frame = contacts(3000, seed=10)
    truth = dict(frame.select("_record", "truth").iter_rows())
    merged = match("contacts", frame.drop("truth"), MatchSettings()).pairs.filter(pl.col("band") == "merge")
    right = [truth[left] == truth[other] for left, other in merged.select("left", "right").iter_rows()]
    assert sum(right) / len(right) >= 0.985
    assert abs(merged["probability"].mean() - sum(right) / len(right)) < 0.015
