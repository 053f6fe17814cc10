"""How the names of two organisations compare: by words, where a rare word says more than a common one."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from crmclean.matching.coding import Codes, Letters, Names, coded, letters_apart, letters_of, numbered
from crmclean.matching.sisters import sisters
from crmclean.matching.slicing import Flags, Places, slices
from crmclean.matching.vocabulary import Vocabulary

MISSING, CONFLICT, ACRONYM, OVERLAP, CONTAINED, MISSPELT, EQUAL = range(7)
M = (1.0, 0.05, 0.02, 0.08, 0.13, 0.10, 0.62)  # chance of each level in true pairs
ALIKE = 0.94  # Jaro-Winkler similarity of whole names that passes for a misspelling
LONG = 8  # letters from which two slips pass
SLIPS = 2
BEGINNING = 7  # letters of a name that may be the beginning of another
SHARE = 0.6  # of the weight of all words that the common ones must carry
SOME = 0.3  # of that weight where one of the common words is rare
RARE = 0.02  # a word that more names have carries no containment alone ("Bank" in "Acme Bank")
SHORTEST = 3  # letters of an acronym
OTHERS = 0.3  # of the longer name's length, the most letters that only one of two names that are ALIKE has
CHANCE = 1e-3  # that a stranger's initials fit

Levels = NDArray[np.int8]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Titles:
    """The names of all records, and what pairs compare of each distinct one: there are many more pairs than names.

    weights: of all words of a name. squeezed: it without blanks. spelling, beginnings, digits: numbers for that, for
    its first letters, and for the digits in it. initials: the short name that its initials spell, -1 for none.
    """

    names: Names
    words: Vocabulary
    weights: Floats
    squeezed: pl.Series
    spelling: Codes
    beginnings: Codes
    digits: Codes
    initials: Codes
    lengths: Codes
    letters: Letters


def titled(words: pl.Series) -> Titles:
    """Return the folded names of records as codes into the sorted distinct ones, with what is compared of these."""
    names = coded(words)
    text, vocabulary = names.values, Vocabulary.of(names)
    squeezed = text.str.replace_all(" ", "", literal=True)
    lengths = squeezed.str.len_chars().cast(pl.Int32).to_numpy()
    return Titles(
        names, vocabulary, vocabulary.whole(), squeezed, numbered(squeezed), numbered(squeezed.str.head(BEGINNING)),
        numbered(_digits(text)), _initials(text), lengths, letters_of(squeezed),
    )  # fmt: skip


def _digits(names: pl.Series) -> pl.Series:
    """Return the numbers in each name; most have none."""
    rows = names.str.contains(r"\d").arg_true()
    numbers = names.gather(rows).str.replace_all(r"\D+", " ").str.strip_chars()
    return pl.repeat("", len(names), eager=True).scatter(rows, numbers)


def _initials(names: pl.Series) -> Codes:
    """Return the place of the name of one word that the initials of each name spell, -1 where none does."""
    words = names.str.count_matches(" ", literal=True) + 1
    letters = names.str.len_chars()
    short = ((words == 1) & (letters >= SHORTEST)).arg_true()
    long = words.is_in(letters.gather(short).unique().implode()).arg_true()
    acronyms = pl.DataFrame({"text": names.gather(short), "place": short})
    initials = names.gather(long).str.replace_all(r"(\S)\S*\s*", "${1}").to_frame("text")
    spelt = initials.join(acronyms, on="text", how="left", maintain_order="left")["place"]
    answer = np.full(len(names), -1, dtype=np.int32)
    answer[long.to_numpy()] = spelt.cast(pl.Int32).fill_null(-1).to_numpy()
    return answer


@dataclass(frozen=True)
class Likeness:
    """How the names of pairs compare: their level, the log chance that a stranger's name agrees so well.

    sisters: the names share some words, and what is left most likely names another firm of the house.
    """

    level: Levels
    log_u: Floats
    sisters: Flags


def compared(left: Places, right: Places, titles: Titles, size: int) -> Likeness:
    """Return how the names of each pair compare; size: of all records."""
    level, log_u = np.full(len(left), MISSING, dtype=np.int8), np.zeros(len(left))
    codes = titles.names.codes.astype(np.int64)  # quicker to look up by, again and again
    one, other = codes[left], codes[right]
    for part in slices(len(left)):
        known = np.flatnonzero((one[part] >= 0) & (other[part] >= 0)) + part.start
        level[known], log_u[known] = _judged(one[known], other[known], titles, size)
    house = np.zeros(len(left), dtype=np.bool_)
    partly = np.flatnonzero((level == OVERLAP) | (level == CONTAINED) | (level == MISSPELT))
    house[partly] = sisters(one[partly], other[partly], titles.words)
    return Likeness(level, log_u, house)


def _judged(one: Places, other: Places, titles: Titles, size: int) -> tuple[Levels, Floats]:
    """Return the level of pairs of names, and the log chance of it by accident."""
    common, rarest = titles.words.overlap(one, other)
    weights = titles.weights[one], titles.weights[other]
    share = common / (weights[0] + weights[1] - common)
    rare = rarest <= RARE * len(titles.spelling) + 1
    level = np.full(len(one), CONFLICT, dtype=np.int8)
    level[(titles.initials[one] == other) | (titles.initials[other] == one)] = ACRONYM
    level[(share >= SHARE) | ((share >= SOME) & rare)] = OVERLAP
    level[(common >= np.minimum(*weights) - 1e-9) & rare] = CONTAINED
    equal = (titles.spelling[one] == titles.spelling[other]) | (share > 1 - 1e-9)
    open_ = np.flatnonzero(~equal)
    level[open_] = _spelt(one[open_], other[open_], level[open_], titles)
    level[open_[titles.digits[one[open_]] != titles.digits[other[open_]]]] = CONFLICT
    level[equal] = EQUAL
    commoner = np.maximum(titles.names.counts[one], titles.names.counts[other]) / size
    by_word = np.minimum(rarest / size, 1.0)
    chance = np.select([level >= MISSPELT, level >= OVERLAP, level == ACRONYM], [commoner, by_word, CHANCE], 1.0)
    return level, np.log(chance)


def _spelt(one: Places, other: Places, level: Levels, titles: Titles) -> Levels:
    """Raise the levels of different names of which one is the beginning of the other, or a misspelling of it."""
    lengths = titles.lengths[one], titles.lengths[other]
    shorter, longer = np.minimum(*lengths), np.maximum(*lengths)
    others = letters_apart(titles.letters[one], titles.letters[other])
    asked = np.flatnonzero((others <= longer - shorter) & (shorter >= BEGINNING))
    level[asked[_begins(one[asked], other[asked], titles)]] = CONTAINED
    asked = np.flatnonzero((shorter > LONG // 2) & (others <= np.maximum(2 * SLIPS, OTHERS * longer)))
    level[asked[_slips(one[asked], other[asked], shorter[asked], titles)]] = MISSPELT
    return level


def _begins(one: Places, other: Places, titles: Titles) -> Flags:
    """Say which pairs have one name as the beginning of the other, such as Art's Deli and Art's Delicatessen."""
    alike = np.flatnonzero(titles.beginnings[one] == titles.beginnings[other])
    sides = pl.DataFrame({"a": titles.squeezed.gather(one[alike]), "b": titles.squeezed.gather(other[alike])})
    a, b = pl.col("a"), pl.col("b")
    answer = np.zeros(len(one), dtype=np.bool_)
    answer[alike] = sides.select(a.str.starts_with(b) | b.str.starts_with(a)).to_series().to_numpy()
    return answer


def _slips(one: Places, other: Places, shorter: Codes, titles: Titles) -> Flags:
    """Say which pairs are within one slip; in long names also two, or alike by Jaro and Winkler's measure."""
    if not len(one):
        return np.zeros(0, dtype=np.bool_)
    a, b = (titles.squeezed.gather(names).to_list() for names in (one, other))
    distance = cpdist(a, b, scorer=OSA.distance, score_cutoff=SLIPS, dtype=np.int8, workers=-1)
    alike = cpdist(a, b, scorer=JaroWinkler.similarity, score_cutoff=ALIKE, dtype=np.float32, workers=-1)
    return np.asarray((distance <= 1) | ((shorter > LONG) & ((distance <= SLIPS) | (alike > 0))))
