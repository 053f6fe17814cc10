"""How the names of two people compare: same, compatible, unknown or in conflict."""

import polars as pl
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

SAME, COMPATIBLE, UNKNOWN, CONFLICT = "same", "compatible", "unknown", "conflict"
TYPO = 0.9  # Jaro-Winkler similarity from which two spellings may be one name


def similarity(pairs: pl.DataFrame, left: str, right: str) -> pl.Series:
    """Return the Jaro-Winkler similarity of two columns; null where a side is; computed once per distinct pair."""
    distinct = pairs.select(left, right).drop_nulls().unique()
    scores = cpdist(distinct[left].to_list(), distinct[right].to_list(), scorer=JaroWinkler.similarity, workers=-1)
    scored = distinct.with_columns(pl.Series("score", scores, dtype=pl.Float64))
    return pairs.select(left, right).join(scored, on=[left, right], how="left", maintain_order="left")["score"]


def compared(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add `names` (same, compatible, unknown, conflict) to pairs with given, family and their `_r` twins."""
    pairs = pairs.with_columns(
        similarity(pairs, "given", "given_r").alias("given_score"),
        similarity(pairs, "family", "family_r").alias("family_score"),
    )
    given, family = _part("given"), _part("family")
    swapped = (pl.col("given") == pl.col("family_r")) & (pl.col("family") == pl.col("given_r"))
    either = (given == 0) | (family == 0)
    verdict = (
        pl.when(swapped.fill_null(value=False))
        .then(pl.lit(SAME))
        .when(either)
        .then(pl.lit(CONFLICT))
        .when((given == 3) & (family == 3))
        .then(pl.lit(SAME))
        .when(given.is_null() & family.is_null())
        .then(pl.lit(UNKNOWN))
        .otherwise(pl.lit(COMPATIBLE))
    )
    return pairs.with_columns(verdict.alias("names"))


def _part(name: str) -> pl.Expr:
    """Compare one part: 3 equal, 2 an initial or a typo, 0 different, null unknown."""
    a, b = pl.col(name), pl.col(f"{name}_r")
    initial = (a.str.len_chars() == 1) | (b.str.len_chars() == 1)
    begins = a.str.slice(0, 1) == b.str.slice(0, 1)
    within = a.str.starts_with(b + pl.lit(" ")) | b.str.starts_with(a + pl.lit(" "))
    within = within | a.str.ends_with(pl.lit(" ") + b) | b.str.ends_with(pl.lit(" ") + a)
    return (
        pl.when(a.is_null() | b.is_null())
        .then(None)
        .when(a == b)
        .then(3)
        .when((initial & begins) | within | (pl.col(f"{name}_score") >= TYPO))
        .then(2)
        .otherwise(0)
    )
