"""Names that share some of their words: one firm written two ways, or two of one house?

What is left of both names once the common words are gone has to be the same word written otherwise (Center, Ctr);
else these are two firms as often as one. A word that names another unit (Trading, Department, Airport) says so alone.
"""

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA, LCSseq
from rapidfuzz.process import cpdist

from crmclean.matching.parts import Places
from crmclean.matching.vocabulary import Flags, Vocabulary
from crmclean.matching.weights import slices

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


def without_brackets(name: pl.Expr) -> pl.Expr:
    """Return a name with the units that stand in brackets out of them: `Acme (UK) Ltd` is no other spelling of Acme."""
    return name.str.replace_all(rf"(?i)\(({'|'.join(UNITS)})\)", "${1}")


def sisters(one: Places, other: Places, words: Vocabulary) -> Flags:
    """Say of pairs of folded names which have words left that name another unit, or on both sides."""
    flags = np.zeros(len(one), dtype=np.bool_)
    for part in slices(len(one)):
        flags[part] = _sisters(one[part], other[part], words)
    return flags


def _sisters(one: Places, other: Places, words: Vocabulary) -> Flags:
    idle, unit = (words.words.is_in(list(closed)).to_numpy() for closed in (IDLE, UNITS))
    sides = [pl.DataFrame({"pair": pair, "word": word}) for pair, word in words.left(one, other)]
    mine, theirs = (side.filter(~idle[side["word"].to_numpy()]) for side in sides)
    same = _same(mine.join(theirs, on="pair", suffix="_b"), words.words)
    mine = mine.join(same.select("pair", "word"), on=["pair", "word"], how="anti")
    theirs = theirs.join(same.select("pair", word="word_b"), on=["pair", "word"], how="anti")
    left, units = zip(*(_told(side, unit, len(one)) for side in (mine, theirs)), strict=True)
    return np.asarray((left[0] & left[1]) | units[0] | units[1])


def _same(words: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Keep the pairs of words that are one word: a slip, a beginning, or the same letters with some left out."""
    kinds = words.select("word", "word_b").unique()
    pairs = kinds.select(pl.lit(texts).gather("word").alias("a"), pl.lit(texts).gather("word_b").alias("b"))
    a, b = pairs["a"].to_list(), pairs["b"].to_list()
    slips = cpdist(a, b, scorer=OSA.distance, score_cutoff=2, dtype=np.int8)
    common = cpdist(a, b, scorer=LCSseq.similarity, dtype=np.int16)
    shorter = pairs.select(pl.min_horizontal(pl.all().str.len_chars())).to_series().to_numpy()
    first = pairs.select(pl.col("a").str.slice(0, 1) == pl.col("b").str.slice(0, 1)).to_series().to_numpy()
    shortened = first & (common == shorter) & (shorter > 1)
    misspelt = ((slips <= 1) & (shorter >= SHORTEST)) | ((slips <= 2) & (shorter >= LONG))
    return words.join(kinds.filter(pl.Series(shortened | misspelt)), on=["word", "word_b"], how="semi")


def _told(side: pl.DataFrame, unit: Flags, pairs: int) -> tuple[Flags, Flags]:
    """Say of each pair whether a word is left, and whether one of them names another unit."""
    left, units = np.zeros(pairs, dtype=np.bool_), np.zeros(pairs, dtype=np.bool_)
    places = side["pair"].to_numpy()
    left[places] = True
    units[places[unit[side["word"].to_numpy()]]] = True
    return left, units
