"""Names that share some of their words: one firm written two ways, or two of one house?

What is left of both names once the common words are gone has to be the same word written otherwise (Center, Ctr);
else these are two firms as often as one. A word that names another unit (Trading, Department, Airport) says so alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA, LCSseq
from rapidfuzz.process import cpdist

from crmclean.matching.coding import Codes, Letters, letters_apart, letters_of
from crmclean.matching.slicing import Flags, Places, slices
from crmclean.matching.vocabulary import Vocabulary

SHORTEST, LONG = 4, 8  # letters from which one slip and SLIPS pass
SLIPS = 2
IDLE = ("the", "and", "of", "at", "in", "on", "for", "a", "de", "la", "le", "der", "die", "das", "und", "et", "y")
UNITS = (
    "holding", "holdings", "properties", "property", "trading", "investment", "investments", "pension", "pensions",
    "trust", "trustee", "trustees", "international", "uk", "usa", "europe", "asia", "capital", "foundation", "ventures",
    "realty", "finance", "leasing", "logistics", "nominees", "estates", "developments", "department", "dept", "school",
    "faculty", "library", "institute", "office", "offices", "division", "branch", "laboratory", "laboratories",
    "hospital", "airport", "downtown", "uptown", "midtown", "station", "terminal", "campus", "warehouse", "north",
    "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "elementary", "middle", "high",
    "men", "women", "boys", "girls", "junior", "senior", "abteilung", "fakultät", "institut", "klinik", "filiale",
    "stiftung", "verwaltung", "beteiligungs", "immobilien", "departamento", "facultad", "sucursal", "succursale",
)  # fmt: skip


def without_brackets(name: pl.Expr) -> pl.Expr:
    """Return a name with the units that stand in brackets out of them: `Acme (UK) Ltd` is no other spelling of Acme."""
    return name.str.replace_all(rf"(?i)\(({'|'.join(UNITS)})\)", "${1}")


@dataclass(frozen=True)
class _Words:
    """What is known of each word: its letters, whether it says nothing, and whether it names another unit."""

    texts: pl.Series
    sizes: Codes
    letters: Letters
    idle: Flags
    unit: Flags

    @classmethod
    def of(cls, texts: pl.Series) -> "_Words":
        sizes = texts.str.len_chars().cast(pl.Int32).to_numpy()
        idle, unit = (texts.is_in(list(closed)).to_numpy() for closed in (IDLE, UNITS))
        return cls(texts, sizes, letters_of(texts), idle, unit)


def sisters(one: Places, other: Places, vocabulary: Vocabulary) -> Flags:
    """Say of pairs of folded names which have words left that name another unit, or on both sides."""
    flags, words = np.zeros(len(one), dtype=np.bool_), _Words.of(vocabulary.words)
    for part in slices(len(one)):
        flags[part] = _sisters(vocabulary.left(one[part], other[part]), words, len(flags[part]))
    return flags


def _sisters(sides: Iterable[tuple[Places, Places]], words: _Words, size: int) -> Flags:
    """Say the same of pairs by the words that are left on either side, beside the places of their pairs."""
    (pair, word), (pair_b, word_b) = ((pair[~words.idle[word]], word[~words.idle[word]]) for pair, word in sides)
    rows, rows_b = _beside(pair, pair_b)
    same = _same(word[rows], word_b[rows_b], words)
    left, unit = _told(np.delete(pair, rows[same]), np.delete(word, rows[same]), words, size)
    left_b, unit_b = _told(np.delete(pair_b, rows_b[same]), np.delete(word_b, rows_b[same]), words, size)
    return (left & left_b) | unit | unit_b


def _beside(one: Places, other: Places) -> tuple[Places, Places]:
    """Return the rows of two lists of pairs, in their order: each row of the one beside each of the other's pair."""
    sizes = np.bincount(other, minlength=one.max(initial=-1) + 1)
    starts, many = (np.cumsum(sizes) - sizes)[one], sizes[one]
    ends = np.cumsum(many)
    return np.repeat(np.arange(len(one)), many), np.arange(many.sum()) + np.repeat(starts - ends + many, many)


def _same(one: Places, other: Places, words: _Words) -> Places:
    """Return which pairs of words are one word: a slip, a beginning, or the same letters with some left out."""
    most = np.maximum(2 * SLIPS, np.abs(words.sizes[one] - words.sizes[other]))
    near = np.flatnonzero(letters_apart(words.letters[one], words.letters[other]) <= most)
    packed, kind = np.unique(one[near] * len(words.sizes) + other[near], return_inverse=True)
    return near[_alike(*(words.texts.gather(side) for side in np.divmod(packed, len(words.sizes))))[kind]]


def _alike(one: pl.Series, other: pl.Series) -> Flags:
    """Say which words are one word."""
    a, b = one.to_list(), other.to_list()
    slips = cpdist(a, b, scorer=OSA.distance, score_cutoff=SLIPS, dtype=np.int8)
    common = cpdist(a, b, scorer=LCSseq.similarity, dtype=np.int16)
    shorter = np.minimum(one.str.len_chars().to_numpy(), other.str.len_chars().to_numpy())
    first = (one.str.slice(0, 1) == other.str.slice(0, 1)).to_numpy()
    shortened = first & (common == shorter) & (shorter > 1)
    return np.asarray(shortened | ((slips <= 1) & (shorter >= SHORTEST)) | ((slips <= SLIPS) & (shorter >= LONG)))


def _told(pairs: Places, word: Places, words: _Words, size: int) -> tuple[Flags, Flags]:
    """Say of each pair whether a word is left, and whether one of them names another unit."""
    left, unit = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    left[pairs] = True
    unit[pairs[words.unit[word]]] = True
    return left, unit
