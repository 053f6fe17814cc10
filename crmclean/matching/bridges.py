"""Bridges: matches that alone hold two groups together. Closure amplifies one wrong match; these deserve a look."""

from collections.abc import Mapping

import polars as pl

FEWEST = 4  # records of a group in which a bridge can join two groups
SURE = 0.995  # a match that is surer holds whatever it joins


def bridges(edges: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the edges (left, right) that alone join two parts of at least two records, and are not sure.

    edges: (left, right, probability). groups: (record, group). Groups so large are few, so they are walked one by one.
    """
    large = groups.filter(pl.len().over("group") >= FEWEST)
    inside = edges.join(large, left_on="left", right_on="record").sort("group", "left", "right")
    found = [
        (left, right) for part in inside.partition_by("group", maintain_order=True) for left, right in _of_group(part)
    ]
    return pl.DataFrame(found, schema={"left": pl.String, "right": pl.String}, orient="row")


def _of_group(edges: pl.DataFrame) -> list[tuple[str, str]]:
    unsure = edges.filter(pl.col("probability") < SURE).select("left", "right").rows()
    neighbours: dict[str, set[str]] = {}
    for left, right in edges.select("left", "right").iter_rows():
        neighbours.setdefault(left, set()).add(right)
        neighbours.setdefault(right, set()).add(left)
    return [(left, right) for left, right in unsure if _joins(neighbours, left, right)]


def _joins(neighbours: Mapping[str, set[str]], left: str, right: str) -> bool:
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
