"""Figures of the dictionary that code works out: duplicates, completeness, balance. One visible list of all."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from crmclean.hygiene import adoption, conversion, sales
from crmclean.hygiene.material import GROUPS, OWNER, Groups, Material
from crmclean.hygiene.values import Figure, Frames, Mark, Marked, Marking, Value
from crmclean.plan.kpi_model import Measure
from crmclean.records import REF_PREFIX


def duplicates(measure: Measure, groups: Groups, frames: Frames) -> Marked:
    """All records of a group but one are surplus; every one of them is named, as a person has to look at all."""
    frame, own = frames[measure.object], groups.get(measure.object, pl.DataFrame(schema=GROUPS))
    surplus = own.height - own["group"].n_unique()
    which = pl.repeat(value=False, n=frame.height, eager=True).scatter(own["row"], values=True)
    return Value.of(measure, surplus, frame.height), (Mark(measure, which),)


def completeness(measure: Measure, material: Material, frames: Frames) -> Marked:
    """Filled cells of the required fields; a field that the exports have no column for is not asked for."""
    frame = frames[measure.object]
    names = [
        name for name in material.dictionary.required[measure.object] if name in material.tables[measure.object].columns
    ]
    blank = frame.select(_blank(frame, name).alias(name) for name in names)
    cells = frame.height * len(names)
    filled = cells - sum(int(each.sum()) for each in blank)
    return Value.of(measure, filled, cells), tuple(Mark(measure, each, each.name) for each in blank)


def _blank(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A name that is one word stands in the full name only; a reference to a record that is not there is filled."""
    blank = pl.col(name).is_null()
    if name in ("first_name", "last_name"):
        return blank & pl.col("full_name").is_null()
    reference = REF_PREFIX + name
    return blank & pl.col(reference).is_null() if reference in frame.columns else blank


def balance(measure: Measure, material: Material, frames: Frames) -> Value:
    """The largest owner's share; a fault of that owner where another one has next to nothing."""
    counts = (
        frames[measure.object].drop_nulls(OWNER).group_by(OWNER).len().sort(["len", OWNER], descending=[True, False])
    )
    total = int(counts["len"].sum())
    if not total:
        return Value.of(measure, 0, 0)
    limits = material.dictionary.thresholds
    largest, smallest = int(counts["len"][0]), int(counts["len"][-1])
    unfair = largest / total > limits["owner_most"] and smallest / total < limits["owner_least"]
    return replace(Value.of(measure, largest, total), passed=not unfair, blamed=counts[OWNER][0] if unfair else None)


FIGURES: Mapping[str, Figure] = {
    "balance": balance,
    "calls": adoption.calls,
    "conversion": conversion.conversion,
    "coverage": sales.coverage,
    "cycle": sales.cycle,
    "daily_active": adoption.daily_active,
    "deal_size": sales.deal_size,
    "emails": adoption.emails,
    "forecast": conversion.forecast,
    "lead_conversion": sales.lead_conversion,
    "response": adoption.response,
    "revenue_per_rep": sales.revenue_per_rep,
    "weekly_active": adoption.weekly_active,
    "win_rate": sales.win_rate,
}
MARKING: Mapping[str, Marking] = {"completeness": completeness}  # they name records, too
DUPLICATES = "duplicates"  # needs the groups that matching finds, and names their records
