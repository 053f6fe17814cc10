"""Names that share some of their words: one firm written two ways, or two of one house?

What is left of both names once the common words are gone has to be the same word written otherwise (Center, Ctr);
else these are two firms as often as one. A word that names another unit (Trading, Department, Airport) says so alone.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, LCSseq
from rapidfuzz.process import cpdist

SHORTEST, LONG = 4, 8  # letters from which one and two slips pass
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

Flags = NDArray[np.bool_]


def without_brackets(name: pl.Expr) -> pl.Expr:
    """Return a name with the units that stand in brackets out of them: `Acme (UK) Ltd` is no other spelling of Acme."""
    return name.str.replace_all(rf"(?i)\(({'|'.join(UNITS)})\)", "${1}")


def sisters(names: pl.DataFrame) -> Flags:
    """Say of pairs of folded names (words, words_b) which have words left that name another unit, or on both sides."""
    rows = names.select("words", "words_b").with_row_index("pair")
    one, other = (_left(rows, *sides) for sides in (("words", "words_b"), ("words_b", "words")))
    same = _same(one.join(other, on="pair", suffix="_b"))
    one = one.join(same.select("pair", "word"), on=["pair", "word"], how="anti")
    other = other.join(same.select("pair", word="word_b"), on=["pair", "word"], how="anti")
    left, unit = zip(*(_told(side, rows.height) for side in (one, other)), strict=True)
    return np.asarray((left[0] & left[1]) | unit[0] | unit[1])


def _left(rows: pl.DataFrame, own: str, other: str) -> pl.DataFrame:
    """Return (pair, word) of the words that only one side has."""
    words = pl.col(own).str.split(" ").list.set_difference(pl.col(other).str.split(" "))
    long = rows.select("pair", word=words).explode("word", empty_as_null=False, keep_nulls=False)
    return long.filter(~pl.col("word").is_in(IDLE))


def _same(words: pl.DataFrame) -> pl.DataFrame:
    """Keep the pairs of words that are one word: a slip, a beginning, or the same letters with some left out."""
    if words.is_empty():
        return words
    a, b = words["word"].to_list(), words["word_b"].to_list()
    slips = cpdist(a, b, scorer=OSA.distance, score_cutoff=2, dtype=np.int8)
    common = cpdist(a, b, scorer=LCSseq.similarity, dtype=np.int16)
    shorter = words.select(pl.min_horizontal(pl.col("word", "word_b").str.len_chars())).to_series().to_numpy()
    first = words.select(pl.col("word").str.slice(0, 1) == pl.col("word_b").str.slice(0, 1)).to_series().to_numpy()
    shortened = first & (common == shorter) & (shorter > 1)
    misspelt = ((slips <= 1) & (shorter >= SHORTEST)) | ((slips <= 2) & (shorter >= LONG))
    return words.filter(pl.Series(shortened | misspelt))


def _told(words: pl.DataFrame, pairs: int) -> tuple[Flags, Flags]:
    """Say of each pair whether a word is left, and whether one of them names another unit."""
    left, unit = np.zeros(pairs, dtype=np.bool_), np.zeros(pairs, dtype=np.bool_)
    left[words["pair"].to_numpy()] = True
    unit[words.filter(pl.col("word").is_in(UNITS))["pair"].to_numpy()] = True
    return left, unit
