"""Cells that a spreadsheet would run as a formula, neutralised in files that people open, and read back as they were.

A cell that starts with = + - @ tab or carriage return gets an apostrophe in front, except plain numbers and E.164
numbers. A cell that starts with apostrophes and one of these gets one more, so that the undo is exact.
"""

import polars as pl

_RISKY = r"^'*[=+\-@\t\r]"
_HARMLESS = r"^(?:\+[1-9]\d{6,14}|[+-]?\d+(?:\.\d+)?)$"
_GUARDED = r"^'+[=+\-@\t\r]"


def guarded(cell: pl.Expr) -> pl.Expr:
    """Return the cell as it may stand in a file that people open in a spreadsheet."""
    risky = cell.str.contains(_RISKY) & ~cell.str.contains(_HARMLESS)
    return pl.when(risky).then(pl.concat_str(pl.lit("'"), cell)).otherwise(cell)


def unguarded(cell: pl.Expr) -> pl.Expr:
    """Return the cell as it was before `guarded`, or before EspoCRM's and SuiteCRM's own guard."""
    return pl.when(cell.str.contains(_GUARDED)).then(cell.str.slice(1)).otherwise(cell)


def guard_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Guard every text column."""
    return frame.with_columns(guarded(pl.col(pl.String)).name.keep())
