"""What a report for people tells, in order; summary.md and index.html are two renderings of it."""

from dataclasses import replace

from crmclean.audit.result import Check
from crmclean.records import Outcome
from crmclean.reports import pictures, samples
from crmclean.reports.facts import ColumnFacts, GateFacts
from crmclean.reports.results import Cell, TableView
from crmclean.reports.roi import roi_section
from crmclean.reports.section import Section
from crmclean.reports.summary import Area, Count, Summary, areas
from crmclean.reports.wording import counted
from crmclean.values.codes import CODES

Rows = tuple[tuple[Cell, ...], ...]
LINES = 60  # of any table on a page
_TOP = 15  # lines of a long list; report.json has all of them


def headline(summary: Summary) -> str:
    """Return the run in one sentence."""
    if not summary.closes:
        return "the balance does not close"
    if summary.closed_gates:
        return f"stopped at {counted(len(summary.closed_gates), 'gate')}"
    if summary.waiting:
        return f"{counted(sum(item.count for item in summary.waiting), 'item waits', 'items wait')} for a person"
    return f"{summary.read:,} records accounted for"


def facts(summary: Summary) -> str:
    """Return what the run was made of, in a sentence or two."""
    balance = "closes" if summary.closes else "does NOT close"
    return (
        f"Target {summary.target}, destination {summary.destination}, as of {summary.as_of or 'unknown'}, "
        f"seed {summary.seed}, crmclean {summary.version}. The balance {balance}."
    )


def sections(summary: Summary) -> tuple[Section, ...]:
    """Return the sections that have something to tell."""
    told = (
        _balance(summary),
        pictures.flow(summary),
        Section("What became of every record", (outcomes(summary),)),
        Section("What waits for a person", (_waiting(summary),)),
        roi_section(summary.roi),
        Section("Stages", (_stages(summary),)),
        Section("Gates", (_gates(summary),)),
        pictures.quality(summary),
        pictures.duplicates(summary),
        pictures.examples(summary),
        pictures.ages(summary),
        pictures.phones(summary),
        samples.unlisted(summary),
        Section("Checks", (_areas(summary), _checks(summary))),
        samples.samples(summary),
        _findings(summary),
        _changes(summary),
        Section("Phases", (_phases(summary),)),
        _profile(summary),
    )
    return tuple(bounded(section) for section in map(_filled, told) if section.tables)


def bounded(section: Section) -> Section:
    """Cut tables and picture of a section to LINES, so that a page is small whatever a run holds."""
    left = section.left + sum(max(len(table.rows) - LINES, 0) for table in section.tables)
    tables = tuple(replace(table, rows=table.rows[:LINES]) for table in section.tables)
    return replace(section, tables=tables, left=left, chart=section.chart and section.chart.first(LINES))


def outcomes(summary: Summary) -> TableView:
    """Return how many records of each object ended with each outcome."""
    used = [name for name in (*Outcome, "none") if summary.total(name)]
    rows: Rows = tuple(
        (line.object, line.read, *(line.outcomes.get(name, 0) for name in used)) for line in summary.objects
    )
    return TableView("", ("object", "read", *used), rows)


def _filled(section: Section) -> Section:
    return replace(section, tables=tuple(table for table in section.tables if table.rows))


def _balance(summary: Summary) -> Section:
    broken = [line for line in summary.balance if not line.closes]
    rows = tuple((line.what, line.key, line.read, line.accounted) for line in broken[:_TOP])
    table = TableView("", ("what", "of", "read", "accounted for"), rows)
    return Section("Where the balance does not close", (table,), len(broken) - len(rows))


def _stages(summary: Summary) -> TableView:
    sums: dict[str, dict[str, int]] = {}
    for line in summary.stages:
        stage, outcome = str(line.keys["stage"]), str(line.keys["outcome"])
        sums.setdefault(stage, {})[outcome] = sums.get(stage, {}).get(outcome, 0) + line.count
    used = [name for name in Outcome if any(name in found for found in sums.values())]
    rows: Rows = tuple((stage, *(found.get(name, 0) for name in used)) for stage, found in sums.items())
    return TableView("", ("stage", *used), rows)


def _gates(summary: Summary) -> TableView:
    rows = tuple((gate.name, _number(gate.value), _number(gate.limit), _verdict(gate)) for gate in summary.gates)
    return TableView("", ("gate", "value", "limit", "result"), rows)


def _areas(summary: Summary) -> TableView:
    rows = tuple((area.name, area.checks, area.total, area.count, area_verdict(area)) for area in areas(summary))
    return TableView("", ("area", "checks", "records looked at", "found", "result"), rows)


def _checks(summary: Summary) -> TableView:
    told = [check for check in summary.checks if not check.passed or check.note]
    rows = tuple((check.area, check.name, _failed(check), _passed(check.passed), check.note) for check in told)
    return TableView("", ("area", "check", "records", "result", "note"), rows)


def _failed(check: Check) -> str:
    return "" if check.passed is None else f"{check.count:,} of {check.total:,}"


def _waiting(summary: Summary) -> TableView:
    rows = tuple((item.what, item.count, item.command) for item in summary.waiting)
    return TableView("", ("what", "count", "type"), rows)


def _findings(summary: Summary) -> Section:
    lines = sorted(summary.findings, key=lambda line: -line.count)
    names = ("severity", "object", "field", "code")
    rows = tuple((*(line.keys[name] for name in names), _meaning(line), line.count) for line in lines[:_TOP])
    table = TableView("", (*names, "meaning", "records"), rows)
    return Section("Most frequent findings", (table,), len(lines) - len(rows))


def _changes(summary: Summary) -> Section:
    cells = [line for line in summary.changes if not str(line.keys["field"]).startswith("_")]
    lines = sorted(cells, key=lambda line: -line.count)
    names = ("object", "field", "code")
    rows = tuple((*(line.keys[name] for name in names), _meaning(line), line.count) for line in lines[:_TOP])
    table = TableView("", (*names, "meaning", "cells"), rows)
    return Section("Most frequent changes", (table,), len(lines) - len(rows))


def _phases(summary: Summary) -> TableView:
    rows = tuple((item.name, item.rows_in, item.rows_out, item.changes, item.findings) for item in summary.phases)
    return TableView("", ("phase", "rows in", "rows out", "cells changed", "findings"), rows)


def _profile(summary: Summary) -> Section:
    lines = [line for line in summary.profile if line.filled]
    rows: Rows = tuple(
        (line.object, line.column, f"{line.filled / max(line.rows, 1):.0%}", line.distinct, _kind(line))
        for line in lines[:LINES]
    )
    table = TableView("", ("object", "column", "filled", "distinct", "kind"), rows)
    return Section("What the exports hold", (table,), len(summary.profile) - len(rows))


def _kind(line: ColumnFacts) -> str:
    kind = line.kind if line.sure == 1 else f"{line.kind} {line.sure:.0%}"
    return f"{kind}: {line.date_format}" if line.date_format else kind


def _meaning(line: Count) -> str:
    code = CODES.get(str(line.keys["code"]))
    return code.meaning if code else ""


def area_verdict(area: Area) -> str:
    """Return whether the checks of an area passed, and how many of them could not be told."""
    unknown = f", {area.unknown} not told" if area.unknown and area.passed is not None else ""
    return f"{_passed(area.passed)}{unknown}"


def _passed(passed: bool | None) -> str:
    return "not told" if passed is None else "pass" if passed else "FAIL"


def _verdict(gate: GateFacts) -> str:
    if gate.waived_by:
        return f"waived by {gate.waived_by}: {gate.reason}"
    return "open" if gate.passed else "CLOSED"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4g}"
