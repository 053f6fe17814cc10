"""Candidate pairs from keys, bounded: a block too large to compare whole is compared along its sorted order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.files.at_once import at_once
from crmclean.matching.model import Note

BLOCK = 40  # records; a larger block is compared only within a window
WINDOW = 6
BUDGET = 5  # pairs per record that one key may make; its largest blocks give way first

HALF = 29  # bits of a rank
KEY = 5  # bits of a key's number
MASK, LAST = (1 << HALF) - 1, (1 << KEY) - 1
NOTHING: Mapping[str, "Found"] = MappingProxyType({})
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Key:
    """One way to find pairs: `rows` makes (i, key) of features; blanks have no key.

    order: the feature that sorts a block too large to compare whole. needs: a feature that it has to wait for.
    """

    name: str
    rows: Callable[[pl.DataFrame], pl.DataFrame]
    order: str
    needs: str | None = None


@dataclass(frozen=True)
class Found:
    """What one key finds: its pairs, packed; which records have it; how many of them met only their neighbors."""

    pairs: Places
    met: NDArray[np.bool_]
    capped: int


@dataclass(frozen=True)
class Candidates:
    """Pairs of records as ranks of their ids, `left` the smaller; `key` numbers the first key that found the pair."""

    left: Places
    right: Places
    key: NDArray[np.int8]
    names: tuple[str, ...]
    notes: tuple[Note, ...]


def found(keys: Sequence[Key], features: pl.DataFrame, known: Mapping[str, Found] = NOTHING) -> dict[str, Found]:
    """Return what the keys find, by name, but for those that need a feature that is not there.

    known: what some of them found already.
    """
    ready = {place: key for place, key in enumerate(keys) if key.needs is None or key.needs in features.columns}
    new = [(place, key) for place, key in ready.items() if key.name not in known]
    each = at_once(lambda one: _found(*one, features), new)
    return {**known, **{key.name: one for (_, key), one in zip(new, each, strict=True)}}


def candidates(keys: Sequence[Key], features: pl.DataFrame, known: Mapping[str, Found] = NOTHING) -> Candidates:
    """Return the pairs, each made by the first key that finds it, and what was capped.

    keys: the surest first. known: what some of them found already.
    """
    every = found(keys, features, known)
    notes = [_capped(key, every[key.name].capped) for key in keys if every[key.name].capped]
    met = np.any([one.met for one in every.values()], axis=0)
    if not met.all():
        problem = (
            "records have no name, address, number or date by which they could meet others: they were not compared"
        )
        notes.append(Note("match.no-key", problem, int((~met).sum())))
    packed = np.concatenate([one.pairs for one in every.values()])
    packed.sort()
    first = np.ones(len(packed), dtype=np.bool_)
    first[1:] = packed[1:] >> KEY != packed[:-1] >> KEY
    pairs = packed[first]
    left, right = pairs >> (HALF + KEY), pairs >> KEY & MASK
    return Candidates(left, right, (pairs & LAST).astype(np.int8), tuple(key.name for key in keys), tuple(notes))


def _found(place: int, key: Key, features: pl.DataFrame) -> Found:
    rows = _distinct(key.rows(features).drop_nulls())
    met = np.zeros(features.height, dtype=np.bool_)
    met[rows["i"].to_numpy()] = True
    sized = rows.with_columns(pl.len().over("key").alias("size")).filter(pl.col("size") > 1)
    limit = _limit(sized, features.height)
    pairs = _all(sized.filter(pl.col("size") <= limit), place)
    large = sized.filter(pl.col("size") > limit)
    if large.height:
        ordered = large.join(features.select("i", order=key.order), on="i", how="left")
        pairs = np.concatenate([pairs, _near(ordered, place)])
    return Found(pairs, met, large.height)


def _capped(key: Key, records: int) -> Note:
    problem = f"records share their {key.name} with so many others that they met only neighbors by {key.order}"
    return Note("match.capped", problem, records)


def _distinct(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out what a record has twice; most keys are there once for each record, in the order of their ranks."""
    return rows if (rows["i"].diff() > 0).all() else rows.unique()


def _limit(rows: pl.DataFrame, records: int) -> int:
    """Return the size of the largest block that is compared whole."""
    sizes = rows.group_by("size").agg(pl.len().alias("n")).filter(pl.col("size") <= BLOCK).sort("size")
    pairs = (sizes["n"] * (sizes["size"].cast(pl.Int64) - 1) // 2).cum_sum()
    return max(sizes.filter(pairs <= BUDGET * records)["size"].to_list(), default=1)


def _all(rows: pl.DataFrame, place: int) -> Places:
    lazy = rows.lazy().select("i", "key")
    pairs = lazy.join(lazy, on="key", suffix="_r").filter(pl.col("i") < pl.col("i_r"))
    return _packed(pairs.select("i", "i_r").collect(), place)


def _near(rows: pl.DataFrame, place: int) -> Places:
    """Pair each record with the next ones of its block; equal values of the order stand side by side."""
    rows = rows.sort("key", "order", "i")
    near = [
        rows.select(i="i", other=pl.col("i").shift(-step), same=pl.col("key") == pl.col("key").shift(-step))
        for step in range(1, WINDOW + 1)
    ]
    low, high = pl.min_horizontal("i", "other"), pl.max_horizontal("i", "other")
    return _packed(pl.concat(near).filter("same").select(i=low, i_r=high), place)


def _packed(pairs: pl.DataFrame, place: int) -> Places:
    """Return both ranks and the number of the key in one number, which takes little room and is sorted quickly."""
    low, high = pl.col("i"), pl.col("i_r")
    packed = (low * (MASK + 1) + high) * (LAST + 1) + place
    return pairs.select(packed.cast(pl.Int64)).to_series().to_numpy()
