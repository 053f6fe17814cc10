"""The sections of a report that have a picture: quality before and after, duplicates, ages, phones; and examples."""

from crmclean.records import Outcome
from crmclean.reports.results import TableView
from crmclean.reports.section import Chart, Section
from crmclean.reports.summary import Summary

_TOP = 15  # lines of a long list; report.json has all of them
_HUNDRED = 100.0
_THERE = (Outcome.IMPORTED.value, Outcome.UPDATED.value, Outcome.UNCHANGED.value)


def flow(summary: Summary) -> Section:
    """Return where the rows went: out by outcome, and to the target by stage."""
    out = [(outcome.value, outcome.value, summary.total(outcome)) for outcome in Outcome if outcome not in _THERE]
    by_stage = _by_stage(summary).items()
    arrived = [(f"{outcome}: {stage}", outcome, count) for (stage, outcome), count in by_stage]
    without = {name: sum(count for (_, outcome), count in by_stage if outcome == name) for name in _THERE}
    beside = [(f"{name}: in no stage", name, summary.total(name) - count) for name, count in without.items()]
    lines = [(label, outcome, count) for label, outcome, count in (*out, *beside, *arrived) if count]
    places = [("rows in", "unchanged", summary.read), *lines]
    colours = dict.fromkeys(colour for _, colour, _ in places)
    counts = {colour: [count if of == colour else 0 for _, of, count in places] for colour in colours}
    series = {"rows in" if colour == places[0][1] else colour: (colour, counts[colour]) for colour in colours}
    chart = Chart("Rows in, and where they went", tuple(label for label, _, _ in places), series)
    table = TableView("", ("where", "rows"), tuple((label, count) for label, _, count in places))
    return Section("Flow", (table,) if summary.read else (), chart=chart)


def _by_stage(summary: Summary) -> dict[tuple[str, str], int]:
    """Return the records at the target by stage and outcome, in the order of the stages."""
    sums: dict[tuple[str, str], int] = {}
    for line in summary.stages:
        stage, outcome = str(line.keys["stage"]), str(line.keys["outcome"])
        if outcome in _THERE:
            sums[stage, outcome] = sums.get((stage, outcome), 0) + line.count
    return sums


def quality(summary: Summary) -> Section:
    """Return how many cells were in canonical form as they were read, and how many are now."""
    filled = [row for row in summary.quality if row["before"] or row["after"]]
    shares = [(_share(row["right_before"], row["before"]), _share(row["right_after"], row["after"])) for row in filled]
    rows = tuple((row["kind"], row["before"], *pair) for row, pair in zip(filled, shares, strict=True))
    kinds = tuple(str(kind) for kind, *_ in rows)
    before = [round(float(row[2])) for row in rows]
    gained = [max(round(float(row[3])) - first, 0) for row, first in zip(rows, before, strict=True)]
    series = {"before": ("unchanged", before), "gained": ("imported", gained)}
    chart = Chart("Cells in canonical form, in percent, before and after cleaning", kinds, series)
    table = TableView("", ("kind of value", "cells", "% right before", "% right after"), rows)
    return Section("Quality before and after", (table,), chart=chart)


def duplicates(summary: Summary) -> Section:
    """Return how many records were merged into another one, by the rule that found them."""
    rows = tuple((row["object"], row["rule"], row["merged"]) for row in summary.duplicates)
    shown = rows[:_TOP]
    series = {"merged": ("merged", [int(count) for *_, count in shown])}
    chart = Chart("Records merged, by rule", tuple(f"{object_}: {rule}" for object_, rule, _ in shown), series)
    table = TableView("", ("object", "found by", "records merged"), shown)
    return Section("Duplicates by rule", (table,), len(rows) - len(shown), chart=chart)


def examples(summary: Summary) -> Section:
    """Return some merged pairs of each rule; holds cell values."""
    rows = tuple((row["object"], row["rule"], row["kept"], row["merged"]) for row in summary.examples)
    table = TableView("", ("object", "found by", "kept", "merged into it"), rows[:_TOP])
    return Section("Examples of merged records", (table,), private=True)


def ages(summary: Summary) -> Section:
    """Return people by months since their last engagement, those who stay and those who were archived."""
    rows = tuple((row["months"], row["staying"], row["archived"]) for row in summary.ages)
    series = {
        "staying": ("imported", [int(row[1]) for row in rows]),
        "archived": ("archived", [int(row[2]) for row in rows]),
    }
    chart = Chart("People by months since their last engagement", tuple(str(row[0]) for row in rows), series)
    table = TableView("", ("months since last engagement", "staying", "archived"), rows)
    return Section("Stale by age", (table,), chart=chart)


def phones(summary: Summary) -> Section:
    """Return the phone numbers by calling code, valid and not."""
    rows = tuple((row["calling_code"], row["valid"], row["invalid"]) for row in summary.phones)
    shown = rows[:_TOP]
    series = {
        "valid": ("imported", [int(row[1]) for row in shown]),
        "not valid": ("rejected", [int(row[2]) for row in shown]),
    }
    chart = Chart("Phone numbers by calling code", tuple(str(row[0]) for row in shown), series)
    table = TableView("", ("calling code", "valid", "not valid"), shown)
    return Section("Phones", (table,), len(rows) - len(shown), chart=chart)


def _share(part: int, whole: int) -> float:
    return round(_HUNDRED * part / whole, 1) if whole else _HUNDRED
