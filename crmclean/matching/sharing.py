"""How many other people or firms have a value: the weight of sharing it.

A value that nobody else has is strong evidence; a main line, a head office or a family's address is not. What counts
are the other entities with the value, told apart by a rough signature of their names, so that duplicates do not make
a value look common.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.folding import hashed

Codes = NDArray[np.uint64]
Floats = NDArray[np.float32]
COMMON = 5.0  # strangers beyond the file from which one more is likely however few are in it: a town, a region
NOTHING = 0  # the code of a blank
FEW = 100  # records up to which signatures tell entities apart well enough
DISTINCT = 0.6  # of more records than that, at least this share are different entities


@dataclass(frozen=True)
class Shared:
    """Values of one kind of evidence: a code per record and place, and how many other entities have it.

    entities: how many have any value of the kind.
    """

    codes: tuple[Codes, ...]
    others: tuple[Floats, ...]
    entities: float

    def chance(self, others: Floats, stranger: float, size: int) -> Floats:
        """Return the chance that a stranger has a value: as in this file, and in one of `size` with `stranger` more."""
        seen = np.maximum(others - 1.0, 0.0) + (stranger >= COMMON)  # the pair itself may look like two
        here = np.minimum(seen / max(self.entities - 1.0, 1.0), 1.0)
        return np.asarray(np.maximum(np.minimum((others + stranger) / size, 1.0), here))


def shared(features: pl.DataFrame, column: str, signature: str = "signature", places: int = 1) -> Shared:
    """Count for each value of `column` (text, or a list of text) the other entities with it.

    places: how many values of a list are looked at; `signature` tells entities apart.
    """
    coded = [_coded(features, column, place) for place in range(min(places, _most(features[column])))]
    names = features.select(hashed(pl.col(signature))).to_series()
    long = pl.concat([pl.DataFrame({"code": codes, "signature": names}) for codes in coded])
    filled = long.filter(pl.col("code") != NOTHING)
    counts = (pl.col("signature").drop_nulls().n_unique().alias("names"), pl.len().alias("records"))
    counted = filled.filter(pl.col("code").is_duplicated()).group_by("code").agg(counts)  # of others nobody has it
    table = counted.select("code", others=pl.max_horizontal(_entities(), 0.0))
    others = [_looked_up(codes, table) for codes in coded]
    entities = float(filled.select(counts).select(_entities()).item()) + 1.0
    return Shared(tuple(codes.to_numpy() for codes in coded), tuple(others), entities)


def _entities() -> pl.Expr:
    """Return the entities, but for one, among `records` with so many `names`."""
    names = pl.col("names").cast(pl.Float64)
    many = pl.max_horizontal(names, pl.col("records") * DISTINCT)
    return pl.when(pl.col("records") <= FEW).then(names).otherwise(many) - 1


def _most(values: pl.Series) -> int:
    """Return how many values a record has at most; at least one place is looked at."""
    return max([1, *values.list.len().unique().to_list()]) if isinstance(values.dtype, pl.List) else 1


def _coded(features: pl.DataFrame, column: str, place: int) -> pl.Series:
    values = features[column]
    if isinstance(values.dtype, pl.List):
        values = values.list.get(place, null_on_oob=True)
    return values.hash(seed=0).zip_with(values.is_not_null(), pl.Series([NOTHING], dtype=pl.UInt64)).rename("code")


def _looked_up(codes: pl.Series, table: pl.DataFrame) -> Floats:
    joined = codes.to_frame().join(table, on="code", how="left", maintain_order="left")
    return joined["others"].fill_null(0.0).cast(pl.Float32).to_numpy()


def crowded(found: Shared, limit: float) -> int:
    """Return the number of values that more than `limit` other entities have."""
    crowd = [codes[others > limit] for codes, others in zip(found.codes, found.others, strict=True)]
    return int(np.unique(np.concatenate(crowd)).size)


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
