"""The words of names as numbers: millions of pairs of names are compared without a look at their letters."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.coding import Codes, Names
from crmclean.matching.slicing import Places
from crmclean.values.distinct import encoded

FEW = 4  # words of a name up to which each is looked for among each of the other name's

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Vocabulary:
    """The different words of each distinct name: those of a name stand side by side in `rows`, from `starts` on.

    words: the text of each number. records: how many records have the word in their names. weights: how much it says.
    first: the first word of each name, the second one, and so on, by their numbers; -1 where a name has fewer.
    """

    rows: Codes
    starts: Places
    sizes: Places
    words: pl.Series
    records: Floats
    weights: Floats
    first: tuple[Codes, ...]

    @classmethod
    def of(cls, names: Names) -> "Vocabulary":
        """Return the words of folded names; a rare word weighs more than a common one."""
        split = names.values.str.split(" ").list.unique(maintain_order=True)
        sizes = split.list.len().cast(pl.Int64).to_numpy()
        words, places = encoded(split.explode(empty_as_null=False))
        rows, starts = places.cast(pl.Int32).to_numpy(), np.cumsum(sizes) - sizes
        records = _summed(rows, np.repeat(names.counts, sizes), len(words))
        weights = np.log(1.0 + (names.counts.sum() or 1.0) / records)
        return cls(rows, starts, sizes, words, records, weights, _first(rows, starts, sizes))

    def whole(self) -> Floats:
        """Return the weight of all words of each name."""
        name = np.repeat(np.arange(len(self.sizes)), self.sizes)
        return _summed(name, self.weights[self.rows], len(self.sizes))

    def overlap(self, one: Places, other: Places) -> tuple[Floats, Floats]:
        """Return per pair of names the weight of the words that they have in common, and the records of the rarest."""
        common, rarest = self._overlap_of_few(one, other)
        many = np.flatnonzero((self.sizes > FEW)[one] | (self.sizes > FEW)[other])
        common[many], rarest[many] = self._overlap_of_many(one[many], other[many])
        return common, rarest

    def _overlap_of_few(self, one: Places, other: Places) -> tuple[Floats, Floats]:
        """Return the same of names of no more than FEW words."""
        common, rarest = np.zeros(len(one)), np.full(len(one), np.inf)
        theirs = [words[other] for words in self.first]
        for words in self.first:
            mine = words[one]
            both = np.flatnonzero(np.logical_or.reduce([mine == words for words in theirs]) & (mine >= 0))
            word = mine[both]
            common[both] += self.weights[word]
            rarest[both] = np.minimum(rarest[both], self.records[word])
        return common, rarest

    def _overlap_of_many(self, one: Places, other: Places) -> tuple[Floats, Floats]:
        """Return the same of any names, by one sort."""
        every, again = self._merged(one, other)
        pairs, word = np.divmod(every[:-1][again] >> 1, len(self.words))
        common, rarest = _summed(pairs, self.weights[word], len(one)), np.full(len(one), np.inf)
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        if len(first):
            rarest[pairs[first]] = np.minimum.reduceat(self.records[word], first)
        return common, rarest

    def left(self, one: Places, other: Places) -> Iterator[tuple[Places, Places]]:
        """Yield the words that only the one, and that only the other names of pairs have.

        Each stands beside the place of its pair, in the order of these.
        """
        every, again = self._merged(one, other)
        alone = every[~(np.append(again, np.False_) | np.append(np.False_, again))[: len(every)]]
        for side in (0, 1):
            yield np.divmod(alone[alone & 1 == side] >> 1, len(self.words))

    def _merged(self, one: Places, other: Places) -> tuple[Places, NDArray[np.bool_]]:
        """Return the words of both sides of pairs as sorted numbers of pair, word and side, and which the next repeats.

        A name has no word twice, so that equal pairs and words next to each other are of both sides.
        """
        every = np.concatenate([self._numbered(names) * 2 + side for side, names in enumerate((one, other))])
        every.sort()
        return every, every[1:] >> 1 == every[:-1] >> 1

    def _numbered(self, names: Places) -> Places:
        """Return a number for each word of each name: of the place of its name and the word."""
        sizes = self.sizes[names]
        ends = np.cumsum(sizes)
        words = np.arange(sizes.sum()) + np.repeat(self.starts[names] - ends + sizes, sizes)
        return np.asarray(np.repeat(np.arange(len(names)), sizes) * len(self.words) + self.rows[words])


def _first(rows: Codes, starts: Places, sizes: Places) -> tuple[Codes, ...]:
    """Return the FEW first words of each name, in the order of their numbers."""
    name = np.repeat(np.arange(len(sizes)), sizes)
    ordered = np.sort(name << 32 | rows) & 0xFFFFFFFF
    table = np.full((FEW, len(sizes)), -1, dtype=np.int32)
    place = np.arange(len(rows)) - starts[name]
    early = place < FEW
    table[place[early], name[early]] = ordered[early]
    return tuple(table)


def _summed(places: Places | Codes, values: Floats, size: int) -> Floats:
    """Return the sum of the values of each place."""
    return np.asarray(np.bincount(places, weights=values, minlength=size), dtype=np.float64)
