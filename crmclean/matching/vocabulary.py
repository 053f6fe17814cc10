"""The words of names as numbers: millions of pairs of names are compared without a look at their letters."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.coding import Codes, Names
from crmclean.matching.parts import Places
from crmclean.values.distinct import encoded

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Vocabulary:
    """The different words of each distinct name: those of a name stand side by side in `rows`, from `starts` on.

    words: the text of each number. records: how many records have the word in their names. weights: how much it says.
    """

    rows: Codes
    starts: Places
    sizes: Places
    words: pl.Series
    records: Floats
    weights: Floats

    @classmethod
    def of(cls, names: Names) -> "Vocabulary":
        """Return the words of folded names; a rare word weighs more than a common one."""
        split = names.values.str.split(" ").list.unique(maintain_order=True)
        sizes = split.list.len().cast(pl.Int64).to_numpy()
        words, places = encoded(split.explode(empty_as_null=False))
        rows = places.cast(pl.Int32).to_numpy()
        records = _summed(rows, np.repeat(names.counts, sizes), len(words))
        weights = np.log(1.0 + (names.counts.sum() or 1.0) / records)
        return cls(rows, np.cumsum(sizes) - sizes, sizes, words, records, weights)

    def whole(self) -> Floats:
        """Return the weight of all words of each name."""
        name = np.repeat(np.arange(len(self.sizes)), self.sizes)
        return _summed(name, self.weights[self.rows], len(self.sizes))

    def common(self, one: Places, other: Places) -> Iterator[tuple[Places, int, int]]:
        """Yield which pairs of names have a word in common, and its places in the one and in the other name."""
        for first in range(self.sizes[one].max(initial=0)):
            having, words = self._nth(one, first)
            for second in range(self.sizes[other[having]].max(initial=0)):
                among, theirs = self._nth(other[having], second)
                yield having[among[words[among] == theirs]], first, second

    def _nth(self, names: Places, place: int) -> tuple[Places, Codes]:
        """Return which of the names have a word at a place, and that word."""
        having = np.flatnonzero(self.sizes[names] > place)
        return having, self.rows[self.starts[names[having]] + place]

    def left(self, one: Places, other: Places) -> Iterator[tuple[Places, Codes]]:
        """Yield for the one and for the other names of pairs the words that the pair has not in common.

        Each word stands beside the place of its pair.
        """
        sides = [(names, np.cumsum(self.sizes[names]) - self.sizes[names]) for names in (one, other)]
        own = [np.ones(self.sizes[names].sum(), dtype=np.bool_) for names in (one, other)]
        for pairs, *places in self.common(one, other):
            for (_, starts), flags, place in zip(sides, own, places, strict=True):
                flags[starts[pairs] + place] = False
        for (names, starts), flags in zip(sides, own, strict=True):
            word = np.arange(len(flags)) + np.repeat(self.starts[names] - starts, self.sizes[names])
            yield np.repeat(np.arange(len(names)), self.sizes[names])[flags], self.rows[word[flags]]


def _summed(places: Places | Codes, values: Floats, size: int) -> Floats:
    """Return the sum of the values of each place."""
    return np.asarray(np.bincount(places, weights=values, minlength=size), dtype=np.float64)
