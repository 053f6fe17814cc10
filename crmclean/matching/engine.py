"""From one object's records to the groups that are one entity, the pairs to ask about, and what was not compared."""

import polars as pl

from crmclean.matching import contacts, organisations
from crmclean.matching.grouping import grouped
from crmclean.matching.model import LEAVE, MERGE, PAIRS, REVIEW, Matching, MatchSettings, Note

MERGE_FROM = 0.95
REVIEW_FROM = 0.4
PEOPLE = ("contacts", "leads", "users")


def match(object_: str, frame: pl.DataFrame, settings: MatchSettings) -> Matching:
    """Find which records are the same entity.

    frame: canonical text columns with `_record` and `_source`; the order of its rows has no influence. Objects other
    than companies are matched as people.
    """
    if object_ == "companies":
        features, pairs, notes = organisations.scored(frame)
    else:
        features, pairs, notes = contacts.scored(frame, settings.groups.get("companies"))
    named = _named(pairs, features["record"])
    banded = _decided(_banded(named, settings), settings, features["record"])
    grouping = grouped(banded, settings)
    notes += _unknown(settings, features["record"])
    return Matching(banded.select(PAIRS.names()), grouping.groups, grouping.held, (*notes, *grouping.notes))


def _named(pairs: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    return pairs.with_columns(records.gather(pairs["l"]).alias("left"), records.gather(pairs["r"]).alias("right"))


def _banded(pairs: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    merge = MERGE_FROM if settings.merge is None else settings.merge
    review = REVIEW_FROM if settings.review is None else settings.review
    sure = (pl.col("probability") >= merge) & pl.col("veto").is_null()
    band = pl.when(sure).then(pl.lit(MERGE)).when(pl.col("probability") >= review).then(pl.lit(REVIEW))
    return pairs.with_columns(band.otherwise(pl.lit(LEAVE)).alias("band"))


def _decided(pairs: pl.DataFrame, settings: MatchSettings, records: pl.Series) -> pl.DataFrame:
    """Let what people decided overrule the score; a pair that was no candidate is added."""
    verdicts = pl.concat([_verdict(settings.accepted, MERGE), _verdict(settings.rejected, LEAVE)])
    there = pl.col("left").is_in(records.implode()) & pl.col("right").is_in(records.implode())
    known = verdicts.filter(there).unique(["left", "right"], keep="last", maintain_order=True)
    joined = pairs.join(known, on=["left", "right"], how="full", coalesce=True)
    said = pl.col("verdict")
    return joined.with_columns(
        pl.coalesce("rule", pl.lit("decision")).alias("rule"),
        pl.coalesce("probability", pl.lit(1.0)).alias("probability"),
        pl.coalesce("reasons", pl.lit("a person decided")).alias("reasons"),
        pl.coalesce(said, "band").alias("band"),
        pl.when(said == MERGE).then(None).when(said == LEAVE).then(pl.lit("rejected")).otherwise("veto").alias("veto"),
    ).sort("left", "right")


def _unknown(settings: MatchSettings, records: pl.Series) -> list[Note]:
    """Say how many decisions name a record that is not there, or is not in play any more."""
    given = pl.concat([settings.accepted, settings.rejected])
    strange = given.filter(~pl.col("left").is_in(records.implode()) | ~pl.col("right").is_in(records.implode()))
    problem = "decisions name a record that is not there and were not applied"
    return [Note("decisions.unknown-record", problem, strange.height)] if strange.height else []


def _verdict(pairs: pl.DataFrame, band: str) -> pl.DataFrame:
    low, high = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
    return pairs.select(low.alias("left"), high.alias("right"), pl.lit(band).alias("verdict"))
