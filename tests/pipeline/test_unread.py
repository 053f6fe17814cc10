"""What normalize leaves to a person: values that nothing reads, and likely typos of addresses."""

from pathlib import Path

import polars as pl
import pytest

from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.plan.model import Defaults, Plan, Target
from crmclean.records import FILE, RECORD, ROW, SOURCE

PLAN = Plan(Path(), "acme", Target("hubspot"), (), defaults=Defaults(region="US"))
COUNTRIES = ["Atlantis", "Germany", "Atlantis", "Atlantis", "Lemuria", "N/A", None, "Georgias"]


@pytest.fixture(scope="module")
def lists():
    rows = len(COUNTRIES)
    columns = {
        RECORD: [f"a:contacts:{number}" for number in range(rows)],
        SOURCE: ["a"] * rows,
        FILE: ["exports/a.csv"] * rows,
        "country": COUNTRIES,
        "email": ["jo@gmial.com", "jo@example.com", *([None] * (rows - 2))],
        "birthdate": ["03/04/2024"] * 2 + ["05/04/2024"] + [None] * (rows - 3),
        "last_name": ["Smith"] * rows,
    }
    table = pl.DataFrame(columns).with_columns(pl.arange(1, rows + 1).alias(ROW))
    return normalize(PLAN, {"contacts": table.lazy()}).lists


def test_values_that_nothing_reads_are_listed_most_frequent_first_and_read_ones_are_not(lists):
    rows = lists["unread"].filter(pl.col("field") == "country").select("value", "code", "records").rows()
    assert rows == [
        ("Atlantis", "countries.unknown", 3),
        ("Georgias", "countries.unknown", 1),
        ("Lemuria", "countries.unknown", 1),
    ]


def test_names_and_addresses_are_no_lists_of_values(lists):
    assert set(lists["unread"]["field"]) <= {"country", "birthdate"}


def test_a_likely_typo_is_listed_with_what_was_meant(lists):
    assert lists["suggested"].rows() == [("contacts", "email", "a:contacts:0", "jo@gmial.com", "jo@gmail.com")]
