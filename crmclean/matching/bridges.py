"""Bridges: matches that alone hold two groups together. Closure amplifies one wrong match; these deserve a look."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

import polars as pl

FEWEST = 4  # records of a group in which a bridge can join two groups
SURE = 0.995  # a match that is surer holds whatever it joins


def bridges(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the edges (left, right) that alone join two parts of at least two records, and are not sure.

    edges: (left, right, probability). groups: (record, group). Groups so large are few, so they are walked one by one.
    """
    large = groups.filter(pl.len().over("group") >= FEWEST)
    inside = edges.join(large, left_on="left", right_on="record").sort("group", "left", "right")
    doubtful = inside.filter((pl.col("probability") < SURE).any().over("group"))
    rows = doubtful.select("group", "left", "right", "probability").iter_rows()
    found = [pair for _, part in groupby(rows, itemgetter(0)) for pair in _of_group(part)]
    return pl.DataFrame(found, schema=edges.select("left", "right").schema, orient="row")


def _of_group(edges: Iterable[tuple[int, int, int, float]]) -> list[tuple[int, int]]:
    unsure: list[tuple[int, int]] = []
    neighbours: dict[int, set[int]] = {}
    for _, left, right, probability in edges:
        neighbours.setdefault(left, set()).add(right)
        neighbours.setdefault(right, set()).add(left)
        if probability < SURE:
            unsure.append((left, right))
    return [(left, right) for left, right in unsure if _joins(neighbours, left, right)]


def _joins(neighbours: Mapping[int, set[int]], left: int, right: int) -> bool:
    """Say whether, without this edge, `right` is out of reach of `left`, and neither is alone."""
    seen, ahead = {left}, [left]
    while ahead:
        node = ahead.pop()
        for near in neighbours[node]:
            if {node, near} == {left, right}:
                continue
            if near == right:
                return False
            if near not in seen:
                seen.add(near)
                ahead.append(near)
    return len(seen) > 1 and len(neighbours) - len(seen) > 1
