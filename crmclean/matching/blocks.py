"""Candidate pairs from keys, bounded: a block too large to compare whole is compared along its sorted order."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

BLOCK = 40  # records; a larger block is compared only within a window
WINDOW = 5


@dataclass(frozen=True)
class Key:
    """One way to find pairs: (i, key) rows; `order` is the feature that sorts a block too large to compare whole."""

    name: str
    rows: pl.DataFrame


def candidates(keys: Sequence[Key], order: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return pairs (l, r, rule) with l < r, each made by the first key that finds it, and the capped records by key.

    order: (i, name) by which records of a large block are sorted.
    """
    found, capped = [], {}
    for place, key in enumerate(keys):
        rows = key.rows.drop_nulls().unique()
        sized = rows.with_columns(pl.len().over("key").alias("size"))
        large = sized.filter(pl.col("size") > BLOCK)
        small = sized.filter(pl.col("size").is_between(2, BLOCK))
        found.append(_all(small, place))
        if large.height:
            capped[key.name] = large.height
            found.append(_near(large.join(order, on="i", how="left"), place))
    names = pl.Series("rule", [key.name for key in keys], dtype=pl.String)
    pairs = pl.concat(found).group_by("l", "r").agg(pl.col("place").min()).sort("l", "r")
    return pairs.select("l", "r", names.gather(pairs["place"]).alias("rule")), capped


def _all(rows: pl.DataFrame, place: int) -> pl.DataFrame:
    lazy = rows.lazy()
    pairs = lazy.join(lazy, on="key", suffix="_r").filter(pl.col("i") < pl.col("i_r"))
    return pairs.select(l="i", r="i_r", place=pl.lit(place, pl.Int8)).collect()


def _near(rows: pl.DataFrame, place: int) -> pl.DataFrame:
    """Pair each record with the next ones of its block by name; equal names stand side by side."""
    rows = rows.sort("key", "name", "i")
    near = []
    for step in range(1, WINDOW + 1):
        one = pl.min_horizontal("i", pl.col("i").shift(-step))
        other = pl.max_horizontal("i", pl.col("i").shift(-step))
        same = pl.col("key") == pl.col("key").shift(-step)
        near.append(rows.select(l=one, r=other, same=same))
    pairs = pl.concat(near).filter("same").select("l", "r", pl.lit(place, pl.Int8).alias("place"))
    return pairs.filter(pl.col("l") != pl.col("r"))
