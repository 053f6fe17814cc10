import polars as pl
import pytest

from crmclean.steps.beside import place_in, taken

KEYS = pl.Series("record", ["b", "a", "c"])
VALUES = pl.Series("survivor", ["x", "y", None])


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["a", "b", "a"], ["y", "x", "y"]),
        (["z", None, "c"], [None, None, None]),  # not known, no cell, known as nothing
        ([None, None], [None, None]),
        ([], []),
    ],
)
def test_a_value_stands_beside_each_cell_in_the_order_of_the_rows(cells, found):
    frame = pl.LazyFrame({"ref": cells}, schema={"ref": pl.String})
    placed = frame.with_columns(place_in(KEYS, "ref").alias("_place"))
    assert placed.select(found=taken(VALUES, "_place")).collect()["found"].to_list() == found


@pytest.mark.parametrize("known", [0, 1])
def test_a_list_of_none_or_one_is_no_literal_for_all_rows(known):
    frame = pl.LazyFrame({"ref": ["b", "a"]}).with_columns(place_in(KEYS.head(known), "ref").alias("_place"))
    expected = ["x", None] if known else [None, None]
    assert frame.select(found=taken(VALUES.head(known), "_place")).collect()["found"].to_list() == expected
