"""How two given names, or two family names, compare: a level per pair, worked out once per distinct pair of values."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from crmclean.matching.coding import Codes, Names, numbered
from crmclean.matching.slicing import Places, in_slices
from crmclean.values.nicknames import grade, known_names, nickname_pairs

# Levels, from nothing known to equal. A conflict says that these are two people, as far as this part goes.
MISSING, CONFLICT, PART, INITIAL, TYPO, NICKNAME, EQUAL = range(7)
LEVELS = 7
CLOSE = 0.92  # Jaro-Winkler similarity that passes for a misspelling of a longer name
SHORT, LONG = 4, 8  # letters from which one and two slips pass for a misspelling
RARE = 0.05  # a misspelling is at most this much as frequent as the right form, where both are known
KNOWN = 3  # records from which a spelling counts as a name of its own
WOMANS = ("a", "e", "ia", "ina", "ine", "elle", "ella", "ette", "etta", "na", "ne")  # endings: Louis, Louise
PREFIX = 3  # letters of a short form such as Chris

Levels = NDArray[np.int8]


class Numbers(Enum):
    """What numbers in two values say: other digits make another value, but for slips in long ids.

    SAME: a number on one side only makes another value, too ("Studio 54"). WITHIN: it may lack (a flat, a district).
    """

    SLIP, WITHIN, SAME = range(3)


def levels(
    one: Names, other: Names, left: Places, right: Places, *, nicknames: bool, numbers: Numbers = Numbers.WITHIN
) -> Levels:
    """Return the level of each pair of records by `one` of the left and `other` of the right, of the same values."""
    answer, looks = np.empty(len(left), dtype=np.int8), Looks.of(one)

    def judge(at: slice) -> Places:
        a, b = one.codes[left[at]], other.codes[right[at]]
        known, same = (a >= 0) & (b >= 0), a == b
        answer[at] = np.where(known, np.where(same, np.int8(EQUAL), np.int8(CONFLICT)), np.int8(MISSING))
        unlike = np.flatnonzero(known & ~same)
        return np.asarray(unlike[looks.may_be_one(a[unlike], b[unlike], nicknames=nicknames)] + at.start)

    asked = np.concatenate(in_slices(judge, len(left)))
    sides = one.codes[left[asked]], other.codes[right[asked]]
    answer[asked] = _judged(*sides, one, nicknames=nicknames, numbers=numbers)
    return answer


def near(left: Codes, right: Codes, names: Names, numbers: Numbers) -> NDArray[np.bool_]:
    """Say which pairs of different values look close; see Looks.of_one_letter for which of them to ask about."""
    level = _judged(left, right, names, nicknames=False, numbers=numbers)
    return np.asarray((level == TYPO) | (level == PART) | (level == INITIAL))


@dataclass(frozen=True)
class Looks:
    """What a look at each value alone tells of pairs of different ones: most are seen to be a conflict.

    letter: a number for the first letter of each value, begin: for as many as a short form has. spaced: of several
    words, brief: with less letters than a short form. short, full: forms of names.
    """

    names: Names
    letter: Codes
    begin: Codes
    spaced: NDArray[np.bool_]
    brief: NDArray[np.bool_]
    short: NDArray[np.bool_]
    full: NDArray[np.bool_]

    @classmethod
    def of(cls, names: Names) -> "Looks":
        """Look at the values of names."""
        values, known = names.values, nickname_pairs()
        spaced = values.str.contains(" ", literal=True).to_numpy()
        brief = (values.str.len_chars() < PREFIX).to_numpy()
        short, full = (values.is_in(known[name].implode()).to_numpy() for name in ("name", "canonical"))
        letter, begin = (numbered(values.str.slice(0, length)) for length in (1, PREFIX))
        return cls(names, letter, begin, spaced, brief, short, full)

    def may_be_one(self, one: Codes, other: Codes, *, nicknames: bool) -> NDArray[np.bool_]:
        """Say which pairs may be no conflict."""
        one, other = one.astype(np.int64), other.astype(np.int64)  # quicker to look up by, again and again
        may = (self.begin[one] == self.begin[other]) | self.spaced[one] | self.spaced[other]
        may |= (self.brief[one] | self.brief[other]) & (self.letter[one] == self.letter[other])
        may |= _rare(one, other, self.names)
        if nicknames:
            may |= (self.short[one] & self.full[other]) | (self.full[one] & self.short[other])
        return np.asarray(may)

    def of_one_letter(self, one: Codes, other: Codes) -> Places:
        """Return the places of the pairs that may be no conflict, and begin with one letter."""
        same = np.flatnonzero(self.letter[one] == self.letter[other])
        return same[self.may_be_one(one[same], other[same], nicknames=False)]


def _judged(left: Codes, right: Codes, names: Names, *, nicknames: bool, numbers: Numbers) -> Levels:
    """Return the level of each pair of different values, worked out once for all pairs of the same two."""
    low, high, kind = _kinds(np.minimum(left, right), np.maximum(left, right), names)
    return _unlike(low, high, names, nicknames=nicknames, numbers=numbers)[kind]


def _kinds(one: Codes, other: Codes, names: Names) -> tuple[Places, Places, Places]:
    """Return the distinct pairs of codes, none of them missing, and which of them each pair is."""
    size = names.values.len() + 1
    packed, kind = np.unique(one.astype(np.int64) * size + other, return_inverse=True)
    return packed // size, packed % size, kind


def _unlike(low: Places, high: Places, names: Names, *, nicknames: bool, numbers: Numbers) -> Levels:
    pairs = _Pairs.of(low, high, names.values)
    result = np.full(len(low), CONFLICT, dtype=np.int8)
    word, begins = pairs.having(_contained, pairs.spaced), pairs.having(_begins, pairs.one_letter)
    asked = _rare(low, high, names) & (pairs.shorter >= SHORT - 1)
    near = word | begins
    if numbers is not Numbers.SLIP:
        same = pairs.same_digits
        near, asked = near & (same | (word & (numbers is Numbers.WITHIN))), asked & same
    result[near], result[pairs.having(_slips, asked)] = PART, TYPO
    result[pairs.one_letter & (pairs.shorter == 1)] = INITIAL
    if nicknames:
        result[pairs.having(_dropped_letter, (pairs.longer == SHORT - 1) & (pairs.shorter < pairs.longer))] = TYPO
        result[pairs.nicknamed()] = NICKNAME
    return result


@dataclass(frozen=True)
class _Pairs:
    """Pairs of different values, by their places among `values`; what is known of a value is worked out once.

    shorter, longer: letters of either side. one_letter: both begin alike. spaced: one of them is of several words.
    """

    low: Places
    high: Places
    values: pl.Series
    shorter: Places
    longer: Places
    one_letter: NDArray[np.bool_]
    spaced: NDArray[np.bool_]
    same_digits: NDArray[np.bool_]

    @classmethod
    def of(cls, low: Places, high: Places, every: pl.Series) -> "_Pairs":
        used, places = np.unique(np.concatenate((low, high)), return_inverse=True)
        one, other = places[: len(low)], places[len(low) :]
        values = every.gather(used)
        length = values.str.len_chars().cast(pl.Int64).to_numpy()
        first = values.str.slice(0, 1).hash(seed=0).to_numpy()
        digits = values.str.replace_all(r"\D+", " ").str.strip_chars().hash(seed=0).to_numpy()
        spaced = values.str.contains(" ", literal=True).to_numpy()
        shorter, longer = np.minimum(length[one], length[other]), np.maximum(length[one], length[other])
        same = first[one] == first[other]
        return cls(one, other, values, shorter, longer, same, spaced[one] | spaced[other], digits[one] == digits[other])

    def having(self, test: Callable[[pl.DataFrame], NDArray[np.bool_]], asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which of the asked pairs (a, b) pass a test; the others do not."""
        places = np.flatnonzero(asked)
        sides = pl.DataFrame(
            {"a": self.values.gather(self.low[places]), "b": self.values.gather(self.high[places])},
        )
        answer = np.zeros(len(asked), dtype=np.bool_)
        answer[places] = test(sides)
        return answer

    def nicknamed(self) -> NDArray[np.bool_]:
        """Say which pairs are a short form and its full name."""
        place = self.values.to_frame("value").with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
        known = nickname_pairs().join(place, left_on="name", right_on="value")
        both = known.join(place, left_on="canonical", right_on="value", suffix="_full")
        one, other = (both[name].to_numpy() for name in ("place", "place_full"))
        size = len(self.values)
        packed = np.minimum(one, other) * size + np.maximum(one, other)
        return np.isin(np.minimum(self.low, self.high) * size + np.maximum(self.low, self.high), packed)


