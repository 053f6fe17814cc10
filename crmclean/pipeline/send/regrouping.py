"""Which record of the target each group of a later round goes to: the one that the crosswalk has for any member.

Two such records, and a group that earlier rounds brought as one and that is two now, are held for a person; `unmerge`
is the permission for a split.
"""

from dataclasses import dataclass

import polars as pl

from crmclean.pipeline.send.arranging import KNOWN
from crmclean.records import INTO, RECORD

TWO_TARGETS = "round.two-targets"
SPLIT = "round.split"
ENTRIES = pl.Schema({RECORD: pl.String(), "number": pl.Int64(), "root": pl.Int64(), "there": pl.Boolean()})


@dataclass(frozen=True)
class Regrouped:
    """known: shape KNOWN. merged: _record, _into that the crosswalk does not know yet. held: _record, fault.

    speakers: number, record of groups whose survivor is not the record that gave the key. parted: numbers of records
    that leave their group.
    """

    known: pl.DataFrame
    merged: pl.DataFrame
    held: pl.DataFrame
    speakers: pl.DataFrame
    parted: pl.Series


def regroup(
    entries: pl.DataFrame, records: pl.Series, merged: pl.DataFrame, splits: pl.DataFrame | None = None
) -> Regrouped:
    """Regroup.

    entries: shape ENTRIES: the crosswalk; root: number of the group; there: whether the target has it. records: those
    that are sent this time. merged: _record, _into (the final survivor). splits: left, right of records that a person
    took apart.
    """
    keys = entries.filter(pl.col("number") == pl.col("root")).select(root="number", key=RECORD)
    own = pl.DataFrame({RECORD: records, INTO: records}, schema={RECORD: pl.String, INTO: pl.String})
    going = merged.join(own.select(INTO), on=INTO, how="semi").select(RECORD, INTO)
    members = pl.concat([own, going]).join(entries.join(keys, on="root", how="left"), on=RECORD)
    members = _permitted(members, splits)
    claims = members.sort(~pl.col("there"), pl.col(RECORD) != pl.col("key"), RECORD, nulls_last=True)
    first = claims.unique(INTO, keep="first", maintain_order=True).select(INTO, "root", "key", "there")
    several = claims.filter("there").group_by(INTO).agg(pl.col("root").n_unique()).filter(pl.col("root") > 1)
    shared = _sharing(first, claims)
    owners = first.join(shared.filter(~pl.col("owns")), on=INTO, how="anti")
    others = _under_own_number(shared.filter(~pl.col("owns")), entries, records)
    here = pl.concat([owners.select(pl.col(INTO).alias(RECORD), number="root", key="key"), others]).cast(KNOWN)
    earlier = entries.filter("there").join(keys, on="root").join(here, on=RECORD, how="anti")
    known = pl.concat([here, earlier.select(RECORD, number="root", key="key").cast(KNOWN)])
    held = pl.concat([_held(several, TWO_TARGETS), _held(shared, SPLIT)]).unique(RECORD, keep="first")
    speakers = here.filter(pl.col(RECORD) != pl.col("key"))
    asked = pl.concat([merged.select(RECORD, INTO), speakers.select(RECORD, pl.col(RECORD).alias(INTO))])
    return Regrouped(
        known=known,
        merged=_unknown(asked, here, entries),
        held=held.sort(RECORD),
        speakers=speakers.select("number", record=RECORD).sort("number"),
        parted=_parted(here, entries),
    )


def _permitted(members: pl.DataFrame, splits: pl.DataFrame | None) -> pl.DataFrame:
    """Let records that a person took out of their group go their own way: they claim nothing of it any more."""
    if splits is None or splits.is_empty():
        return members
    pairs = splits.rename({"left": RECORD, "right": "other"})
    named = pl.concat([pairs, pairs.select(pl.col("other").alias(RECORD), other=RECORD)])
    leaving = members.join(named, left_on=[RECORD, "key"], right_on=[RECORD, "other"], how="semi")
    alone = leaving.select(RECORD).with_columns(leaves=pl.lit(value=True))
    marked = members.join(alone, on=RECORD, how="left", maintain_order="left")
    leaves = pl.col("leaves").fill_null(value=False)
    return marked.with_columns(
        root=pl.when(leaves).then("number").otherwise("root"),
        key=pl.when(leaves).then(RECORD).otherwise("key"),
        there=pl.col("there") & ~leaves,
    ).drop("leaves")


def _sharing(first: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Return the survivors whose groups go to one record; `owns`: the one with the record that gave the key."""
    twice = first.filter("there").filter(pl.len().over("root") > 1)
    holds = claims.filter(pl.col(RECORD) == pl.col("key")).select(INTO, "root", holds=pl.lit(value=True))
    told = twice.join(holds, on=[INTO, "root"], how="left").sort("root", pl.col("holds").is_null(), INTO)
    return told.with_columns(owns=pl.int_range(pl.len()).over("root") == 0)


def _under_own_number(others: pl.DataFrame, entries: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    """Give the rest of a split group, which is held, the numbers that its survivors have themselves."""
    wanted = others.select(pl.col(INTO).alias(RECORD)).filter(pl.col(RECORD).is_in(records.implode()))
    return wanted.join(entries, on=RECORD).select(RECORD, "number", key=RECORD).cast(KNOWN)


def _held(survivors: pl.DataFrame, code: str) -> pl.DataFrame:
    return survivors.select(pl.col(INTO).alias(RECORD), fault=pl.lit(f"{code} "))


def _unknown(merged: pl.DataFrame, here: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that the crosswalk does not have yet."""
    homes = here.select(pl.col(RECORD).alias(INTO), home="number")
    told = merged.join(homes, on=INTO, how="left").join(entries.select(RECORD, "root"), on=RECORD, how="left")
    fresh = pl.col("root").is_null() | (pl.col("root") != pl.col("home"))
    return told.filter(fresh.fill_null(value=True)).select(RECORD, INTO)


def _parted(here: pl.DataFrame, entries: pl.DataFrame) -> pl.Series:
    apart = here.join(entries.select("number", "root"), on="number").filter(pl.col("root") != pl.col("number"))
    return apart["number"].sort()
