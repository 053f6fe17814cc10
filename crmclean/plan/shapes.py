"""What the values of a column look like, in words, for a plan that a person reads; never a value itself."""

import polars as pl

_ENOUGH = 0.9  # share of the filled cells that must have the shape
_FEW_OPTIONS = 12
_REPEATS = 3  # filled cells per option, at least, before a column counts as a list of options
_SHAPES = {
    "email addresses": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "web addresses": r"^(https?://|www\.)\S+$",
    "yes or no": r"(?i)^(true|false|yes|no|y|n|0|1)$",
    "dates": r"^(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})([ T].*)?$",
    "whole numbers": r"^[+-]?\d+$",
    "numbers": r"^[+-]?[$€£]?\s?[\d.,' ]*\d$",
    "phone numbers": r"^\+?[\d\s().-]{7,20}$",
}


def looks_like(cells: pl.Series) -> str:
    """Return what the filled cells look like, such as "dates" or "4 options"."""
    filled = cells.drop_nulls()
    if filled.is_empty():
        return "nothing"
    for words, pattern in _SHAPES.items():
        if filled.str.contains(pattern).sum() >= _ENOUGH * filled.len():
            return words
    options = filled.n_unique()
    if options <= _FEW_OPTIONS and filled.len() >= _REPEATS * options:
        return f"{options} options" if options > 1 else "one value"
    return "text"
