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
    "fee": (_FEE, "; license_per_contact {}"),
    "minutes": (_BY_HAND, "; minutes_per_merge {}"),
    "cost": ("hourly_cost", "; hourly_cost {}"),
    "once": ("one_off_cost above 0", "; one_off_cost {}"),
}
_MINUTES, _MONTHS, _HUNDRED = 60, 12, 100


@dataclass(frozen=True)
class Cleaned:
    """What was cleaned, or is to be. archived, twice: people; merged: records; None: it cannot be told.

    words: what these three are called in the formulas.
    """

    archived: int | None
    twice: int | None
    merged: int | None
    words: tuple[str, str, str] = ("archived people", "merged people", "merged records")


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


def cleaned(outcomes: Mapping[str, Mapping[str, int]]) -> Cleaned:
    """Return what a migration cleaned. outcomes: object -> outcome -> records."""
    return Cleaned(
        _total(outcomes, Outcome.ARCHIVED, _PEOPLE),
        _total(outcomes, Outcome.MERGED, _PEOPLE),
        _total(outcomes, Outcome.MERGED, _MERGEABLE),
    )


def _total(outcomes: Mapping[str, Mapping[str, int]], fate: str, objects: Sequence[str]) -> int:
    return sum(outcomes.get(name, {}).get(fate, 0) for name in objects)


def figures(roi: Roi, done: Cleaned) -> tuple[Figure, ...]:
    """Return every figure; none where the plan says nothing about money."""
    if not roi.asked:
        return ()
    fee, minutes, cost, once = roi.license_per_contact, roi.minutes_per_merge, roi.hourly_cost, roi.one_off_cost
    archiving, merging = _product(done.archived, fee), _product(done.twice, fee)
    hours = _product(done.merged, None if minutes is None else minutes / _MINUTES)
    work = _product(hours, cost)
    yearly = None if archiving is None or merging is None else archiving + merging
    benefits = None if yearly is None or work is None else yearly + work
    gain = None if benefits is None or not once else (benefits - once) / once * _HUNDRED
    payback = None if not yearly or work is None or once is None else max(once - work, 0) / (yearly / _MONTHS)
    given = {"fee": fee, "minutes": minutes, "cost": cost, "once": once}
    counts = [_counted(done, place, roi) for place in range(3)]
    lines = (
        ("saved by archiving, per year", archiving, "money", f"{counts[0]} x {_FEE}", ("fee",)),
        ("saved by merging, per year", merging, "money", f"{counts[1]} x {_FEE}", ("fee",)),
        ("merging by hand saved", hours, "hours", f"{counts[2]} x {_BY_HAND} / 60", ("minutes",)),
        ("worth of these hours", work, "money", "hours saved x hourly_cost", ("minutes", "cost")),
        ("benefits in the first year", benefits, "money", "archiving + merging + hours", ("fee", "minutes", "cost")),
        ("ROI in the first year", gain, "percent", "(benefits - costs) / costs * 100", tuple(given)),
        ("payback", payback, "months", "(one-off cost - worth of hours) / (savings per year / 12)", tuple(given)),
    )
    return tuple(
        Figure(
            name, value, unit, _shown(value, unit, roi), _formula(value, told, done, roi, {k: given[k] for k in keys})
        )
        for name, value, unit, told, keys in lines
    )


def _product(count: float | None, price: float | None) -> float | None:
    return None if count is None or price is None else count * price


def _counted(done: Cleaned, place: int, roi: Roi) -> str:
    count = (done.archived, done.twice, done.merged)[place]
    return f"{Formats(roi.locale).number(count or 0, 0)} {done.words[place]}"


def _formula(value: float | None, told: str, done: Cleaned, roi: Roi, inputs: Mapping[str, float | None]) -> str:
    """Return the formula with its inputs, or which of them are missing."""
    if value is not None:
        return told + "".join(_INPUTS[key][1].format(_price(key, number, roi)) for key, number in inputs.items())
    given = {key: number for key, number in inputs.items() if number or (number == 0 and key != "once")}
    missing = [_INPUTS[key][0] for key in inputs if key not in given]
    if missing:
        return f"needs {' and '.join(missing)} in [roi]"
    counts = zip((done.archived, done.twice, done.merged), done.words, strict=True)
    unknown = [word for count, word in counts if count is None]
    return f"needs {' and '.join(unknown)} to be measurable" if unknown else "needs savings above 0 in [roi]"


def _price(key: str, number: float | None, roi: Roi) -> str:
    formats = Formats(roi.locale)
    return formats.number(number or 0, 2) if key == "minutes" else formats.price(number or 0, roi.currency)


def _shown(value: float | None, unit: str, roi: Roi) -> str:
    formats = Formats(roi.locale)
    if value is None:
        return "not measurable"
    if unit == "money":
        return formats.money(value, roi.currency)
    return formats.percent(value / _HUNDRED) if unit == "percent" else f"{formats.number(value)} {unit}"


def roi_section(told: Sequence[Figure], title: str = "What it is worth") -> Section:
    """Return what the cleaning is worth."""
    rows = tuple((figure.name, figure.shown, figure.formula) for figure in told)
    return Section(title, (TableView("", ("figure", "value", "worked out from"), rows),) if rows else ())
