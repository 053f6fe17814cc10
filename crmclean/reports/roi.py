"""What a cleaning is worth: savings, hours, return and payback, each with its formula and the numbers in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmclean.plan.roi import Roi
from crmclean.records import Outcome
from crmclean.reports.formats import Formats
from crmclean.reports.results import TableView
from crmclean.reports.section import Section

_PEOPLE = ("contacts", "leads")
_MERGEABLE = (*_PEOPLE, "companies", "deals")
_FEE, _BY_HAND = "license_per_contact", "minutes_per_merge"
_INPUTS = {
    "fee": (_FEE, "; license_per_contact {:,.2f}"),
    "minutes": (_BY_HAND, "; minutes_per_merge {:g}"),
    "cost": ("hourly_cost", "; hourly_cost {:,.2f}"),
    "once": ("one_off_cost above 0", "; one_off_cost {:,.2f}"),
}
_MINUTES, _MONTHS, _HUNDRED = 60, 12, 100


@dataclass(frozen=True)
class Figure:
    """One figure. value None: not measurable, `formula` says what it needs. unit: money, hours, percent or months.

    shown: the value as the plan's locale writes it.
    """

    name: str
    value: float | None
    unit: str
    shown: str
    formula: str


def figures(roi: Roi, outcomes: Mapping[str, Mapping[str, int]]) -> tuple[Figure, ...]:
    """Return every figure; none where the plan says nothing about money. outcomes: object -> outcome -> records."""
    if not roi.asked:
        return ()
    archived, twice = (_total(outcomes, fate, _PEOPLE) for fate in (Outcome.ARCHIVED, Outcome.MERGED))
    merged = _total(outcomes, Outcome.MERGED, _MERGEABLE)
    fee, minutes, cost, once = roi.license_per_contact, roi.minutes_per_merge, roi.hourly_cost, roi.one_off_cost
    archiving, merging = (None if fee is None else count * fee for count in (archived, twice))
    hours = None if minutes is None else merged * minutes / _MINUTES
    work = None if hours is None or cost is None else hours * cost
    yearly = None if archiving is None or merging is None else archiving + merging
    benefits = None if yearly is None or work is None else yearly + work
    gain = None if benefits is None or not once else (benefits - once) / once * _HUNDRED
    payback = None if not yearly or work is None or once is None else max(once - work, 0) / (yearly / _MONTHS)
    given = {"fee": fee, "minutes": minutes, "cost": cost, "once": once}
    lines = (
        ("saved by archiving, per year", archiving, "money", f"{archived:,} archived people x {_FEE}", ("fee",)),
        ("saved by merging, per year", merging, "money", f"{twice:,} merged people x {_FEE}", ("fee",)),
        ("merging by hand saved", hours, "hours", f"{merged:,} merged records x {_BY_HAND} / 60", ("minutes",)),
        ("worth of these hours", work, "money", "hours saved x hourly_cost", ("minutes", "cost")),
        ("benefits in the first year", benefits, "money", "archiving + merging + hours", ("fee", "minutes", "cost")),
        ("ROI in the first year", gain, "percent", "(benefits - costs) / costs * 100", tuple(given)),
        ("payback", payback, "months", "(one-off cost - worth of hours) / (savings per year / 12)", tuple(given)),
    )
    return tuple(
        Figure(name, value, unit, _shown(value, unit, roi), _formula(value, told, {key: given[key] for key in keys}))
        for name, value, unit, told, keys in lines
    )


def _total(outcomes: Mapping[str, Mapping[str, int]], fate: str, objects: Sequence[str]) -> int:
    return sum(outcomes.get(name, {}).get(fate, 0) for name in objects)


def _formula(value: float | None, told: str, inputs: Mapping[str, float | None]) -> str:
    """Return the formula with its inputs, or which of them are missing."""
    if value is None:
        given = {key: number for key, number in inputs.items() if number or (number == 0 and key != "once")}
        missing = [_INPUTS[key][0] for key in inputs if key not in given]
        return f"needs {' and '.join(missing) or 'savings above 0'} in [roi]"
    return told + "".join(_INPUTS[key][1].format(number) for key, number in inputs.items())


def _shown(value: float | None, unit: str, roi: Roi) -> str:
    formats = Formats(roi.locale)
    if value is None:
        return "not measurable"
    if unit == "money":
        return formats.money(value, roi.currency)
    return formats.percent(value / _HUNDRED) if unit == "percent" else f"{formats.number(value)} {unit}"


def roi_section(told: Sequence[Figure]) -> Section:
    """Return what the cleaning is worth."""
    rows = tuple((figure.name, figure.shown, figure.formula) for figure in told)
    return Section("What it is worth", (TableView("", ("figure", "value", "worked out from"), rows),))
