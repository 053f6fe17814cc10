"""How many other people or firms have a value: the weight of sharing it.

A value that nobody else has is strong evidence; a main line, a head office or a family's address is not. What counts
are the other entities with the value, told apart by a rough signature of their names, so that duplicates do not make
a value look common.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from crmclean.matching.coding import Codes, Names, numbered

Floats = NDArray[np.float32]
COMMON = 5.0  # strangers beyond the file from which one more is likely however few are in it: a town, a region
FEW = 100  # records up to which signatures tell entities apart well enough
DISTINCT = 0.6  # of more records than that, at least this share are different entities


@dataclass(frozen=True)
class Shared:
    """Values of one kind of evidence: a code per record and place, -1 for a blank.

    others: how many other entities have the value of each code. entities: how many have any.
    """

    codes: tuple[Codes, ...]
    others: Floats
    entities: float

    def chances(self, stranger: float, size: int) -> Floats:
        """Return of each value the chance that a stranger has it: as here, and in `size` with `stranger` more."""
        seen = np.maximum(self.others - 1.0, 0.0) + (stranger >= COMMON)  # the pair itself may look like two
        here = np.minimum(seen / max(self.entities - 1.0, 1.0), 1.0)
        return np.asarray(np.maximum(np.minimum((self.others + stranger) / size, 1.0), here))


def shared(features: pl.DataFrame, column: str, places: int = 1, names: Names | None = None) -> Shared:
    """Count for each value of `column` (text, or a list of text) the other entities with it.

    places: how many values of a list are looked at. names: the values, where they are coded already.
    """
    values = _placed(features[column], places)
    codes = numbered(pl.concat(values)) if names is None else names.codes
    signatures = np.tile(features["signature"].cast(pl.Int64).fill_null(-1).to_numpy(), len(values))
    there, named = codes >= 0, signatures >= 0
    counts = np.bincount(codes[there], minlength=1).astype(np.float64)
    anybody = _entities(np.bincount(signatures[there & named]).astype(np.bool_).sum(), there.sum())
    rows = np.flatnonzero(there & named & (counts > 1)[codes])  # of other values nobody else has it
    size = signatures.max(initial=0) + 1
    both = np.sort(codes[rows] * size + signatures[rows])  # a tenth of the time of np.unique
    kinds = both[np.diff(both, prepend=-1) > 0]
    others = np.maximum(_entities(np.bincount(kinds // size, minlength=len(counts)), counts), 0.0)
    return Shared(tuple(np.split(codes, len(values))), others.astype(np.float32), float(anybody) + 1.0)


def _placed(values: pl.Series, places: int) -> list[pl.Series]:
    """Return the first values of every record, then the second ones, and so on; at least one place is looked at."""
    if not isinstance(values.dtype, pl.List):
        return [values]
    most = max([1, *values.list.len().unique().to_list()])
    return [values.list.get(place, null_on_oob=True) for place in range(min(places, most))]


def _entities(names: ArrayLike, records: ArrayLike) -> NDArray[np.float64]:
    """Return the entities, but for one, among `records` with so many `names`."""
    many = np.maximum(names, np.multiply(records, DISTINCT))
    return np.asarray(np.where(np.less_equal(records, FEW), names, many) - 1.0)


def crowded(found: Shared, limit: float) -> int:
    """Return the number of values that more than `limit` other entities have."""
    return int((found.others > limit).sum())


def only_name(
    features: pl.DataFrame, column: str, left: NDArray[np.int64], right: NDArray[np.int64], asked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say which of the asked pairs share a value, or one of a list, that no record of another name has."""
    places = np.flatnonzero(asked)
    long = features.lazy().select("i", "signature", key=column)
    if isinstance(features[column].dtype, pl.List):
        long = long.explode("key", empty_as_null=False, keep_nulls=False)
    pairs = pl.LazyFrame({"pair": places, "left": left[places], "right": right[places]})
    sides = long.select("i", "key")
    met = pairs.join(sides, left_on="left", right_on="i").join(sides, left_on=["right", "key"], right_on=["i", "key"])
    names = long.join(met.select("key").unique(), on="key", how="semi").group_by("key")
    one = names.agg(pl.col("signature").drop_nulls().n_unique().alias("names")).filter(pl.col("names") <= 1)
    answer = np.zeros(len(asked), dtype=np.bool_)
    if len(places):
        answer[met.join(one, on="key", how="semi").select("pair").unique().collect()["pair"].to_numpy()] = True
    return answer
