"""Which postal codes seem to have lost their zeros; every cell stays as it is."""

import polars as pl
import pytest

from crmclean.values.postal_codes import checked

LOST = "postal.lost-zeros"


@pytest.mark.parametrize(
    ("cell", "country", "code"),
    [
        ("2138", "US", LOST),
        ("501", "US", LOST),
        ("1067", "DE", LOST),
        ("100", "FI", LOST),
        ("1310000", "BR", LOST),
        ("800", "AU", LOST),
        ("02138", "US", None),
        ("90210", "US", None),
        ("90210-1234", "US", None),
        ("2138-1234", "US", None),
        ("21", "US", None),
        ("123456", "US", None),
        ("0138", "US", None),
        ("213A", "US", None),
        ("1010", "AT", None),
        ("8001", "CH", None),
        ("1000", "BE", None),
        ("2138", None, None),
        ("2000", "AU", None),
        ("SW1A", "GB", None),
        ("1011", "NL", None),
        (None, "US", None),
        (None, None, None),
    ],
)
def test_codes_that_are_too_short_for_their_country(cell, country, code):
    frame = pl.DataFrame({"cell": [cell], "country": [country]}, schema={"cell": pl.String, "country": pl.String})
    answer = frame.select(checked(pl.col("cell"), pl.col("country")).alias("a")).unnest("a")
    assert answer.rows() == [(cell, code)]
