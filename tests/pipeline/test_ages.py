"""The day from which ages are counted is about the day of the export, never years before the last activity."""

from datetime import date

import polars as pl
import pytest

from crmclean.pipeline.ages import newest_timestamp


@pytest.mark.parametrize(
    ("columns", "newest"),
    [
        ({"created_at": "2025-01-01", "updated_at": "2026-05-02"}, date(2026, 5, 2)),
        ({"created_at": "2025-01-01", "last_activity": "2026-05-02"}, date(2026, 5, 2)),
        ({"created_at": "2026-05-03", "last_activity": "2026-05-02"}, date(2026, 5, 3)),
        ({"last_contacted": "2026-05-02T10:00:00Z"}, date(2026, 5, 2)),
        # where changes are stamped, a planned activity does not move the day
        ({"created_at": "2025-01-01", "updated_at": "2026-05-02", "last_activity": "2027-01-01"}, date(2026, 5, 2)),
        ({"created_at": None, "updated_at": None, "last_activity": "2026-05-02"}, date(2026, 5, 2)),
        ({"close_date": "2027-01-01"}, None),
    ],
)
def test_ages_are_counted_from_the_newest_stamp(columns, newest):
    table = pl.LazyFrame(
        {name: [cell, None] for name, cell in columns.items()}, schema=dict.fromkeys(columns, pl.String)
    )
    assert newest_timestamp({"contacts": table}) == newest


def test_changes_stamped_in_one_table_are_enough():
    tables = {
        "contacts": pl.LazyFrame({"last_activity": ["2027-01-01"]}),
        "companies": pl.LazyFrame({"updated_at": ["2026-05-02"]}),
    }
    assert newest_timestamp(tables) == date(2026, 5, 2)


def test_a_cell_that_is_no_day_is_not_the_newest_one():
    cells = ["2026-05-02", "2026-13-01T00:00:00Z", "unknown", "2026-05-03T10:00:00Z", None]
    table = pl.LazyFrame({"created_at": cells, "updated_at": [None, "2026-04-01", None, None, None]})
    assert newest_timestamp({"contacts": table}) == date(2026, 5, 3)
