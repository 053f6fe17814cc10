"""What is left when a group becomes one record: who survives, and for every field which value, by which rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from crmclean.crm.canonical import Field, canonical
from crmclean.matching.ordering import ordered
from crmclean.matching.surviving import (
    PHONES,
    RULES,
    Rule,
    first,
    pooled_emails,
    pooled_phones,
    standing_numbers,
    whole,
    with_addresses,
)
from crmclean.records import RECORD, REF_PREFIX, WHY_PREFIX

MEMBERS = pl.Schema({"record": pl.String(), "survivor": pl.String(), "rule": pl.String()})
ORIGINS = pl.Schema({"survivor": pl.String(), "record": pl.String(), "field": pl.String(), "code": pl.String()})
LOSERS = pl.Schema({"survivor": pl.String(), "record": pl.String(), "field": pl.String(), "value": pl.String()})
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
    final = part.group_by("_group", maintain_order=True).agg(
        pl.col(RECORD).first(), *(plan.value(name).alias(name) for name, plan in plans.items())
    )
    kept = {name for name, plan in plans.items() if plan.code in NOTHING_LOST} | set(KEPT)
    if {"email", "email_other"} <= plans.keys():
        final, kept = pooled_emails(part, final), kept | {"email"}
    own = part.filter(pl.col("_rank") == 0).select("_group", *plans)
    final = pooled_phones(part, final)
    values = _explained(final, own, plans)
    losers = _losers(part, final, [name for name in plans if name not in kept])
    return Survivors(_members(part), values.sort(RECORD), losers, _origins(part, values, list(plans)))


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
        if (group := _group_of(name, fields)) is not None and name not in chosen:
            groups.setdefault(group, []).append(name)
    together = {name: whole(group, names) for group, names in groups.items() if len(names) > 1 for name in names}
    return {name: _rule(name, fields, chosen, together) for name in columns}


def _group_of(name: str, fields: Mapping[str, Field]) -> str | None:
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
    if name in together:
        return together[name]
    own = fields.get(name)
    return RULES[own.merge] if own is not None and own.merge is not None else first


def _explained(final: pl.DataFrame, own: pl.DataFrame, plans: Mapping[str, Rule]) -> pl.DataFrame:
    both = final.join(own, on="_group", suffix="_own", maintain_order="left")
    why = [
        pl.when(pl.col(name).ne_missing(pl.col(f"{name}_own"))).then(pl.lit(plan.code)).alias(f"{WHY_PREFIX}{name}")
        for name, plan in plans.items()
        if not name.startswith(REF_PREFIX)
    ]
    return both.select(RECORD, *plans, *why)


def _members(part: pl.DataFrame) -> pl.DataFrame:
    survivor = pl.col(RECORD).first().over("_group", order_by="_rank")
    return part.select(record=RECORD, survivor=survivor, rule="_rule").sort("record").cast(MEMBERS)


def _losers(part: pl.DataFrame, final: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    lost = part.filter(pl.col("_rank") > 0).join(final, on="_group", suffix="_final", maintain_order="left")
    pieces = [_lost(lost, name) for name in names if not name.startswith(REF_PREFIX)]
    listed = pl.concat([pl.DataFrame(schema=LOSERS), *pieces])
    elsewhere = standing_numbers(final).with_columns(moved=pl.lit(value=True))
    told = listed.join(elsewhere, on=["survivor", "value"], how="left", maintain_order="left")
    moved = pl.col("moved").fill_null(value=False) & pl.col("field").is_in(PHONES)
    return told.filter(~moved).drop("moved").sort("survivor", "record", "field")


def _origins(part: pl.DataFrame, values: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Say from which member each cell came that is not the survivor's own; composed cells have no one origin."""
    survivors = part.filter(pl.col("_rank") == 0).select("_group", survivor=RECORD)
    whys = [name for name in names if WHY_PREFIX + name in values.columns]
    chosen = values.rename({RECORD: "survivor", **{name: f"_final.{name}" for name in names}})
    lost = part.filter(pl.col("_rank") > 0).join(survivors, on="_group").join(chosen, on="survivor")
    pieces = [
        lost.filter(pl.col(WHY_PREFIX + name).is_not_null() & (pl.col(name) == pl.col(f"_final.{name}")))
        .sort("_rank")
        .unique("survivor", keep="first", maintain_order=True)
        .select("survivor", record=RECORD, field=pl.lit(name), code=WHY_PREFIX + name)
        for name in whys
    ]
    return pl.concat([pl.DataFrame(schema=ORIGINS), *pieces]).sort("survivor", "field")


def _lost(lost: pl.DataFrame, name: str) -> pl.DataFrame:
    value = pl.col(name)
    gone = value.is_not_null() & value.ne_missing(pl.col(f"{name}_final"))
    return lost.filter(gone).select(
        pl.col(f"{RECORD}_final").alias("survivor"),
        pl.col(RECORD).alias("record"),
        pl.lit(name).alias("field"),
        value.alias("value"),
    )
