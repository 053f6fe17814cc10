"""From one object's records to the groups that are one entity, the pairs to ask about, and what was not compared."""

import polars as pl

from crmclean.matching import contacts, deals, organisations
from crmclean.matching.bands import banded
from crmclean.matching.decisions import among
from crmclean.matching.grouping import grouped
from crmclean.matching.listing import Scored
from crmclean.matching.model import GROUPS, HELD, LEAVE, MERGE, PAIR, PAIRS, REVIEW, Matching, MatchSettings, Note
from crmclean.matching.rules import forbidden, ruled
from crmclean.records import RECORD

_SIDES = (*PAIR, "record", "group")


def match(
    object_: str, frame: pl.DataFrame, settings: MatchSettings, ready: contacts.Prepared | None = None
) -> Matching:
    """Find which records are the same entity.

    frame: canonical text columns with `_record` and `_source`; the order of its rows has no influence. Objects other
    than companies and deals are matched as people. ready: what contacts.prepared made of the same people before their
    companies were known.
    """
    found = _scored(object_, frame, settings, ready)
    listed, sizes, weights = banded(found.pairs, found.weights, settings)
    accepted, rejected, reopened = (
        _placed(pairs, found.records) for pairs in (settings.accepted, settings.rejected, settings.reopened)
    )
    ruling = _by_place(frame) if settings.always or settings.never else frame
    pairs, capped = ruled(listed, ruling, settings, lambda asked: _opposed(found, asked))
    pairs = _reopened(_decided(pairs, accepted, rejected), reopened)
    apart = forbidden(ruling, settings)
    grouping = grouped(pairs, accepted, settings.group_limit, lambda asked: _opposed(found, asked), apart)
    said = (*_unfit(settings, found), *sizes, *capped, *_unknown(settings, found.records))
    notes = (*found.notes, *said, *grouping.notes)
    pairs, groups, held = (_named(rows, found.records) for rows in (grouping.pairs, grouping.groups, grouping.held))
    return Matching(
        pairs.select(PAIRS.names()), groups.cast(GROUPS), held.select(HELD.names()).cast(HELD), notes, weights
    )


def _placed(pairs: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    """Return the pairs whose records are there, with their places among the sorted records: numbers join quickly."""
    there = pairs.filter(among(pairs, records))
    places = [records.search_sorted(there[side]).cast(pl.Int64).alias(side) for side in PAIR]
    one, other = pl.min_horizontal(PAIR), pl.max_horizontal(PAIR)
    return there.with_columns(places).with_columns(one.alias("left"), other.alias("right"))


def _by_place(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the records under their places, for the rules of the plan."""
    return frame.sort(RECORD).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(RECORD))


def _named(rows: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    """Put the record ids in place of their places among the sorted records."""
    sides = [name for name in _SIDES if name in rows.columns]
    return rows.with_columns(records.gather(rows[name]).alias(name) for name in sides)


def _unfit(settings: MatchSettings, found: Scored) -> list[Note]:
    """Say where kept weights could not be used, because the list has other columns than they were learned on."""
    if settings.weights is None or found.weights is settings.weights:
        return []
    problem = (
        "records were weighed anew: the kept weights are of other columns (`crmclean dedupe --learn` keeps new ones)"
    )
    return [Note("match.weights-unfit", problem, len(found.records))]


def _scored(object_: str, frame: pl.DataFrame, settings: MatchSettings, ready: contacts.Prepared | None) -> Scored:
    if object_ == "companies":
        return organisations.scored(frame, settings.weights)
    if object_ == "deals":
        return deals.scored(frame)
    return contacts.scored(frame, settings.weights, ready or contacts.prepared(frame))


def _opposed(found: Scored, pairs: pl.DataFrame) -> pl.Series:
    """Say which pairs cannot be one entity."""
    return pl.Series(found.opposed(pairs["left"].to_numpy(), pairs["right"].to_numpy()))


def _decided(pairs: pl.DataFrame, accepted: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Let what people decided overrule the score; a pair that was no candidate is added."""
    verdicts = pl.concat([_verdict(accepted, MERGE), _verdict(rejected, LEAVE)])
    if verdicts.is_empty():
        return pairs.sort(PAIR)
    known = verdicts.unique(PAIR, keep="last", maintain_order=True)
    joined = pairs.join(known, on=PAIR, how="full", coalesce=True)
    said = pl.col("verdict")
    return joined.with_columns(
        pl.when(said.is_not_null()).then(pl.lit("decision")).otherwise("rule").alias("rule"),
        pl.when(said == MERGE).then(1.0).when(said == LEAVE).then(0.0).otherwise("probability").alias("probability"),
        pl.coalesce("reasons", pl.lit("a person decided")).alias("reasons"),
        pl.coalesce(said, "band").alias("band"),
        pl.when(said == MERGE).then(None).when(said == LEAVE).then(pl.lit("rejected")).otherwise("veto").alias("veto"),
        (pl.col("soft") & said.is_null()).fill_null(value=False).alias("soft"),
    ).sort(PAIR)


def _reopened(pairs: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    """Put the pairs that a person has to see again into the review band; until then they are kept apart."""
    if again.is_empty():
        return pairs
    joined = pairs.join(again.select(*PAIR, "why"), on=PAIR, how="full", coalesce=True)
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
        .sort(PAIR)
    )


def _verdict(pairs: pl.DataFrame, band: str) -> pl.DataFrame:
    return pairs.select(*PAIR, pl.lit(band).alias("verdict"))


def _unknown(settings: MatchSettings, records: pl.Series) -> list[Note]:
    """Say how many decisions name a record that is not there, or is not in play any more."""
    given = pl.concat([settings.accepted, settings.rejected])
    strange = given.filter(~among(given, records))
    problem = "decisions name a record that is not there and were not applied"
    return [Note("decisions.unknown-record", problem, strange.height)] if strange.height else []
