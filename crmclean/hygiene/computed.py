"""Figures of the dictionary that code works out: duplicates, completeness, balance. One visible list of all."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from crmclean.hygiene import adoption, conversion, sales
from crmclean.hygiene.material import MONEY, OWNER, Material
from crmclean.hygiene.owners import owner_table
from crmclean.hygiene.values import DEFECTS, Compute, Found, Value, no_defects
from crmclean.plan.kpi_model import Measure
from crmclean.records import RECORD, REF_PREFIX

Frames = Mapping[str, pl.DataFrame]


def duplicates(measure: Measure, material: Material, frames: Frames) -> Found:
    """All records of a group but one are surplus; every one of them is named, as a person has to look at all."""
    frame = frames[measure.object]
    groups = material.groups.get(measure.object, pl.DataFrame(schema={"record": pl.String, "group": pl.String}))
    surplus = groups.height - groups["group"].n_unique()
    named = frame.filter(pl.col(RECORD).is_in(groups["record"].implode()))
    return Value.of(measure, surplus, frame.height), _defects(measure, named, None)


def completeness(measure: Measure, material: Material, frames: Frames) -> Found:
    """Filled cells of the required fields; a field that the exports have no column for is not asked for."""
    frame = frames[measure.object]
    names = [
        name for name in material.dictionary.required[measure.object] if name in material.tables[measure.object].columns
    ]
    empty = [frame.filter(_blank(frame, name)) for name in names]
    missing = [_defects(measure, rows, name) for rows, name in zip(empty, names, strict=True)]
    cells = frame.height * len(names)
    return Value.of(measure, cells - sum(rows.height for rows in empty), cells), pl.concat([no_defects(), *missing])


def _blank(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A name that is one word stands in the full name only; a reference to a record that is not there is filled."""
    blank = pl.col(name).is_null()
    if name in ("first_name", "last_name"):
        return blank & pl.col("full_name").is_null()
    reference = REF_PREFIX + name
    return blank & pl.col(reference).is_null() if reference in frame.columns else blank


def balance(measure: Measure, material: Material, frames: Frames) -> Found:
    """The largest owner's share; a fault of that owner where another one has next to nothing."""
    counts = (
        frames[measure.object].drop_nulls(OWNER).group_by(OWNER).len().sort(["len", OWNER], descending=[True, False])
    )
    total = int(counts["len"].sum())
    if not total:
        return Value.of(measure, 0, 0), no_defects()
    limits = material.dictionary.thresholds
    largest, smallest = int(counts["len"][0]), int(counts["len"][-1])
    unfair = largest / total > limits["owner_most"] and smallest / total < limits["owner_least"]
    owner = counts[OWNER][0]
    known = owner_table(material).filter(pl.col("owner") == owner)["id"][0]
    row = {"measure": measure.id, "object": "users", "record": known, "field": None, "owner": owner, "money": None}
    defects = pl.DataFrame([row] if unfair else [], schema=DEFECTS)
    return replace(Value.of(measure, largest, total), passed=not unfair), defects


def _defects(measure: Measure, rows: pl.DataFrame, field: str | None) -> pl.DataFrame:
    return rows.select(
        measure=pl.lit(measure.id),
        object=pl.lit(measure.object),
        record=pl.col(RECORD),
        field=pl.lit(field, pl.String),
        owner=pl.col(OWNER),
        money=pl.col(MONEY),
    )


COMPUTE: Mapping[str, Compute] = {
    "balance": balance,
    "calls": adoption.calls,
    "completeness": completeness,
    "conversion": conversion.conversion,
    "coverage": sales.coverage,
    "cycle": sales.cycle,
    "daily_active": adoption.daily_active,
    "deal_size": sales.deal_size,
    "duplicates": duplicates,
    "emails": adoption.emails,
    "forecast": conversion.forecast,
    "lead_conversion": sales.lead_conversion,
    "response": adoption.response,
    "revenue_per_rep": sales.revenue_per_rep,
    "weekly_active": adoption.weekly_active,
    "win_rate": sales.win_rate,
}
