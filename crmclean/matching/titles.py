"""How the names of two organisations compare: by words, where a rare word says more than a common one."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from crmclean.matching.sisters import sisters

MISSING, CONFLICT, ACRONYM, OVERLAP, CONTAINED, MISSPELT, EQUAL = range(7)
M = (1.0, 0.05, 0.02, 0.08, 0.13, 0.10, 0.62)  # chance of each level in true pairs
ALIKE = 0.94  # Jaro-Winkler similarity of whole names that passes for a misspelling
LONG = 8  # letters from which two slips pass
SHARE = 0.6  # of the weight of all words that the common ones must carry
SOME = 0.3  # of that weight where one of the common words is rare
RARE = 0.02  # a word that more names have carries no containment alone ("Bank" in "Acme Bank")
SHORTEST = 3  # letters of an acronym
CHANCE = 1e-3  # that a stranger's initials fit

Levels = NDArray[np.int8]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Titles:
    """The names of all records: code per record (-1 missing), distinct folded names, and how often each is."""

    codes: Places
    names: pl.DataFrame  # code, words, count


def titled(words: pl.Series) -> Titles:
    """Return folded names as codes into the sorted distinct ones."""
    frame = words.to_frame("words")
    counted = frame.drop_nulls().group_by("words").agg(pl.len().cast(pl.Float64).alias("count")).sort("words")
    names = counted.with_row_index("code").with_columns(pl.col("code").cast(pl.Int64))
    codes = frame.join(names, on="words", how="left", maintain_order="left")["code"].fill_null(-1)
    return Titles(codes.to_numpy(), names)


@dataclass(frozen=True)
class Likeness:
    """How the names of pairs compare: their level, the log chance that a stranger's name agrees so well.

    sisters: the names share some words, and what is left most likely names another firm of the house.
    """

    level: Levels
    log_u: Floats
    sisters: NDArray[np.bool_]


def compared(left: Places, right: Places, titles: Titles, size: int) -> Likeness:
    """Return how the names of each pair compare."""
    pairs = pl.DataFrame({"a": titles.codes[left], "b": titles.codes[right]})
    low, high = pl.min_horizontal("a", "b"), pl.max_horizontal("a", "b")
    distinct = pairs.filter((pl.col("a") >= 0) & (pl.col("b") >= 0)).select(a=low, b=high).unique()
    judged = _judged(distinct, titles, size)
    found = pairs.select(a=low, b=high).join(judged, on=["a", "b"], how="left", maintain_order="left")
    house = found["sisters"].fill_null(value=False).to_numpy()
    return Likeness(found["level"].fill_null(MISSING).to_numpy(), found["log_u"].fill_null(0.0).to_numpy(), house)


def _judged(pairs: pl.DataFrame, titles: Titles, size: int) -> pl.DataFrame:
    names = _marked(titles.names)
    both = _overlap(pairs, names).sort("a", "b")
    one, other = names[both["a"]], names[both["b"]]
    both = pl.concat([both, one.drop("code"), other.drop("code").select(pl.all().name.suffix("_b"))], how="horizontal")
    squeezed = [both["squeezed"], both["squeezed_b"]]
    digits = pl.col("digits") == pl.col("digits_b")
    share = pl.col("common") / (pl.col("weight") + pl.col("weight_b") - pl.col("common"))
    least = pl.min_horizontal("weight", "weight_b")
    rare = pl.col("rarest") <= RARE * names.height + 1
    begins = _begins(*squeezed)
    contained = ((pl.col("common") >= least - 1e-9) & rare) | begins
    level = (
        pl.when(pl.Series(squeezed[0] == squeezed[1]) | (pl.col("a") == pl.col("b")) | (share > 1 - 1e-9))
        .then(EQUAL)
        .when(~digits)
        .then(CONFLICT)
        .when(pl.Series(_slips(*squeezed)))
        .then(MISSPELT)
        .when(contained)
        .then(CONTAINED)
        .when((share >= SHARE) | ((share >= SOME) & rare))
        .then(OVERLAP)
        .when(_acronym())
        .then(ACRONYM)
        .otherwise(CONFLICT)
        .cast(pl.Int8)
        .alias("level")
    )
    return _told_apart(both.with_columns(level).with_columns(log_u=_chance(size).log()))


def _chance(size: int) -> pl.Expr:
    """Return the chance that a stranger's name agrees on this level; size: of all records."""
    commoner = pl.max_horizontal("count", "count_b") / size
    by_word = pl.min_horizontal(pl.col("rarest").fill_null(size) / size, 1.0)
    return (
        pl.when(pl.col("level") >= MISSPELT)
        .then(commoner)
        .when(pl.col("level") >= OVERLAP)
        .then(by_word)
        .when(pl.col("level") == ACRONYM)
        .then(CHANCE)
        .otherwise(1.0)
    )


