"""Groups from banded pairs: enemies stay apart, bridges and large groups wait, and what waits is named."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from crmclean.matching.bridges import SURE, bridges
from crmclean.matching.components import apart, components
from crmclean.matching.model import MERGE, PAIR, REVIEW, Note

Opposed = Callable[[pl.DataFrame], pl.Series]


@dataclass(frozen=True)
class Grouping:
    """pairs with their final bands, groups to merge, records that wait (record, group, code), and notes."""

    pairs: pl.DataFrame
    groups: pl.DataFrame
    held: pl.DataFrame
    notes: tuple[Note, ...]


def grouped(
    pairs: pl.DataFrame, accepted: pl.DataFrame, limit: int, opposed: Opposed, forbidden: Opposed | None = None
) -> Grouping:
    """Make groups from pairs (left, right, probability, band, rule, reasons, veto, soft) of places of records.

    accepted: (left, right) that a person decided on. limit: most records of one group. opposed: says of pairs (left,
    right) that were not compared whether their records cannot be one. forbidden: says it of any pair, where the plan
    keeps records apart.
    """
    edges = pairs.filter(pl.col("band") == MERGE).select("left", "right", "probability", "rule")
    groups = _components(edges)
    enemies = _enemies(pairs, edges, groups, limit, opposed)
    if forbidden is not None:
        enemies = pl.concat([enemies, _forbidden(groups, accepted, limit, forbidden)]).unique()
    hostile = _hostile(edges, groups, enemies)
    edges, groups = _without(edges, groups, hostile)
    weak = bridges(edges, groups).join(accepted, on=PAIR, how="anti")  # but for those that a person made
    edges, groups = _without(edges, groups, weak)
    pairs = _asked_about(pairs, weak)
    large = groups.filter(pl.len().over("group") > limit)
    groups = groups.join(large, on="record", how="anti", maintain_order="left")
    waiting = [large.with_columns(pl.lit("dedupe.group-too-large").alias("code")), _waiting(pairs, groups)]
    held = pl.concat(waiting).unique("record", keep="first", maintain_order=True).sort("record")
    said = (
        ("match.group-too-large", "groups over the size limit wait for a person", large["group"].n_unique()),
        ("match.enemies-kept-apart", "matches dropped because their group would hold a conflict", hostile.height),
        ("match.bridges", "matches that alone join two groups wait for a person", weak.height),
    )
    notes = tuple(Note(*note) for note in said if note[2])
    return Grouping(pairs, _with_rule(groups, edges), held, notes)


def _enemies(
    pairs: pl.DataFrame, edges: pl.DataFrame, groups: pl.DataFrame, limit: int, opposed: Opposed
) -> pl.DataFrame:
    """Return the pairs that must not share a group: vetoed ones, and opposed ones that unsure chains join."""
    hostile = pl.col("veto").is_not_null() & ~pl.col("soft").fill_null(value=False)
    vetoed = pairs.filter(hostile).select("left", "right")
    unsure = edges.filter(pl.col("probability") < SURE).join(groups, left_on="left", right_on="record").select("group")
    doubtful = groups.join(unsure, on="group", how="semi", maintain_order="left")
    chained = doubtful.filter(pl.len().over("group").is_between(3, limit)).lazy()
    inside = chained.join(chained, on="group", suffix="_r").filter(pl.col("record") < pl.col("record_r"))
    unseen = inside.select(left="record", right="record_r").collect().join(pairs, on=["left", "right"], how="anti")
    return pl.concat([vetoed, unseen.filter(opposed(unseen))]) if unseen.height else vetoed


def _forbidden(groups: pl.DataFrame, accepted: pl.DataFrame, limit: int, forbidden: Opposed) -> pl.DataFrame:
    """Return the pairs within groups that the plan keeps apart, but for those that a person joined."""
    members = groups.filter(pl.len().over("group") <= limit)
    inside = members.join(members, on="group", suffix="_r").filter(pl.col("record") < pl.col("record_r"))
    pairs = inside.select(left="record", right="record_r").sort("left", "right")
    return pairs.filter(forbidden(pairs)).join(accepted, on=PAIR, how="anti")


def _asked_about(pairs: pl.DataFrame, weak: pl.DataFrame) -> pl.DataFrame:
    """Move bridges to the review band and say so."""
    marked = pairs.join(
        weak.with_columns(bridge=pl.lit(value=True)), on=["left", "right"], how="left", maintain_order="left"
    )
    bridge = pl.col("bridge").fill_null(value=False)
    reasons = pl.concat_str("reasons", pl.lit("; alone joins two groups"))
    return marked.with_columns(
        pl.when(bridge).then(pl.lit(REVIEW)).otherwise("band").alias("band"),
        pl.when(bridge).then(reasons).otherwise("reasons").alias("reasons"),
    ).drop("bridge")


def _with_rule(groups: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Add to each record the rule of its strongest match, the first by name of those that are as strong."""
    rules = edges["rule"].unique().sort()
    rule = edges["rule"].cast(pl.Enum(rules)).to_physical().to_numpy()
    chance, sides = edges["probability"].to_numpy(), [edges[side].to_numpy() for side in PAIR]
    records = np.concatenate(sides).max(initial=-1) + 1
    best, first = np.full(records, -1.0), np.full(records, len(rules))
    for side in sides:
        np.maximum.at(best, side, chance)
    for side in sides:
        strongest = np.flatnonzero(chance == best[side])
        np.minimum.at(first, side[strongest], rule[strongest])
    return groups.with_columns(rule=rules.gather(first[groups["record"].to_numpy()]))