def _slips(pairs: pl.DataFrame) -> NDArray[np.bool_]:
    """Say which pairs are within one slip; in words also two in long ones, or alike by Jaro and Winkler's measure."""
    if pairs.is_empty():
        return np.zeros(0, dtype=np.bool_)
    a, b = pairs["a"].to_list(), pairs["b"].to_list()
    distance = cpdist(a, b, scorer=OSA.distance, score_cutoff=2, dtype=np.int8, workers=-1)
    alike = cpdist(a, b, scorer=JaroWinkler.similarity, dtype=np.float32, workers=-1)
    shorter = pairs.select(pl.min_horizontal(pl.col("a", "b").str.len_chars())).to_series().to_numpy()
    one = (distance <= 1) & (shorter >= SHORT - 1)
    two = (distance <= 2) & (shorter >= LONG)
    words = ~pairs.select(pl.col("a").str.contains(r"\d") | pl.col("b").str.contains(r"\d")).to_series().to_numpy()
    return one | (words & (two | ((alike >= CLOSE) & (shorter >= SHORT))))


def _rare(low: Places | Codes, high: Places | Codes, names: Names) -> NDArray[np.bool_]:
    """Say which pairs may hold a misspelling: two frequent spellings are two names (Maria and Mario)."""
    one, other = names.counts[low], names.counts[high]
    fewer, more = np.minimum(one, other), np.maximum(one, other)
    return (fewer < KNOWN) | (fewer <= RARE * more)


