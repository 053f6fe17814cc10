"""What tells parent and child of one name and one address apart: their birthdates, or one is Jr and the other Sr."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.weights import DIFFERS, NEAR, Part, Weights

TRUSTED = 0.25  # where true pairs differ in their birthdates more often, the file's birthdates prove nothing
GENERATION = 15  # years
BARE_YEAR = 4  # letters
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


def told_apart(
    features: pl.DataFrame, left: Places, right: Places, born: list[Part], numbers: list[Part], weights: Weights
) -> Flags:
    """Say which pairs are two persons: a generation lies between their birthdates, or one is Jr and the other Sr.

    A generation between their ages does, too; a number in common outweighs it.
    born, numbers: the compared birthdates and identifying numbers.
    """
    generation = features["generation"]
    apart = (generation.gather(left) != generation.gather(right)).fill_null(value=False).to_numpy()
    ages = features["age"]
    apart = apart | ((ages.gather(left) - ages.gather(right)).abs() >= GENERATION).fill_null(value=False).to_numpy()
    for part in born:
        if weights.parts[part.name][DIFFERS] <= TRUSTED:
            apart |= _another_generation(features["birthdate"], left, right, part)
    for part in numbers:
        apart &= part.levels < NEAR
    return np.asarray(apart)


def one_generation(features: pl.DataFrame, left: Places, right: Places) -> Flags:
    """Say which pairs have a Jr, or a number, on one side only: the other may be the parent."""
    junior = (features["generation"].is_not_null() & (features["generation"] != "sr")).to_numpy()
    return np.asarray(junior[left] != junior[right])


def _another_generation(birthdates: pl.Series, left: Places, right: Places, part: Part) -> Flags:
    """Say which pairs have birthdates so far apart, in the month or day, too, that one may be the other's parent."""
    asked = np.flatnonzero(part.levels == DIFFERS)
    sides = (birthdates.gather(places[asked]).rename(name) for places, name in ((left, "one"), (right, "other")))
    one, other = pl.col("one"), pl.col("other")
    years = (
        one.str.slice(0, 4).cast(pl.Int32, strict=False) - other.str.slice(0, 4).cast(pl.Int32, strict=False)
    ).abs()
    birthday = (one.str.len_chars() > BARE_YEAR) & (one.str.slice(5) == other.str.slice(5))
    far = pl.DataFrame(list(sides)).select((years >= GENERATION) & ~birthday).to_series()
    answer = np.zeros(len(part.levels), dtype=np.bool_)
    answer[asked] = far.fill_null(value=False).to_numpy()
    return answer
