"""Reads the lists of crmclean/values/data: small CSV files with a header, every cell text."""

from functools import cache
from pathlib import Path

import polars as pl

_FOLDER = Path(__file__).parent / "data"


@cache
def table(name: str) -> pl.DataFrame:
    """Return data/<name>.csv as a frame of text; an empty cell is null."""
    return pl.read_csv(_FOLDER / f"{name}.csv", infer_schema=False)


def column(name: str, header: str) -> pl.Series:
    """Return one column of data/<name>.csv."""
    return table(name)[header]


def mapping(name: str, key: str, value: str) -> dict[str, str]:
    """Return data/<name>.csv as a dictionary from one column to another."""
    return dict(table(name).select(key, value).iter_rows())
