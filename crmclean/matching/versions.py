"""Rows that carry one record id of one system: for that system they are the same record, exported more than once."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.blocks import Key
from crmclean.matching.folding import hashed
from crmclean.matching.slicing import Flags

NAME = "record-id"
SAME = "same record id"
AGAIN = r"~\d+$"  # how loading tells the second row of an id from the first
HASHED = ":#"  # ids made from the cells of a row: equal rows without an id are no versions of anything
Small = NDArray[np.int8]


def _rows(features: pl.DataFrame) -> pl.DataFrame:
    """Return all rows of an id that stands in more than one; none for ids that stand once."""
    records = features["record"]
    again = _again(records)
    bases = records.filter(again).str.replace(AGAIN, "")
    rows = features.select("i", "record").filter(again | records.is_in(bases.implode()))
    return rows.select("i", key=hashed(pl.col("record").str.replace(AGAIN, "")))


KEY = Key(NAME, _rows, "record")


def _again(records: pl.Series) -> pl.Series:
    """Say which ids are those of further rows of an id."""
    marked = records.str.contains("~", literal=True)  # few are, and a pattern takes its time
    return marked & records.str.contains(AGAIN) & ~records.str.contains(HASHED) if marked.any() else marked


def same(records: pl.Series, left: NDArray[np.int64], right: NDArray[np.int64]) -> Flags:
    """Say which pairs of ranks into the sorted record ids are rows of one id."""
    answer, again = np.zeros(len(left), dtype=np.bool_), _again(records).to_numpy()
    if again.any():
        asked = np.flatnonzero(again[left] | again[right])
        one, other = (records.gather(side[asked]).str.replace(AGAIN, "") for side in (left, right))
        answer[asked] = (one == other).to_numpy()
    return answer


def said(again: Flags) -> tuple[Small, dict[int, str]]:
    """Return how the reasons of a pair name it."""
    return again.astype(np.int8), {1: SAME}
