"""Where the bands lie: from the precision that the file's own probabilities promise, not from a constant."""

from dataclasses import replace

import numpy as np
import polars as pl

from crmclean.matching.model import LEAVE, MERGE, REVIEW, MatchSettings, Note
from crmclean.matching.weights import Weights

PRECISION = 0.99  # promised of the merge band, as far as the file itself can tell
LOWEST = 0.5  # the merge band starts nowhere below
FEW = 10  # pairs that carry no doubtful one with them: in a small file each has to be sure by itself
REVIEW_FROM = 0.2  # a pair below is one in five at best: not worth a person's look


def banded(pairs: pl.DataFrame, weights: Weights, settings: MatchSettings) -> tuple[pl.DataFrame, list[Note], Weights]:
    """Add `band` to scored pairs, say how many wait for a person, and keep with the weights where merging starts."""
    free = pairs.filter(pl.col("veto").is_null())["probability"].to_numpy()
    kept = weights.merge if settings.weights is not None and weights.merge is not None else merge_from(free)
    merge = kept if settings.merge is None else settings.merge
    review = REVIEW_FROM if settings.review is None else settings.review
    free_of_conflict = pl.col("veto").is_null()
    worth = (pl.col("probability") >= review) & free_of_conflict
    band = (
        pl.when((pl.col("probability") >= merge) & free_of_conflict)
        .then(pl.lit(MERGE))
        .when(worth | pl.col("asked"))
        .then(pl.lit(REVIEW))
        .otherwise(pl.lit(LEAVE))
    )
    named = pairs.with_columns(band.alias("band"))
    return named, _notes(named), replace(weights, merge=kept)


def merge_from(probabilities: np.ndarray) -> float:
    """Return the lowest probability from which the pairs, but for the first few, together promise PRECISION."""
    down = np.sort(probabilities)[::-1]
    wrong = np.cumsum(1 - down)
    fine = np.flatnonzero((wrong <= (1 - PRECISION) * (np.arange(1, len(down) + 1) - FEW)) & (down >= LOWEST))
    return min(float(down[fine[-1]]), PRECISION) if len(fine) else PRECISION


def _notes(pairs: pl.DataFrame) -> list[Note]:
    waiting = pairs.filter(pl.col("band") == REVIEW)
    if not waiting.height:
        return []
    expected = round(float(waiting.filter(pl.col("veto").is_null())["probability"].sum()))
    problem = f"pairs wait for a person; about {expected:,} of them are expected to be duplicates"
    return [Note("match.review", problem, waiting.height)]