def _marked(names: pl.DataFrame) -> pl.DataFrame:
    """Add what pairs compare of each name: there are many more pairs than names."""
    words = pl.col("words")
    return names.with_columns(
        squeezed=words.str.replace_all(" ", "", literal=True),
        digits=words.str.replace_all(r"\D+", " ").str.strip_chars(),
        initials=words.str.replace_all(r"(\S)\S*\s*", "${1}"),
        short=~words.str.contains(" ", literal=True) & (words.str.len_chars() >= SHORTEST),
    )


def _told_apart(judged: pl.DataFrame) -> pl.DataFrame:
    """Add which of the names that share some words are most likely two firms of one house."""
    partly = judged["level"].is_in([OVERLAP, CONTAINED, MISSPELT]).to_numpy()
    apart = np.zeros(judged.height, dtype=np.bool_)
    apart[partly] = sisters(judged.filter(pl.Series(partly)))
    return judged.select("a", "b", "level", "log_u", pl.Series("sisters", apart))


def _overlap(pairs: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return per pair the weight of common words, of all words of each side, and the records of the rarest one."""
    long = names.select("code", "count", word=pl.col("words").str.split(" ").list.unique())
    long = long.explode("word", empty_as_null=False)
    known = long.group_by("word").agg(pl.col("count").sum().alias("df"))
    total = float(names["count"].sum() or 1.0)
    long = long.join(known, on="word").with_columns(idf=(1.0 + total / pl.col("df")).log())
    weights = long.group_by("code").agg(pl.col("idf").sum().alias("weight"))
    common = (
        pairs.join(long.select("code", "word", "idf", "df"), left_on="a", right_on="code")
        .join(long.select("code", "word"), left_on=["b", "word"], right_on=["code", "word"])
        .group_by("a", "b")
        .agg(pl.col("idf").sum().alias("common"), pl.col("df").min().alias("rarest"))
    )
    found = pairs.join(common, on=["a", "b"], how="left").with_columns(pl.col("common").fill_null(0.0))
    found = found.join(weights, left_on="a", right_on="code", how="left")
    return found.join(weights, left_on="b", right_on="code", how="left", suffix="_b")


def _begins(one: pl.Series, other: pl.Series) -> pl.Series:
    """Say which pairs have one name as the beginning of the other, such as Art's Deli and Art's Delicatessen."""
    a, b = pl.col("a"), pl.col("b")
    long_enough = pl.min_horizontal(a.str.len_chars(), b.str.len_chars()) > LONG - 2
    return (
        pl.DataFrame({"a": one, "b": other})
        .select((a.str.starts_with(b) | b.str.starts_with(a)) & long_enough)
        .to_series()
    )


def _slips(one: pl.Series, other: pl.Series) -> NDArray[np.bool_]:
    if one.is_empty():
        return np.zeros(0, dtype=np.bool_)
    a, b = one.to_list(), other.to_list()
    distance = cpdist(a, b, scorer=OSA.distance, score_cutoff=2, dtype=np.int8, workers=-1)
    alike = cpdist(a, b, scorer=JaroWinkler.similarity, dtype=np.float32, workers=-1)
    shorter = np.minimum(one.str.len_chars().to_numpy(), other.str.len_chars().to_numpy())
    near = ((distance <= 1) & (shorter > LONG // 2)) | ((distance <= 2) & (shorter > LONG))
    return np.asarray(near | ((alike >= ALIKE) & (shorter > LONG)))


def _acronym() -> pl.Expr:
    one = (pl.col("initials") == pl.col("words_b")) & pl.col("short_b")
    return one | ((pl.col("initials_b") == pl.col("words")) & pl.col("short"))
