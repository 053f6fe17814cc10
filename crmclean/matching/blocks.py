"""Candidate pairs from keys, bounded: a block too large to compare whole is compared along its sorted order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.files.at_once import at_once
from crmclean.matching.model import Note
from crmclean.matching.slicing import Places, in_slices

BLOCK = 40  # records; a larger block is compared only within a window
WINDOW = 6
BUDGET = 5  # pairs per record that one key may make; its largest blocks give way first

HALF = 29  # bits of a rank
KEY = 5  # bits of a key's number
MASK, LAST = (1 << HALF) - 1, (1 << KEY) - 1
_ODD = 0x9E3779B97F4A7C15  # a number without pattern: hashes that are multiplied by it do not cancel each other out
NOTHING: Mapping[str, "Found"] = MappingProxyType({})


@dataclass(frozen=True)
class Key:
    """One way to find pairs: `rows` makes (i, key) of features, a number of what has to be the same; blanks have none.

    The rows of a record stand together. order: the feature that sorts a block too large to compare whole. needs: a
    feature that it has to wait for.
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
    """Pairs of records as ranks of their ids, `left` the smaller; `key` numbers the first key that found the pair.

    unlike: how many more there were, which turned out to be clearly different.
    """

    left: Places
    right: Places
    key: NDArray[np.int8]
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    unlike: int = 0

    def only(self, places: Places) -> "Candidates":
        """Return some of the pairs; the others are clearly different."""
        unlike = self.unlike + len(self.left) - len(places)
        return replace(self, left=self.left[places], right=self.right[places], key=self.key[places], unlike=unlike)


def having(*parts: str | pl.Expr) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return what makes the key of the records that have all parts: a number of their hashes."""
    texts = [pl.col(part) if isinstance(part, str) else part for part in parts]
    columns = [part for part in parts if isinstance(part, str)]

    def rows(features: pl.DataFrame) -> pl.DataFrame:
        if any(features[name].null_count() == features.height for name in columns):
            return features.clear().select("i", pl.lit(None, pl.UInt64).alias("key"))
        number = reduce(lambda one, other: one * _ODD + other, [text.hash(seed=0) for text in texts])
        there = pl.all_horizontal(text.is_not_null() for text in texts)
        return features.select("i", key=number, there=there).filter("there").drop("there")

    return rows


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
    left, right, key = _first(packed)
    return Candidates(left, right, key, tuple(key.name for key in keys), tuple(notes))


def _first(packed: Places) -> tuple[Places, Places, NDArray[np.int8]]:
    """Return each pair once, of packed ones that are sorted, and the first of the keys that found it."""

    def unpacked(at: slice) -> tuple[Places, Places, NDArray[np.int8]]:
        before = packed[at.start - 1] >> KEY if at.start else -1
        first = packed[at][np.diff(packed[at] >> KEY, prepend=before) > 0]
        return first >> (HALF + KEY), first >> KEY & MASK, (first & LAST).astype(np.int8)

    left, right, key = zip(*in_slices(unpacked, len(packed)), strict=True)
    return np.concatenate(left), np.concatenate(right), np.concatenate(key)


def _found(place: int, key: Key, features: pl.DataFrame) -> Found:
    rows = _distinct(key.rows(features).drop_nulls())
    met = np.zeros(features.height, dtype=np.bool_)
    met[rows["i"].to_numpy()] = True
    numbers = rows["key"].to_numpy()
    order = np.argsort(numbers)
    ranks, numbers = rows["i"].to_numpy()[order], numbers[order]
    sizes, ahead = _blocks(numbers)
    limit = _limit(sizes, features.height)
    small, large = (sizes > 1) & (sizes <= limit), sizes > limit
    pairs = [_pairs(ranks[small], ahead[small], limit)]
    if large.any():
        pairs.append(_near(ranks[large], numbers[large], features.select("i", order=key.order)))
    return Found(np.concatenate(pairs) << KEY | place, met, int(large.sum()))


def _capped(key: Key, records: int) -> Note:
    problem = f"records share their {key.name} with so many others that they met only neighbors by {key.order}"
    return Note("match.capped", problem, records)


def _distinct(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out what a record has twice; the rows of a record stand together, and most keys have one for each."""
    ranks, keys = rows["i"].to_numpy(), rows["key"].to_numpy()
    again = np.zeros(len(ranks), dtype=np.bool_)
    for step in range(1, len(ranks)):
        same = ranks[step:] == ranks[:-step]
        if not same.any():
            break
        again[step:] |= same & (keys[step:] == keys[:-step])
    return rows.filter(pl.Series(~again)) if again.any() else rows


def _blocks(keys: NDArray[np.uint64]) -> tuple[Places, Places]:
    """Return of each row, in the order of their keys, the size of its block, and how many rows of it are not before."""
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    sizes = np.diff(starts, append=len(keys))
    return np.repeat(sizes, sizes), np.repeat(starts + sizes, sizes) - np.arange(len(keys))


def _limit(sizes: Places, records: int) -> int:
    """Return the size of the largest block that is compared whole."""
    rows = np.bincount(sizes[sizes <= BLOCK], minlength=2)
    pairs = np.cumsum(rows * (np.arange(len(rows)) - 1) // 2)
    affordable = np.flatnonzero((pairs <= BUDGET * records) & (rows > 0))
    return int(affordable.max(initial=1))


def _pairs(ranks: Places, ahead: Places, most: int) -> Places:
    """Pair each row of the blocks with the next ones, `most` less one at most; both ranks in one number."""
    found = [np.zeros(0, dtype=np.int64)]
    rows = np.arange(len(ranks))
    for step in range(1, most):
        rows = rows[ahead[rows] > step]
        one, other = ranks[rows], ranks[rows + step]
        found.append(np.minimum(one, other) << HALF | np.maximum(one, other))
    return np.concatenate(found)


def _near(ranks: Places, keys: NDArray[np.uint64], order: pl.DataFrame) -> Places:
    """Pair each record with the next ones of its block; equal values of the order stand side by side."""
    rows = pl.DataFrame({"i": ranks, "key": keys}).join(order, on="i", how="left").sort("key", "order", "i")
    return _pairs(rows["i"].to_numpy(), _blocks(rows["key"].to_numpy())[1], WINDOW + 1)
