"""What the cells of a table look like, column by column: fill, distinct values, shape, kind and date format."""

from dataclasses import dataclass

import polars as pl

from crmclean.values.dates import learn

_MOST = 5  # top values that are shown
_TELLING = 20_000  # different values, the commonest first, by which kind and shape are told
_ENOUGH = 0.9  # share of the filled cells from which a kind is believed
_DATES = ("date", "datetime")

# The first kind that most cells match; narrow ones stand before wide ones.
_KINDS: tuple[tuple[str, str], ...] = (
    ("email", r"^[^@\s;,]+@[^@\s;,]+\.[^@\s;,]+$"),
    ("url", r"(?i)^(?:https?://|www\.)\S+$"),
    ("salesforce id", r"^[05a7][0-9A-Za-z]{2}[0-9A-Za-z]{2}[0-9][0-9A-Za-z]{9}(?:[A-Z0-5]{3})?$"),
    ("guid", r"(?i)^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$"),
    ("boolean", r"(?i)^(?:true|false|yes|no|y|n|t|f)$"),
    ("datetime", r"(?i)^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4})[T ,]+\d{1,2}:\d{2}.*$"),
    ("date", r"(?i)^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{1,2} [a-z]{3,9} \d{4})$"),
    (
        "phone",
        (
            r"^(?:\+|00)\d[\d\s().\-/]{6,}\d(?: ?(?:x|ext\.?) ?\d+)?$"
            r"|^\(?\d{1,5}[)\s.\-/]+\d[\d\s.\-/]{3,}\d(?: ?(?:x|ext\.?) ?\d+)?$"
        ),
    ),
    ("integer", r"^[+-]?\d+$"),
    ("decimal", r"^[+-]?\d*[.,]\d+$|^[+-]?\d+(?:\.\d+)?[eE][+-]?\d+$"),
    ("money", r"^[-(]?(?:[$€£¥]|[A-Z]{3})? ?-?\d[\d.,' ]*(?: ?(?:[$€£¥]|[A-Z]{3}))?\)?$"),
    ("domain", r"(?i)^(?:[a-z0-9-]+\.)+[a-z]{2,}$"),
    ("list", r"^[^;]+(?:;[^;]+)+$"),
)


@dataclass(frozen=True)
class ColumnProfile:
    """One column.

    filled: cells that hold something. top: the commonest values with their counts. shape: the commonest pattern,
    letters as A and a, digits as 9, runs shortened. kind: what the cells are, with `sure` from 0 to 1. date_format: how
    a date column is written, in words. longest: letters of the longest cell.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    top: tuple[tuple[str, int], ...]
    shape: str
    kind: str
    sure: float
    date_format: str | None
    longest: int


def profile(frame: pl.DataFrame) -> tuple[ColumnProfile, ...]:
    """Profile every column of a frame of text; reserved columns are left out."""
    return tuple(profiled(column) for column in frame.get_columns() if not column.name.startswith("_"))


def profiled(column: pl.Series) -> ColumnProfile:
    """Profile one column of text, whatever it is called."""
    counts = column.drop_nulls().alias("value").value_counts(name="count")
    counts = counts.sort("count", "value", descending=[True, False])
    values, weights = counts.get_column("value"), counts.get_column("count")
    some, their = values.head(_TELLING), weights.head(_TELLING)
    kind, sure = _kind(some, their)
    return ColumnProfile(
        name=column.name,
        rows=column.len(),
        filled=column.len() - column.null_count(),
        distinct=counts.height,
        top=tuple(counts.head(_MOST).rows()),
        shape=_shape(some, their),
        kind=kind,
        sure=sure,
        date_format=_date_format(column) if kind in _DATES else None,
        longest=int(values.str.len_chars().max() or 0),  # type: ignore[arg-type]
    )


def _kind(values: pl.Series, weights: pl.Series) -> tuple[str, float]:
    total = int(weights.sum())
    if not total:
        return "empty", 1.0
    if set(values) == {"0", "1"}:
        return "boolean", 1.0
    shares = {name: float((values.str.contains(pattern) * weights).sum()) / total for name, pattern in _KINDS}
    best = next((name for name, share in shares.items() if share >= _ENOUGH), None)
    if best:
        return best, round(shares[best], 2)
    return "text", round(1 - max(shares.values()), 2)


def sample_shapes(column: pl.Series, most: int = 3) -> tuple[str, ...]:
    """Return the commonest patterns of a column's cells, letters as A and a, digits as 9; never a value."""
    filled = column.drop_nulls()
    return tuple(_shapes(filled, filled.is_not_null().cast(pl.UInt32)).head(most))


def _shape(values: pl.Series, weights: pl.Series) -> str:
    return str(_shapes(values, weights).item(0)) if values.len() else ""


def _shapes(values: pl.Series, weights: pl.Series) -> pl.Series:
    shapes = (
        values.str.slice(0, 60)
        .str.replace_all(r"\p{Lu}", "A")
        .str.replace_all(r"[\p{Ll}\p{Lo}\p{Lm}\p{Lt}]+", "a")
        .str.replace_all(r"\d+", "9")
        .str.replace_all(r"(?:A?a[ ]?){3,}|A{4,}", "Aa…")
    )
    counted = pl.DataFrame({"shape": shapes, "count": weights}).group_by("shape").agg(pl.col("count").sum())
    return counted.sort("count", "shape", descending=[True, False]).get_column("shape")


def _date_format(column: pl.Series) -> str:
    """Name the format in words; the order of day and month is what all cells of the column show."""
    filled = column.drop_nulls()
    if filled.str.contains(r"^\d{4}[-/.]").mean() == 1.0:
        return "year-month-day"
    found = learn(column)
    order = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}.get(
        found.order or "", "day and month cannot be told apart"
    )
    return order if not found.against else f"{order} (but {found.against} the other way round)"
