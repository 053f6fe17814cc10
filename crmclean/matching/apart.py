"""What tells parent and child of one name and one address apart: their birthdates, or one is Jr and the other Sr."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from crmclean.matching.slicing import Flags, Places
from crmclean.matching.weights import AGREES, DIFFERS, MISSING, NEAR, Part, Weights

TRUSTED = 0.25  # where true pairs differ in their birthdates more often, the file's birthdates prove nothing
GENERATION = 15  # years
BARE_YEAR = 4  # letters
AGE_M = (1.0, 0.06, 0.04, 0.90)  # chance that the ages of one person differ, are close, agree
CLOSE_AGES = 2  # years
AGE_U = 0.05  # chance that strangers are of one age


def told_apart(
    features: pl.DataFrame, left: Places, right: Places, born: Sequence[Part], numbers: Sequence[Part], weights: Weights
) -> Flags:
    """Say which pairs are two persons: a generation lies between their birthdates, or one is Jr and the other Sr.

    A generation between their ages does, too; a number in common outweighs it.
    born, numbers: the compared birthdates and identifying numbers.
    """
    apart = np.zeros(len(left), dtype=np.bool_)
    generation, ages = features["generation"], features["age"]
    if generation.null_count() < len(generation):
        apart |= (generation.gather(left) != generation.gather(right)).fill_null(value=False).to_numpy()
    if ages.null_count() < len(ages):
        apart |= ((ages.gather(left) - ages.gather(right)).abs() >= GENERATION).fill_null(value=False).to_numpy()
    for part in born:
        if weights.parts[part.name][DIFFERS] <= TRUSTED:
            apart |= _another_generation(features["birthdate"], left, right, part)
    for part in numbers:
        apart &= part.levels < NEAR
    return np.asarray(apart)


def aged(ages: pl.Series, left: Places, right: Places) -> tuple[Part, ...]:
    """Compare ages in years: lists of two years say one more or less of the same person."""
    if ages.null_count() == len(ages):
        return ()
    apart = (ages.gather(left) - ages.gather(right)).abs().fill_null(-1).to_numpy()
    levels = np.select([apart < 0, apart <= 1, apart <= CLOSE_AGES], [MISSING, AGREES, NEAR], DIFFERS).astype(np.int8)
    return (Part("age", levels, np.where(levels > DIFFERS, np.log(AGE_U), 0.0).__getitem__, AGE_M),)


def born_otherwise(
    features: pl.DataFrame, left: Places, right: Places, born: Sequence[Part], weights: Weights
) -> Flags:
    """Say which pairs have birthdates of which two parts differ at least, of year, month and day, and none is a slip.

    The first of a month or of a year stands for a day that nobody knew.
    """
    answer = np.zeros(len(left), dtype=np.bool_)
    for part in born:
        if weights.parts[part.name][DIFFERS] > TRUSTED:
            continue
        asked = np.flatnonzero(part.levels == DIFFERS)
        dates = features["birthdate"].str.extract_groups(r"^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)$")
        one, other = (dates.gather(side[asked]).struct.unnest() for side in (left, right))
        sides = pl.concat([one, other.rename({"y": "y2", "m": "m2", "d": "d2"})], how="horizontal")
        differ = sum(((pl.col(name) != pl.col(f"{name}2")).cast(pl.Int8) for name in "ymd"), pl.lit(0, pl.Int8))
        turned = (pl.col("m") == pl.col("d2")) & (pl.col("d") == pl.col("m2"))
        guessed = pl.any_horizontal(pl.col("d", "d2") == "01")
        answer[asked] = sides.select((differ > 1) & ~turned & ~guessed).to_series().fill_null(value=False).to_numpy()
    return answer


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
