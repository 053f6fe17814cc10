"""Which columns that no mapping knows are evidence of who somebody is."""

import polars as pl
import pytest

from crmclean.matching.extras import extras

NUMBERS = ["4711", "4712", "4713", "4714", "4715", "4716", "4716", None]
MOMENTS = [f"2026-03-10T21:47:1{number}.5" for number in (1, 2, 3, 4, 5, 6, 6)] + [None]


def telling(name, cells):
    return [*extras(pl.DataFrame({name: cells}, schema={name: pl.String}))]


@pytest.mark.parametrize(
    "name",
    ["x_member_number", "x_ssn", "x_nickname", "x_passport", "x_country_code", "x_account_number", "x_discount_card"],
)
def test_numbers_of_people_are_evidence(name):
    assert telling(name, NUMBERS) == [name]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("x_scraped_at", NUMBERS),
        ("x_rating", NUMBERS),
        ("x_reviews", NUMBERS),
        ("x_utm_campaign_content", NUMBERS),
        ("x_source_query", NUMBERS),
        ("x_company_id", NUMBERS),
        ("x_anything", MOMENTS),
        ("x_added", [moment and moment.replace("T", " ") for moment in MOMENTS]),
        ("x_seen", [moment and f"3/10/2026 {moment[11:16]}" for moment in MOMENTS]),
    ],
)
def test_what_rows_share_by_how_they_came_about_is_none(name, cells):
    assert telling(name, cells) == []
