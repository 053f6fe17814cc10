"""What is known of single records, laid beside the rows of a frame: a join would copy every column of a wide one."""

from collections.abc import Iterator

import polars as pl

from crmclean.records import CODE, INTO, OUTCOME
from crmclean.steps.contract import Cells


def place_in(keys: pl.Series, column: str) -> pl.Expr:
    """Return the place among `keys` (each there once) of the value of a column; null where it is not among them."""
    places = pl.int_range(len(keys), dtype=pl.UInt32, eager=True)
    return pl.col(column).replace_strict(keys, places, default=None, return_dtype=pl.UInt32)


def taken(values: pl.Series, place: str) -> pl.Expr:
    """Return the value at the place that a column holds; null where it holds none."""
    return pl.lit(values).gather(pl.col(place))


def marked(rows: pl.Series, outcome: pl.Series, code: pl.Series, into: pl.Series | None = None) -> Iterator[Cells]:
    """Yield the cells that say what becomes of rows, each with the code as its reason. into: of merged ones."""
    yield Cells(OUTCOME, rows, outcome, code)
    if into is not None:
        yield Cells(INTO, rows, into, code)
    yield Cells(CODE, rows, code, code)


def met(cells: pl.Series, keys: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the rows of the cells that are among `keys` (each there once), and the place of each among them."""
    if not len(keys) or cells.null_count() == len(cells):
        return pl.Series(dtype=pl.UInt32), pl.Series(dtype=pl.UInt32)
    places = cells.to_frame("cell").select(place_in(keys, "cell")).to_series()
    return places.is_not_null().arg_true(), places.drop_nulls()