def _components(edges: pl.DataFrame) -> pl.DataFrame:
    sides = [edges[side].to_numpy() for side in PAIR]
    names, places = np.unique(np.concatenate(sides), return_inverse=True)
    label = components(len(names), places[: edges.height], places[edges.height :])
    return pl.DataFrame({"record": names, "group": names[label]})


def _without(edges: pl.DataFrame, groups: pl.DataFrame, gone: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take edges out, and make the groups anew that they were in."""
    if gone.is_empty():
        return edges, groups
    left = edges.join(gone, on=["left", "right"], how="anti", maintain_order="left")
    touched = groups.join(gone, left_on="record", right_on="left", how="semi").select("group").unique()
    members = groups.join(touched, on="group", how="semi")
    again = _components(left.join(members, left_on="left", right_on="record", how="semi"))
    untouched = groups.join(touched, on="group", how="anti")
    return left, pl.concat([untouched, again]).sort("record")


def _hostile(edges: pl.DataFrame, groups: pl.DataFrame, enemies: pl.DataFrame) -> pl.DataFrame:
    """Return the weakest edges (left, right) that would bring two enemies into one group."""
    together = (
        enemies.join(groups, left_on="left", right_on="record")
        .join(groups, left_on="right", right_on="record", suffix="_r")
        .filter(pl.col("group") == pl.col("group_r"))
    )
    troubled = groups.join(together.select("group").unique(), on="group", how="semi").sort("record")
    suspect = edges.join(troubled, left_on="left", right_on="record", how="semi")
    suspect = suspect.sort(["probability", "left", "right"], descending=[True, False, False])
    names = troubled["record"]
    ids = [names.search_sorted(suspect[side]).cast(pl.Int64).to_numpy() for side in ("left", "right")]
    low, high = (names.search_sorted(together[side]).to_list() for side in ("left", "right"))
    kept = apart(ids[0], ids[1], set(zip(low, high, strict=True)))
    return suspect.filter(~pl.Series(kept)).select("left", "right")


def _waiting(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the records (and their groups) of pairs that a person has to answer."""
    asked = pairs.filter(pl.col("band") == REVIEW).select("left", "right", probability=pl.lit(1.0))
    chained = groups.filter(pl.col("record") != pl.col("group"))
    chained = chained.select(left="group", right="record", probability=pl.lit(1.0))
    islands = _components(pl.concat([asked, chained]))
    doubtful = islands.join(asked, left_on="record", right_on="left", how="semi").select("group").unique()
    return islands.join(doubtful, on="group", how="semi").with_columns(pl.lit("dedupe.undecided").alias("code"))
