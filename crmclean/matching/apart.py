"""What tells parent and child of one name and one address apart: their birthdates, or one is Jr and the other Sr."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.weights import DIFFERS, NEAR, Part, Weights

TRUSTED = 0.25  # where true pairs differ in their birthdates more often, the file's birthdates prove nothing
GENERATION = 15  # years
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


def told_apart(
    features: pl.DataFrame, left: Places, right: Places, born: list[Part], numbers: list[Part], weights: Weights
) -> Flags:
    """Say which pairs are two persons: a generation lies between their birthdates, or one is Jr and the other Sr.

    A number in common outweighs it. born, numbers: the compared birthdates and identifying numbers.
    """
    generation = features["generation"]
    apart = (generation.gather(left) != generation.gather(right)).fill_null(value=False).to_numpy()
    for part in born:
        if weights.parts[part.name][DIFFERS] <= TRUSTED:
            apart |= _another_generation(features["birthdate"], left, right, part)
    for part in numbers:
        apart &= part.levels < NEAR
    return np.asarray(apart)


def _another_generation(birthdates: pl.Series, left: Places, right: Places, part: Part) -> Flags:
    """Say which pairs have birthdates so far apart, in the month or day, too, that one may be the other's parent."""
    asked = np.flatnonzero(part.levels == DIFFERS)
    days = birthdates.str.to_date("%Y-%m-%d", strict=False)
    one, other = (days.gather(side[asked]).rename(name) for side, name in ((left, "one"), (right, "other")))
    years = (pl.col("one").dt.year() - pl.col("other").dt.year()).abs()
    birthday = (pl.col("one").dt.month() == pl.col("other").dt.month()) & (
        pl.col("one").dt.day() == pl.col("other").dt.day()
    )
    far = pl.DataFrame([one, other]).select((years >= GENERATION) & ~birthday).to_series()
    answer = np.zeros(len(part.levels), dtype=np.bool_)
    answer[asked] = far.fill_null(value=False).to_numpy()
    return answer
