"""Cells that a spreadsheet would run as a formula, neutralised in files that people open, and read back as they were.

A cell that starts with = + - @ tab or carriage return gets an apostrophe in front, except plain numbers and E.164
numbers. A cell that starts with apostrophes and one of these gets one more, so that the undo is exact.
"""

from functools import reduce
from operator import or_

import polars as pl

_RISKY = r"^'*[=+\-@\t\r]"
_HARMLESS = r"^(?:\+[1-9]\d{6,14}|[+-]?\d+(?:\.\d+)?)$"
# Where texts sort that may begin so: their order is told sooner than a pattern, often without a look at all of them.
_AROUND = (("\t", "\x0e"), ("'", "."), ("=", "A"))
_GUARDED = r"^'+[=+\-@\t\r]"


def guarded(cell: pl.Expr) -> pl.Expr:
    """Put an apostrophe in front of a cell that a spreadsheet would run."""
    harmless = ~cell.str.contains(_RISKY) | cell.str.contains(_HARMLESS)
    return pl.when(harmless).then(cell).otherwise(pl.lit("'") + cell)


def unguarded(cell: pl.Expr) -> pl.Expr:
    """Return a cell as it was before the guard, ours or that of EspoCRM and SuiteCRM."""
    return pl.when(~cell.str.contains(_GUARDED)).then(cell).otherwise(cell.str.slice(1))


def guard_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame as it may stand in a file that people open in a spreadsheet."""
    return frame.with_columns(guarded(pl.col(column.name).cast(pl.String)) for column in frame if _is_risky(column))


def _is_risky(column: pl.Series) -> bool:
    """Return whether any cell is; in most columns there is none, and those of few texts tell it by these."""
    if isinstance(column.dtype, pl.Enum):
        column = column.dtype.categories
    if column.dtype != pl.String:
        return False
    near = (column.is_between(first, behind, closed="left") for first, behind in _AROUND)
    return bool(column.filter(reduce(or_, near)).str.contains(_RISKY).any())