def _contained(pairs: pl.DataFrame) -> NDArray[np.bool_]:
    """Say which pairs have one side as a word, or as several, of the other."""
    a, b = pl.lit(" ") + pl.col("a") + pl.lit(" "), pl.lit(" ") + pl.col("b") + pl.lit(" ")
    word = a.str.contains(b, literal=True) | b.str.contains(a, literal=True)
    return pairs.select(word & _long_enough()).to_series().to_numpy()


def _begins(pairs: pl.DataFrame) -> NDArray[np.bool_]:
    begins = pl.col("a").str.starts_with(pl.col("b")) | pl.col("b").str.starts_with(pl.col("a"))
    return pairs.select(begins & _long_enough()).to_series().to_numpy()


def _long_enough() -> pl.Expr:
    return pl.min_horizontal(pl.col("a", "b").str.len_chars()) >= PREFIX


def _dropped_letter(pairs: pl.DataFrame) -> NDArray[np.bool_]:
    """Say which pairs are a short first name and the same without a later letter, such as Raj and Rj."""
    shorter = pl.when(pl.col("a").str.len_chars() < pl.col("b").str.len_chars()).then("a").otherwise("b")
    longer = pl.when(pl.col("a").str.len_chars() < pl.col("b").str.len_chars()).then("b").otherwise("a")
    middle_gone = pl.concat_str(longer.str.slice(0, 1), longer.str.slice(2, 1)) == shorter
    return pairs.select((longer.str.len_chars() == SHORT - 1) & middle_gone).to_series().to_numpy()


