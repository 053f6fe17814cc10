import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.files.guards import guard_texts, unguarded

KEPT = ["Ada", "+442079460018", "-5", "-1234.50", "+7", "12-34", "a=b", "O'Hara", "'tis", "user@example.org", "", None]
GUARDED = ["=1+1", "+1 (650) 253-0000", "-cmd", "@SUM(A1)", "\tx", "\rx", "=HYPERLINK(1)"]


def table(*cells: str | None) -> pl.DataFrame:
    return pl.DataFrame({"x": cells}, schema={"x": pl.String})


@pytest.mark.parametrize("cell", KEPT)
def test_harmless_cells_stay(cell):
    assert guard_texts(table(cell)).equals(table(cell))


@pytest.mark.parametrize("cell", GUARDED)
def test_formulas_become_text(cell):
    assert guard_texts(table(cell)).equals(table("'" + cell))


@given(st.lists(st.one_of(st.text(max_size=8), st.text("'=+-@\t\r1a", max_size=6)), min_size=1))
def test_reading_back_gives_what_was_written(cells):
    assert guard_texts(table(*cells)).with_columns(unguarded(pl.col("x"))).equals(table(*cells))


@pytest.mark.parametrize(
    ("cell", "was"),
    [("'+44 20 7123 4567", "+44 20 7123 4567"), ("'=x", "=x"), ("'s-Hertogenbosch", "'s-Hertogenbosch"), ("'", "'")],
)
def test_guards_of_other_programs_are_undone(cell, was):
    assert pl.DataFrame({"x": [cell]}).with_columns(unguarded(pl.col("x")))["x"].to_list() == [was]


def test_columns_of_few_texts_are_guarded_as_texts_are():
    kind = pl.Enum(["=1+1", "plain"])
    cells = pl.DataFrame({"x": pl.Series(["plain", "=1+1", None], dtype=kind)})
    assert guard_texts(cells)["x"].to_list() == ["plain", "'=1+1", None]
    harmless = pl.DataFrame({"x": pl.Series(["plain", None], dtype=pl.Enum(["plain"]))})
    assert guard_texts(harmless).equals(harmless)
