"""From one object's records to the groups that are one entity, the pairs to ask about, and what was not compared."""

import polars as pl

from crmclean.matching import contacts, deals, organisations
from crmclean.matching.bands import banded
from crmclean.matching.decisions import among
from crmclean.matching.grouping import grouped
from crmclean.matching.listing import Scored
from crmclean.matching.model import LEAVE, MERGE, PAIRS, REVIEW, Matching, MatchSettings, Note
from crmclean.matching.rules import forbidden, ruled


def match(object_: str, frame: pl.DataFrame, settings: MatchSettings) -> Matching:
    """Find which records are the same entity.

    frame: canonical text columns with `_record` and `_source`; the order of its rows has no influence. Objects other
    than companies and deals are matched as people.
    """
    found = _scored(object_, frame, settings)
    listed, sizes, weights = banded(found.pairs, found.weights, settings)
    pairs, capped = ruled(listed, frame, settings, lambda asked: _opposed(found, asked))
    pairs = _decided(pairs, settings, found.records)
    pairs = _reopened(pairs, settings.reopened, found.records)
    grouping = grouped(pairs, settings, lambda asked: _opposed(found, asked), forbidden(frame, settings))
    said = (*_unfit(settings, found), *sizes, *capped, *_unknown(settings, found.records))
    notes = (*found.notes, *said, *grouping.notes)
    return Matching(grouping.pairs.select(PAIRS.names()), grouping.groups, grouping.held, notes, weights)


def _unfit(settings: MatchSettings, found: Scored) -> list[Note]:
    """Say where kept weights could not be used, because the list has other columns than they were learned on."""
    if settings.weights is None or found.weights is settings.weights:
        return []
    problem = (
        "records were weighed anew: the kept weights are of other columns (`crmclean dedupe --learn` keeps new ones)"
    )
    return [Note("match.weights-unfit", problem, len(found.records))]


def _scored(object_: str, frame: pl.DataFrame, settings: MatchSettings) -> Scored:
    if object_ == "companies":
        return organisations.scored(frame, settings.weights)
    if object_ == "deals":
        return deals.scored(frame)
    return contacts.scored(frame, settings.weights)


def _opposed(found: Scored, pairs: pl.DataFrame) -> pl.Series:
    """Say which pairs of record ids cannot be one entity."""
    left, right = (found.records.search_sorted(pairs[side]).cast(pl.Int64).to_numpy() for side in ("left", "right"))
    return pl.Series(found.opposed(left, right))


def _decided(pairs: pl.DataFrame, settings: MatchSettings, records: pl.Series) -> pl.DataFrame:
    """Let what people decided overrule the score; a pair that was no candidate is added."""
    verdicts = pl.concat([_verdict(settings.accepted, MERGE), _verdict(settings.rejected, LEAVE)])
    there = verdicts.filter(among(verdicts, records))
    if there.is_empty():
        return pairs.sort("left", "right")
    known = there.unique(["left", "right"], keep="last", maintain_order=True)
    joined = pairs.join(known, on=["left", "right"], how="full", coalesce=True)
    said = pl.col("verdict")
    return joined.with_columns(
        pl.when(said.is_not_null()).then(pl.lit("decision")).otherwise("rule").alias("rule"),
        pl.when(said == MERGE).then(1.0).when(said == LEAVE).then(0.0).otherwise("probability").alias("probability"),
        pl.coalesce("reasons", pl.lit("a person decided")).alias("reasons"),
        pl.coalesce(said, "band").alias("band"),
        pl.when(said == MERGE).then(None).when(said == LEAVE).then(pl.lit("rejected")).otherwise("veto").alias("veto"),
        (pl.col("soft") & said.is_null()).fill_null(value=False).alias("soft"),
    ).sort("left", "right")


def _reopened(pairs: pl.DataFrame, again: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    """Put the pairs that a person has to see again into the review band; until then they are kept apart."""
    there = again.filter(among(again, records))
    if there.is_empty():
        return pairs
    joined = pairs.join(there.select("left", "right", "why"), on=["left", "right"], how="full", coalesce=True)
    back = pl.col("why").is_not_null()
    return (
        joined.with_columns(
            pl.coalesce("rule", pl.lit("decision")).alias("rule"),
            pl.col("probability").fill_null(0.0),
            pl.coalesce("reasons", "why").alias("reasons"),
            pl.when(back).then(pl.lit(REVIEW)).otherwise("band").alias("band"),
            pl.coalesce("why", "veto").alias("veto"),
            (pl.col("soft") & ~back).fill_null(value=False).alias("soft"),
        )
        .drop("why")
        .sort("left", "right")
    )


def _verdict(pairs: pl.DataFrame, band: str) -> pl.DataFrame:
    low, high = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
    return pairs.select(low.alias("left"), high.alias("right"), pl.lit(band).alias("verdict"))


def _unknown(settings: MatchSettings, records: pl.Series) -> list[Note]:
    """Say how many decisions name a record that is not there, or is not in play any more."""
    given = pl.concat([settings.accepted, settings.rejected])
    strange = given.filter(~among(given, records))
    problem = "decisions name a record that is not there and were not applied"
    return [Note("decisions.unknown-record", problem, strange.height)] if strange.height else []