def kindred(names: Names, left: Places, right: Places, level: Levels) -> NDArray[np.bool_]:
    """Say which given names may as well be those of two in one family.

    Sean and John are one name in two languages, or brothers; Louis and Louise, Julio and Julia one person or a couple.
    """
    places = np.flatnonzero((level == NICKNAME) | (level == PART) | (level == TYPO))
    places = places[(names.codes[left[places]] >= 0) & (names.codes[right[places]] >= 0)]
    low, high, kind = _kinds(names.codes[left[places]], names.codes[right[places]], names)
    pairs = pl.DataFrame({"a": names.values.gather(low), "b": names.values.gather(high)})
    weak = (grade(pairs["a"], pairs["b"]) == "weak").fill_null(value=False).to_numpy()
    weak &= ~_begins(pairs) & ~_spelt(pairs)
    answer = np.zeros(len(level), dtype=np.bool_)
    answer[places] = (weak[kind] & (level[places] == NICKNAME)) | _of_both_sexes(pairs)[kind]
    return answer


def two_names(names: Names, left: Places, right: Places, level: Levels) -> NDArray[np.bool_]:
    """Say which given names look like one misspelt or cut but are two that people have: Mark and Mary, Sven and Svenja.

    Spellings of one name (Erik and Eric, Sara and Sarah) and short forms are not two.
    """
    places = np.flatnonzero((level == TYPO) | (level == PART))
    known = np.append(names.values.is_in(known_names()).to_numpy(), np.False_)
    places = places[known[names.codes[left[places]]] & known[names.codes[right[places]]]]
    one, other, kind = _kinds(names.codes[left[places]], names.codes[right[places]], names)
    pairs = pl.DataFrame({"a": names.values.gather(one), "b": names.values.gather(other)})
    alike = pairs.select(_plainly("a") == _plainly("b")).to_series() | grade(pairs["a"], pairs["b"]).is_not_null()
    answer = np.zeros(len(level), dtype=np.bool_)
    close = _slips(pairs) | _begins(pairs)  # else the level is that of names in each other's place
    answer[places] = (~alike.to_numpy() & close)[kind]
    return answer


def _plainly(name: str) -> pl.Expr:
    """Return a name as one would spell it by ear: no silent h, no doubled letters, c as k, y and j as i, z as s."""
    letters = pl.col(name).str.replace_many(
        ["ph", "ck", "h", "c", "q", "y", "j", "z"], ["f", "k", "", "k", "k", "i", "i", "s"]
    )
    for letter in "abdefgiklmnoprst":
        letters = letters.str.replace_all(letter + "+", letter)
    return letters


def _spelt(pairs: pl.DataFrame) -> NDArray[np.bool_]:
    """Say which pairs are one name in two spellings (Ester, Esther), of one sex as far as an -a at the end tells."""
    a, b = pairs["a"].to_list(), pairs["b"].to_list()
    near = cpdist(a, b, scorer=OSA.distance, score_cutoff=1, dtype=np.int8) <= 1
    return np.asarray(near & (pairs["a"].str.ends_with("a") == pairs["b"].str.ends_with("a")).to_numpy())


def _of_both_sexes(pairs: pl.DataFrame) -> NDArray[np.bool_]:
    """Say which pairs are a name with and without a woman's ending, or with the endings -o and -a."""
    a, b = pl.col("a"), pl.col("b")
    longer, shorter = (pl.when(a.str.len_chars() > b.str.len_chars()).then(x).otherwise(y) for x, y in ((a, b), (b, a)))
    ending = longer.str.starts_with(shorter) & longer.str.strip_prefix(shorter).is_in(WOMANS)
    ends = pl.concat_str(a.str.slice(-1), b.str.slice(-1)).is_in(["oa", "ao"])
    stem = a.str.head(a.str.len_chars().cast(pl.Int64) - 1) == b.str.head(b.str.len_chars().cast(pl.Int64) - 1)
    return pairs.select(ending | (ends & stem)).to_series().to_numpy()
