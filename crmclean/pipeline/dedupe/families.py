"""Objects whose records may be one and the same: contacts and leads are people, matched as one list.

A lead that is a contact merges into it: the contact survives, whatever else the rules for survivors say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import target
from crmclean.matching.recording import LOSERS
from crmclean.matching.survivors import KEPT, SurvivorRules, Survivors, resolve
from crmclean.pipeline.engagement import PEOPLE
from crmclean.pipeline.record_ids import object_of
from crmclean.records import OUTCOME, RECORD, REF_PREFIX
from crmclean.steps.links import converted_leads

Family = tuple[str, ...]
_RENAMED = {"status": "lead_status"}  # what a lead calls its own and a contact that of a lead


def families(objects: Sequence[str]) -> list[Family]:
    """Return the objects in families, each named after its first one, in the order in which they were given."""
    people = tuple(name for name in PEOPLE if name in objects)
    return [people if name in people[:1] else (name,) for name in objects if name not in people[1:]]


def family_of(object_: str) -> Family:
    """Return the objects whose records may be one with those of an object."""
    return PEOPLE if object_ in PEOPLE else (object_,)


def live(object_: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are matched: open ones, and no lead that lives on in the contact that it became."""
    rows = table.filter(pl.col(OUTCOME).is_null())
    if object_ != "leads":
        return rows
    return rows.join(converted_leads(rows), left_on=RECORD, right_on="record", how="anti", maintain_order="left")


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put the records of a family below each other."""
    return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")


def resolved(
    frames: Mapping[str, pl.DataFrame], groups: pl.DataFrame, rules: Mapping[str, SurvivorRules], crm: str
) -> dict[str, Survivors]:
    """Return by object the survivors of groups (record, group, rule) whose members may be of several objects.

    frames, rules: of every object of the family. crm: the target, see `beside`.
    """
    kind = object_of("record").min().over("group")
    answer = {}
    for object_ in frames:
        own = groups if len(frames) == 1 else groups.filter(kind == object_)
        made = resolve(object_, beside(object_, frames, own["record"], crm), own, rules[object_])
        losers = pl.concat([made.losers, *_left_behind(object_, frames, made.members, crm)])
        answer[object_] = replace(made, losers=losers.sort("survivor", "record", "field"))
    return answer


def beside(object_: str, frames: Mapping[str, pl.DataFrame], records: pl.Series, crm: str) -> pl.DataFrame:
    """Return the table of an object with those of `records` below it that are rows of other objects of its family.

    Of these it takes what it has a column for itself, or what the target has a field for.
    """
    own = frames[object_]
    others = [
        rows.select(each for each in rows.columns if _carried(object_, own, rows[each], crm))
        for name, frame in frames.items()
        if name != object_ and (rows := _as_kin(frame.filter(pl.col(RECORD).is_in(records.implode())), name)).height
    ]
    return pl.concat([own, *others], how="diagonal") if others else own


def _as_kin(rows: pl.DataFrame, object_: str) -> pl.DataFrame:
    """Name the columns of one object as the others of its family do."""
    return rows.rename(_RENAMED, strict=False) if object_ == "leads" else rows


def _carried(object_: str, own: pl.DataFrame, cells: pl.Series, crm: str) -> bool:
    """Whether a record of an object takes over cells of its kin."""
    return cells.name in own.columns or (
        cells.name.removeprefix(REF_PREFIX) in _taken(crm, object_) and cells.null_count() < len(cells)
    )


@cache
def _taken(crm: str, object_: str) -> frozenset[str]:
    """Return the canonical fields of an object that a target has fields for."""
    rules = target(crm).feeding(object_)
    fed = {name for each, rule in rules for field in each.writable() for name in rule.feeds(field)}
    return frozenset(fed & canonical()[object_].fields.keys())


def _left_behind(
    object_: str, frames: Mapping[str, pl.DataFrame], members: pl.DataFrame, crm: str
) -> Iterator[pl.DataFrame]:
    """Yield the values (LOSERS) of other objects' records that a survivor of `object_` cannot take over."""
    for name in (name for name in frames if name != object_):
        gone = members.filter(object_of("record") == name).select("record", "survivor")
        rows = _as_kin(frames[name].join(gone, left_on=RECORD, right_on="record"), name)
        columns = [each for each in rows.columns if not each.startswith("_") and each not in (*KEPT, "survivor")]
        away = [each for each in columns if not _carried(object_, frames[object_], rows[each], crm)]
        long = rows.unpivot(on=away, index=["survivor", RECORD], variable_name="field").drop_nulls("value")
        yield long.rename({RECORD: "record"}).select(LOSERS.names()).cast(LOSERS)
