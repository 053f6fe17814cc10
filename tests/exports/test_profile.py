"""Profiles say what columns hold."""

import polars as pl
import pytest

from crmclean.exports.profile import profile

KINDS = [
    (["a@b.example", "c@d.example"], "email"),
    (["https://a.example", "www.b.example"], "url"),
    (["001D000000IqhSL", "001D000000IqhSLIAZ"], "salesforce id"),
    (["true", "FALSE"], "boolean"),
    (["2024-03-31", "2024-04-01"], "date"),
    (["31/03/2024", "01/04/2024"], "date"),
    (["2024-03-31T14:05:00.000Z", "2024-03-31 14:05"], "datetime"),
    (["+49 30 1234567", "(555) 123-4567"], "phone"),
    (["12", "-7"], "integer"),
    (["1.5", "2,75"], "decimal"),
    (["$1,200.50", "EUR 3.400"], "money"),
    (["acme.example", "mail.acme.example"], "domain"),
    (["1;2;3", "4;5"], "list"),
    (["Berlin", "New York"], "text"),
    ([None, None], "empty"),
]


@pytest.mark.parametrize(("cells", "kind"), KINDS)
def test_the_kind_is_told_from_the_cells(cells, kind):
    (one,) = profile(pl.DataFrame({"x": cells}, schema={"x": pl.String}))
    assert one.kind == kind


def test_counts_top_values_and_shape():
    cells = ["Rome", "Bonn", "Rome", None, "Rome", "Bonn", "Paris 12"]
    (one,) = profile(pl.DataFrame({"city": cells}))
    assert (one.rows, one.filled, one.distinct, one.longest) == (7, 6, 3, 8)
    assert one.top == (("Rome", 3), ("Bonn", 2), ("Paris 12", 1))
    assert one.shape == "Aa"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["2024-03-31"], "year-month-day"),
        (["31/03/2024", "01/02/2024"], "day/month/year"),
        (["03/31/24", "01/02/24"], "month/day/year"),
        (["01/02/2024"], "day and month cannot be told apart"),
    ],
)
def test_the_date_format_is_said_in_words(cells, words):
    (one,) = profile(pl.DataFrame({"x": cells}))
    assert one.date_format == words


def test_reserved_columns_are_left_out():
    assert [one.name for one in profile(pl.DataFrame({"_row": [1], "a": ["x"]}))] == ["a"]
