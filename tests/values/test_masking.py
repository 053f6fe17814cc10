"""Masked values: no digit and no second letter of a word is left; ids stay where they tell nothing."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.values.masking import masked, masked_frame, masked_id


def one(function, text):
    return pl.select(function(pl.lit(text, pl.String))).item()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Ann Lee", "A*** L***"),
        ("ann.lee@example.com", "a***.l***@e***.c***"),
        ("+14155550100", "+***"),
        ("O'Neil-Østby", "O***'N***-Ø***"),
        ("山田太郎", "山***"),
        ("12 Canary Row", "*** C*** R***"),
        ("", ""),
        (None, None),
    ],
)
def test_values(before, after):
    assert one(masked, before) == after


@pytest.mark.parametrize(
    "id_", ["old:contacts:003A000000aaaaaAAA", "old:contacts:#439cde48d4c827a5", "17", "old:deals:8-4-x~2", "a1b2-c3"]
)
def test_ids_that_tell_nothing_stay(id_):
    assert one(masked_id, id_) == id_


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("old:contacts:ann7@example.com", "old:contacts:a***@e***.c***"),
        ("old:contacts:Ann Lee", "old:contacts:A*** L***"),
        ("ann.lee", "a***.l***"),
        ("old:contacts:call 415", "old:contacts:c*** ***"),
    ],
)
def test_ids_that_may_name_somebody_do_not(before, after):
    assert one(masked_id, before) == after


@given(st.text(max_size=40))
def test_no_digit_and_no_two_letters_in_a_row_are_left(text):
    found = one(masked, text)
    assert not any(letter.isdecimal() for letter in found)
    pairs = pairwise(found)
    assert not any(one_.isalpha() and next_.isalpha() for one_, next_ in pairs)


def test_unknown_columns_of_a_frame_count_as_cells():
    frame = pl.LazyFrame({"record": ["s:contacts:1"], "code": ["ok"], "surprise": ["Ann"], "count": [3]})
    found = masked_frame(frame, ids=("record",), kept=("code",)).collect()
    assert found.rows() == [("s:contacts:1", "ok", "A***", 3)]
