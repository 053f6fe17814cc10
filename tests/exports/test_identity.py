"""Identity of records: one form per id, and a hash where there is none."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.exports.identity import clean_id, hash_id, numbered
from crmclean.exports.salesforce_ids import checksum, damaged

VECTORS = [
    ("aaaaaaaaaaaaaaa", "AAA"),
    ("AAAAAAAAAAAAAAA", "555"),
    ("001D000000IqhSL", "IAZ"),
    ("0030000000abcDE", "AAY"),
    ("00Q5g00000AbCdE", "EAV"),
    ("006A0000001bCdE", "IAU"),
]


GOLDEN = ["#2906c736f329168c", "#54beae6bddc6bf22", "#d009f5501ee99041"]


def _clean(cells, id_format=None):
    return (
        pl.DataFrame({"id": cells}, schema={"id": pl.String})
        .select(clean_id(pl.col("id"), id_format))
        .to_series()
        .to_list()
    )


@pytest.mark.parametrize(("short", "suffix"), VECTORS)
def test_salesforce_ids_get_their_checksum(short, suffix):
    assert checksum(short) == suffix
    assert _clean([short], "salesforce") == [short + suffix]


@given(st.text("ABCXYZabcxyz0189", min_size=15, max_size=15).filter(lambda text: text.strip("0")))
def test_the_expression_gives_the_checksum_of_the_function(short):
    assert _clean([short, short + checksum(short)], "salesforce") == [short + checksum(short)] * 2


@pytest.mark.parametrize(
    "cell",
    ["C001", "1013", "zcrm_abc", "0.5", "1.0.0", "lead_8dkjXY", "9804188236", "a.b", "Ünïcode-1"],
)
def test_ids_that_are_fine_stay(cell):
    assert _clean([cell]) == [cell]


@pytest.mark.parametrize(
    ("cell", "clean"),
    [
        (" 1013 ", "1013"),
        ("1013.0", "1013"),
        ("zcrm_4876876000000624001", "4876876000000624001"),
        ("{9F2A-11}", "9F2A-11"),
        ("1.23457E+17", None),
        ("", None),
        (None, None),
    ],
)
def test_ids_are_compared_in_one_form(cell, clean):
    assert _clean([cell]) == [clean]


def test_empty_references_of_the_weekly_export_are_nothing():
    assert _clean(["000000000000000AAA", "000000000000000"], "salesforce") == [None, None]


def test_hashes_never_change():
    frame = pl.DataFrame({"a": ["x", "x", None], "b": ["y", None, "y"]})
    assert frame.select(hash_id(["a", "b"])).to_series().to_list() == GOLDEN


def test_repeated_ids_are_numbered_in_row_order():
    frame = pl.DataFrame({"id": ["a", "b", "a", "c", "a"]})
    assert frame.select(numbered(pl.col("id"))).to_series().to_list() == ["a", "b", "a~2", "c", "a~3"]


@given(st.text("ABCXYZabcxyz0189", min_size=15, max_size=15).filter(lambda text: text.strip("0")))
def test_ids_whose_case_was_lost_are_repaired_by_their_checksum(short):
    whole = short + checksum(short)
    assert _clean([whole.upper(), whole.lower(), whole.swapcase()[:15] + whole[15:]], "salesforce") == [whole] * 3


ODD = (
    "0030000000abcDE",
    "0030000000ABCDEAAY",
    "000000000000000",
    "001D000000IqhS1IAZ",
    "x" * 14 + "-",
    "é" * 9,
    "é",
    "",
)


@given(st.lists(st.one_of(st.none(), st.sampled_from(ODD), st.text("aZ09é-", min_size=14, max_size=18)), max_size=8))
def test_every_id_is_read_as_if_it_stood_alone(cells):
    assert _clean(cells, "salesforce") == [_clean([cell], "salesforce")[0] for cell in cells]


def test_ids_whose_checksum_cannot_be_right_are_reported():
    ids = pl.Series(["001D000000IqhSLIAZ", "001d000000iqhsliaz", "001D000000IqhS1IAZ", "001D000000IqhSL", "x", None])
    assert damaged(ids).to_list() == [False, False, True, False, False, False]
