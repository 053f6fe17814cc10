"""Groups from banded pairs: enemies stay apart, large groups wait, and what waits is named."""

from dataclasses import dataclass

import polars as pl

from crmclean.matching.components import apart, components
from crmclean.matching.model import GROUPS, HELD, MERGE, REVIEW, MatchSettings, Note

LIKELY = 0.5  # a conflict in a pair that is likelier one entity than two does not keep its group apart


@dataclass(frozen=True)
class Grouping:
    """pairs with their final bands, groups to merge, records that wait (record, group, code), and notes."""

    pairs: pl.DataFrame
    groups: pl.DataFrame
    held: pl.DataFrame
    notes: tuple[Note, ...]


def grouped(pairs: pl.DataFrame, settings: MatchSettings) -> Grouping:
    """Make groups from pairs (left, right, probability, band, veto)."""
    edges = pairs.filter(pl.col("band") == MERGE).select("left", "right", "probability", "rule")
    hostile = (pl.col("probability") < LIKELY) | pl.col("asked").fill_null(value=False)
    enemies = pairs.filter(pl.col("veto").is_not_null() & hostile).select("left", "right")
    edges, broken = _kept(edges, enemies)
    groups = _components(edges)
    large = groups.filter(pl.len().over("group") > settings.group_limit)
    groups = groups.join(large, on="record", how="anti", maintain_order="left")
    waiting = (
        pl.concat(
            [
                large.with_columns(pl.lit("dedupe.group-too-large").alias("code")),
                _waiting(pairs, groups),
            ]
        )
        .unique("record", keep="first", maintain_order=True)
        .sort("record")
    )
    notes = (
        [Note("match.group-too-large", "groups over the size limit wait for a person", large["group"].n_unique())]
        if large.height
        else []
    )
    if broken:
        notes.append(
            Note("match.enemies-kept-apart", "matches dropped because their group would hold a conflict", broken)
        )
    return Grouping(
        pairs, _with_rule(groups, edges).cast(GROUPS), waiting.select(HELD.names()).cast(HELD), tuple(notes)
    )


def _with_rule(groups: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Add to each record the rule of its strongest match."""
    sides = [edges.select(pl.col(side).alias("record"), "rule", "probability") for side in ("left", "right")]
    strongest = pl.concat(sides).sort(["record", "probability", "rule"], descending=[False, True, False])
    rules = strongest.unique("record", keep="first", maintain_order=True).select("record", "rule")
    return groups.join(rules, on="record", how="left", maintain_order="left")


def _components(edges: pl.DataFrame) -> pl.DataFrame:
    names = pl.concat([edges["left"], edges["right"]]).unique().sort()
    left, right = (names.search_sorted(edges[side]).cast(pl.Int64).to_numpy() for side in ("left", "right"))
    label = pl.Series(components(len(names), left, right))
    return pl.DataFrame({"record": names, "group": names.gather(label)}).filter(pl.len().over("group") > 1)


def _kept(edges: pl.DataFrame, enemies: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Drop the weakest edges that would bring two enemies into one group; say how many."""
    group = _components(edges)
    together = (
        enemies.join(group, left_on="left", right_on="record")
        .join(group, left_on="right", right_on="record", suffix="_r")
        .filter(pl.col("group") == pl.col("group_r"))
    )
    if together.is_empty():
        return edges, 0
    troubled = group.join(together.select("group").unique(), on="group", how="semi").sort("record")
    suspect = edges.join(troubled, left_on="left", right_on="record", how="semi")
    suspect = suspect.sort(["probability", "left", "right"], descending=[True, False, False])
    names = troubled["record"]
    ids = [names.search_sorted(suspect[side]).cast(pl.Int64).to_numpy() for side in ("left", "right")]
    low, high = (names.search_sorted(together[side]).to_list() for side in ("left", "right"))
    hostile = set(zip(low, high, strict=True))
    fine = suspect.filter(pl.Series(apart(ids[0], ids[1], hostile)))
    rest = edges.join(suspect, on=["left", "right"], how="anti")
    return pl.concat([rest, fine]), suspect.height - fine.height


def _waiting(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the records (and their groups) of pairs that a person has to answer."""
    asked = pairs.filter(pl.col("band") == REVIEW).select("left", "right", probability=pl.lit(1.0))
    chained = groups.filter(pl.col("record") != pl.col("group"))
    chained = chained.select(left="group", right="record", probability=pl.lit(1.0))
    islands = _components(pl.concat([asked, chained]))
    doubtful = islands.join(asked, left_on="record", right_on="left", how="semi").select("group").unique()
    return islands.join(doubtful, on="group", how="semi").with_columns(pl.lit("dedupe.undecided").alias("code"))
