"""The typed view of canonical text."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from crmclean.values.typed import day_of, typed


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("date", "2024-03-31", date(2024, 3, 31)),
        ("date", "2024-03-31T14:05:00Z", date(2024, 3, 31)),
        ("date", "03/04/2024", None),
        ("datetime", "2024-03-31T14:05:00Z", datetime(2024, 3, 31, 14, 5, tzinfo=UTC)),
        ("datetime", "2024-03-31", datetime(2024, 3, 31, tzinfo=UTC)),
        ("datetime", "soon", None),
        ("decimal", "-1234.50", Decimal("-1234.5")),
        ("decimal", "1,234", None),
        ("integer", "42", 42),
        ("integer", "4.2", None),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("boolean", "yes", None),
        ("text", "yes", "yes"),
        ("date", None, None),
    ],
)
def test_canonical_text_becomes_a_value_and_anything_else_null(type_, text, value):
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    assert frame.select(typed(pl.col("text"), type_)).item() == value


def test_sums_of_amounts_are_exact():
    frame = pl.DataFrame({"text": ["0.10"] * 30})
    assert frame.select(typed(pl.col("text"), "decimal").sum()).item() == Decimal(3)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-31", date(2024, 3, 31)),
        ("2024-03-31T23:59:59Z", date(2024, 3, 31)),
        ("2024-03-31T24:00:00Z", None),
        ("2024-03-31T23:59:59", None),
        ("2024-03-31T23:59:59+02:00", None),
        ("2024-02-30", None),
        ("2024-02-30T10:00:00Z", None),
        ("31.03.2024", None),
        ("soon", None),
        (None, None),
    ],
)
def test_days_and_moments_have_a_day_and_nothing_else_has(text, day):
    frame = pl.DataFrame({"text": ["2020-01-01", text, "2020-01-01T00:00:00Z"]})
    assert frame.select(day_of(pl.col("text"))).to_series().to_list() == [date(2020, 1, 1), day, date(2020, 1, 1)]
