"""How two records could have met: the keys that each has, which of them they share, and how many share it with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.matching import firms, people
from crmclean.matching.blocks import BLOCK, Key
from crmclean.records import RECORD

LEAST = 2  # records of a block that makes a pair


@dataclass(frozen=True)
class Met:
    """One key. one, other: whether each record has it. sharing: records in the block that both are in, 0 where none."""

    key: str
    one: bool
    other: bool
    sharing: int

    @property
    def crowded(self) -> bool:
        """Whether so many share it that only neighbors in it were compared."""
        return self.sharing > BLOCK


def meetings(object_: str, frame: pl.DataFrame, pair: Sequence[str]) -> list[Met]:
    """Return every key of people or companies with what the pair of record ids has of it.

    frame: the records as they were matched.
    """
    if object_ == "companies":
        features = firms.prepared(frame)
        keys = firms.keys(features)
    else:
        features = people.with_companies(people.prepared(frame), frame)
        keys = people.keys(features)
    names = features.select("i", record=RECORD.removeprefix("_")).filter(pl.col("record").is_in(list(pair)))
    places = dict(names.select("record", "i").iter_rows())
    return [_met(key, features, places[pair[0]], places[pair[1]]) for key in keys]


def _met(key: Key, features: pl.DataFrame, one: int, other: int) -> Met:
    rows = key.rows(features).drop_nulls().unique()
    mine, theirs = (set(rows.filter(pl.col("i") == place)["key"]) for place in (one, other))
    blocks = rows.filter(pl.col("key").is_in(list(mine & theirs))).group_by("key").len()["len"].to_list()
    sharing = min(blocks, default=0)
    return Met(key.name, bool(mine), bool(theirs), sharing if sharing >= LEAST else 0)
