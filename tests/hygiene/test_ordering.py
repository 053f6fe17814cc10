"""Sorting by several keys as one number gives what sorting by each of them gives."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from crmclean.hygiene.ordering import in_order

KEYS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 2**40), st.integers(0, 2**40)), max_size=30)


@given(KEYS)
def test_the_first_key_counts_most_and_equal_rows_stay(rows):
    frame = pl.DataFrame(rows, schema=["a", "b", "c", "d"], orient="row").cast({"a": pl.UInt32, "b": pl.Boolean})
    frame = frame.cast({"c": pl.UInt64, "d": pl.UInt64})
    assert in_order(*frame).to_list() == sorted(range(len(rows)), key=lambda place: rows[place])
