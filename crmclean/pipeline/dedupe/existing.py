"""What the target holds already: matched like a source, never merged; the records that it has are updated there.

A group with one record of the target updates it. A group with several, and a doubtful match, waits for a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from crmclean.crm.targets import target
from crmclean.errors import Fault, InputError
from crmclean.files.tables import empty, schema_of
from crmclean.matching.model import GROUPS, HELD, MERGE, REVIEW, Matching
from crmclean.matching.versions import AGAIN
from crmclean.pipeline.load.loading import load
from crmclean.pipeline.map.meeting import RULE, taken
from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.pipeline.record_ids import object_of
from crmclean.plan.model import Plan
from crmclean.plan.sources import TARGET
from crmclean.records import EXISTING, OUTCOME, RECORD
from crmclean.workspace.events import Notify, silent

AMBIGUOUS, ELSEWHERE = "dedupe.target-ambiguous", "dedupe.target-elsewhere"
_OURS = ~pl.col("record").str.starts_with(f"{TARGET}:")


@dataclass(frozen=True)
class Met:
    """Matching with the target's records taken out again, and where they were met (EXISTING without `object`)."""

    matching: Matching
    existing: pl.DataFrame


def existing_records(plan: Plan, notify: Notify = silent) -> Mapping[str, pl.DataFrame]:
    """Return by object the records that the target holds already, in canonical form; none where the plan names none.

    Raises:
        InputError: a file cannot be used, or has no column with the target's ids.
    """
    if plan.target.existing is None:
        return {}
    target_alone = replace(plan.target, existing=None)
    alone = replace(plan, sources=(plan.target.existing,), objects=(), target=target_alone, derive_companies=False)
    tables = normalize(alone, load(alone, notify).tables).tables
    frames = {name: table.lazy().filter(pl.col(OUTCOME).is_null()).collect() for name, table in tables.items()}
    hint = 'name it in [[target.existing.file]]: key = "header of the column with the ids"'
    faults = [
        Fault(file.path, "has no column with the target's ids, so nothing could be updated", hint, "existing.no-ids")
        for file in plan.target.existing.files
        if file.object in frames and _without_ids(frames[file.object])
    ]
    if faults:
        raise InputError(*faults)
    return frames


def _without_ids(frame: pl.DataFrame) -> bool:
    return bool(frame[RECORD].str.contains(rf"^{TARGET}:\w+:#").any())


def _homes(crm: str, frames: Iterable[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Return (record, home): which object of a target each record is, or becomes."""
    schema, found = target(crm), [pl.DataFrame(schema={"record": pl.String, "home": pl.String})]
    for object_, frame in frames:
        names = pl.Series([owner.name for owner, _ in schema.feeding(object_)], dtype=pl.String)
        rules = taken(schema, object_, frame.lazy()).select(RECORD, RULE).collect()
        found.append(pl.DataFrame({"record": rules[RECORD], "home": names.gather(rules[RULE])}))
    return pl.concat(found)


def met(matching: Matching, crm: str, frames: Iterable[tuple[str, pl.DataFrame]]) -> Met:
    """Take the target's records out of the groups, and say which of ours they are.

    frames: canonical object and records, ours and the target's, for what they are there: a lead of ours that is a
    contact there cannot update it.
    """
    theirs = matching.groups.filter(~_OURS)
    theirs = theirs.select("group", target="record", id=pl.col("record").str.replace(AGAIN, ""))
    theirs = theirs.sort("group", "target").unique(["group", "id"], keep="first", maintain_order=True).drop("id")
    held = matching.held.filter(_OURS)
    ours = matching.groups.filter(_OURS)
    if theirs.is_empty() and held.height == matching.held.height:
        nobody = ours.head(0).with_columns(code=pl.lit(None, pl.String))
        return Met(replace(matching, pairs=_with_ours(matching)), _told(matching, nobody, theirs))
    several = theirs.filter(pl.len().over("group") > 1).select("group", code=pl.lit(AMBIGUOUS))
    why = pl.concat([several, _elsewhere(ours, theirs, _homes(crm, frames))]).unique(
        "group", keep="first", maintain_order=True
    )
    clear = ours.join(why, on="group", how="anti", maintain_order="left")
    waiting = ours.join(why, on="group", maintain_order="left").select("record", "group", "code")
    held = pl.concat([waiting, held]).unique("record", keep="first", maintain_order=True).sort("record")
    return Met(_ours_alone(matching, clear, held), _told(matching, ours.join(why, on="group", how="left"), theirs))


def _elsewhere(ours: pl.DataFrame, theirs: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Return (group, code) of groups that become a record of another object than the target has them as."""
    speaker = ours.sort(object_of("record"), "record").unique("group", keep="first", maintain_order=True)
    own = speaker.join(placed, on="record", how="left").select("group", "home")
    there = theirs.join(placed.rename({"record": "target", "home": "there"}), on="target", how="left")
    apart = there.join(own, on="group").filter(pl.col("there") != pl.col("home"))
    return apart.select("group", code=pl.lit(ELSEWHERE)).unique().sort("group")


def _ours_alone(matching: Matching, groups: pl.DataFrame, held: pl.DataFrame) -> Matching:
    """Return the matching without pairs among the target's records; groups are named after our smallest record."""
    left = groups.filter(pl.len().over("group") > 1).with_columns(group=pl.col("record").min().over("group"))
    named, waiting = left.select(GROUPS.names()), held.select(HELD.names())
    return replace(matching, pairs=_with_ours(matching), groups=named, held=waiting)


def _with_ours(matching: Matching) -> pl.DataFrame:
    """Leave out the pairs among the target's records."""
    own = pl.col("left").str.starts_with(f"{TARGET}:") & pl.col("right").str.starts_with(f"{TARGET}:")
    return matching.pairs.filter(~own)


def _told(matching: Matching, ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Return EXISTING: members of groups with a record of the target, then doubtful pairs with one.

    ours: (record, group, code): why a group waits, or null.
    """
    band = pl.when(pl.col("code").is_not_null()).then(pl.lit(REVIEW)).otherwise(pl.lit(MERGE))
    grouped = ours.with_columns(band=band).join(theirs, on="group").select("record", "target", "band")
    across = _across(matching.pairs)
    sure = grouped.join(across, on=["record", "target"], how="left")
    doubtful = across.filter(pl.col("band") == REVIEW).join(grouped, on=["record", "target"], how="anti")
    told = pl.concat([sure.drop("band_right"), doubtful], how="diagonal").with_columns(target_id=_target_id("target"))
    names = [name for name in EXISTING if name != "object"]
    return told.sort("record", "target").select(names).cast({"probability": pl.Float64})


def _target_id(record: str) -> pl.Expr:
    """Return the id at the target; an export of it may hold several rows of one record."""
    return pl.col(record).str.replace(rf"^{TARGET}:[^:]*:", "").str.replace(AGAIN, "")


def _across(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of a record of ours and one of the target's."""
    theirs = pl.col("right").str.starts_with(f"{TARGET}:")
    mixed = pairs.filter(theirs != pl.col("left").str.starts_with(f"{TARGET}:"))
    return mixed.select(
        record=pl.when(theirs).then("left").otherwise("right"),
        target=pl.when(theirs).then("right").otherwise("left"),
        band="band",
        probability="probability",
        reasons="reasons",
    )


def stacked(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return EXISTING of all objects, sorted."""
    named = [part.with_columns(object=object_of("record")).select(list(schema_of(EXISTING))) for part in parts]
    return pl.concat([empty(EXISTING), *named]).sort("object", "record", "target_id")
