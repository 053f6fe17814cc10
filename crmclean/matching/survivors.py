"""What is left when a group becomes one record: who survives, and for every field which value, by which rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from crmclean.crm.canonical import Field, canonical
from crmclean.matching.ordering import ordered
from crmclean.matching.recording import explained, losers_of, members_of, origins_of
from crmclean.matching.surviving import (
    RULES,
    Rule,
    cells_of,
    first,
    pooled_emails,
    pooled_phones,
    whole,
    with_addresses,
)
from crmclean.records import REF_PREFIX

KEPT = ("source_id", "is_deleted")  # what a record says of itself alone
TOGETHER = {"company_name": "company_ref"}  # a name travels with the reference that it spells out
NOTHING_LOST = ("merge.union",)
EXTRA = "x_"


@dataclass(frozen=True)
class SurvivorRules:
    """Who survives and which values do.

    order: rules for the surviving record, first to last. priorities: source -> number, lower wins.
    fields: field -> rule instead of the one in the canonical model. chosen: record ids that a person picked.
    """

    order: tuple[str, ...] = ("source_priority", "most_complete", "most_recent")
    priorities: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survivors:
    """members: (record, survivor, rule), survivors included. values: `_record` of each survivor, new cells, `_why.*`.

    losers: (survivor, record, field, value) of every value that stands in no cell of the survivor. origins: (survivor,
    record, field, code) of every cell that a survivor has from another member.
    """

    members: pl.DataFrame
    values: pl.DataFrame
    losers: pl.DataFrame
    origins: pl.DataFrame


def resolve(object_: str, frame: pl.DataFrame, groups: pl.DataFrame, rules: SurvivorRules) -> Survivors:
    """Choose the survivor of each group and the value of each of its fields.

    groups: (record, group), and `rule` where known. Every column that is canonical, unmapped (`x_`) or a reference is
    resolved; the rows of the answer are sorted by record id.
    """
    frame = _with_room(object_, frame)
    part = ordered(frame, groups, order=rules.order, priorities=rules.priorities, chosen=rules.chosen)
    columns = _resolved_columns(object_, frame.columns)
    plans = _rules(object_, columns, rules.fields)
    part = with_addresses(part, plans)
    pooled = {"email", "email_other"} <= plans.keys()
    chosen = {name: plan for name, plan in plans.items() if not (pooled and name == "email_other")}
    final = cells_of(part, chosen)
    kept = {name for name, plan in plans.items() if plan.code in NOTHING_LOST} | set(KEPT)
    if pooled:
        final, kept = pooled_emails(part, final), kept | {"email"}
    final = pooled_phones(part, final)
    return merged(part, final, plans, [name for name in plans if name not in kept])


def merged(part: pl.DataFrame, final: pl.DataFrame, plans: Mapping[str, Rule], losing: Sequence[str]) -> Survivors:
    """Return what is recorded of groups of which it is known what is left; losing: fields whose values may be lost."""
    own = part.filter(pl.col("_rank") == 0)
    values = explained(final, own, plans)
    losers, origins = losers_of(part, final, losing), origins_of(part, values, list(plans))
    return Survivors(members_of(part, final), values[own["_at"].arg_sort()], losers, origins)


def _with_room(object_: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Give a list of people with an address or a number a place for the other ones."""
    fields = canonical()[object_].fields if object_ in canonical() else {}
    rooms = {"email": "email_other", "phone": "phone_other"}
    missing = [room for name, room in rooms.items() if name in frame.columns and room not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.String).alias(room) for room in missing if room in fields)


def _resolved_columns(object_: str, columns: list[str]) -> list[str]:
    fields = canonical()[object_].fields if object_ in canonical() else {}
    return [name for name in columns if name in fields or name.startswith((EXTRA, REF_PREFIX))]


def _rules(object_: str, columns: list[str], chosen: Mapping[str, str]) -> dict[str, Rule]:
    fields = canonical()[object_].fields if object_ in canonical() else {}
    groups: dict[str, list[str]] = {}
    for name in columns:
        if (group := group_of(name, fields)) is not None and name not in chosen:
            groups.setdefault(group, []).append(name)
    wholes = [(names, whole(group, names)) for group, names in groups.items() if len(names) > 1]
    together = {name: rule for names, rule in wholes for name in names}
    return {name: _rule(name, fields, chosen, together) for name in columns}


def group_of(name: str, fields: Mapping[str, Field]) -> str | None:
    """Return the group of fields that a field survives with, None where it stands alone."""
    plain = name.removeprefix(REF_PREFIX)
    if (own := fields.get(plain)) is None:
        return None
    if own.group is not None:
        return own.group
    return plain if own.ref else TOGETHER.get(plain)


def _rule(name: str, fields: Mapping[str, Field], chosen: Mapping[str, str], together: Mapping[str, Rule]) -> Rule:
    if name in KEPT:
        return RULES["keep"]
    if (named := chosen.get(name)) is not None:
        return RULES[named]
    own = fields.get(name.removeprefix(REF_PREFIX))
    if own is not None and own.merge == "never_overwrite":
        return RULES[own.merge]
    if name in together:
        return together[name]
    own = fields.get(name)
    return RULES[own.merge] if own is not None and own.merge is not None else first
