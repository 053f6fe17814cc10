"""summary.md: a run on one page, made for pull requests."""

import re
from collections.abc import Iterable, Sequence

from crmclean.records import Outcome
from crmclean.reports.summary import Summary, areas
from crmclean.reports.wording import counted

_TOP = 15  # lines of a long list; report.json has all of them
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def markdown(summary: Summary) -> str:
    """Return the page."""
    parts = [
        f"# {cell(summary.name)}: {cell(headline(summary))}",
        _facts(summary),
        _section("What became of every record", _outcomes(summary)),
        _section("Stages", _stages(summary)),
        _section("Gates", _gates(summary)),
        _section("Checks", _checks(summary)),
        _section("What waits for a person", _waiting(summary)),
        _section("Most frequent findings", _findings(summary)),
        _section("Most frequent changes", _changes(summary)),
        _section("Phases", _phases(summary)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def headline(summary: Summary) -> str:
    """Return the run in one sentence."""
    if not summary.closes:
        return "the balance does not close"
    if summary.closed_gates:
        return f"stopped at {counted(len(summary.closed_gates), 'gate')}"
    if summary.waiting:
        return f"{counted(sum(item.count for item in summary.waiting), 'item')} wait for a person"
    return f"{summary.read:,} records accounted for"


def cell(value: object) -> str:
    """Return a value as inert Markdown text on one line."""
    text = "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
    return _SPECIAL.sub(r"\\\1", _CONTROL.sub(" ", text))


def _facts(summary: Summary) -> str:
    balance = "closes" if summary.closes else "**does not close**"
    as_of = summary.as_of or "unknown"
    words = (
        f"Target {cell(summary.target)}, destination {cell(summary.destination)}, as of {as_of}, seed {summary.seed}, "
        f"crmclean {summary.version}. The balance {balance}."
    )
    broken = [line for line in summary.balance if not line.closes]
    rows = [(line.what, line.key, line.read, line.accounted) for line in broken[:_TOP]]
    return words + ("\n\n" + _table(("what", "of", "read", "accounted for"), rows) if rows else "")


def _outcomes(summary: Summary) -> str:
    used = [outcome.value for outcome in Outcome if summary.total(outcome)]
    unknown = ["none"] if summary.total("none") else []
    columns = [*used, *unknown]
    rows = [(line.object, line.read, *(line.outcomes.get(name, 0) for name in columns)) for line in summary.objects]
    return _table(("object", "read", *columns), rows)


def _stages(summary: Summary) -> str:
    sums: dict[str, dict[str, int]] = {}
    for line in summary.stages:
        stage, outcome = str(line.keys["stage"]), str(line.keys["outcome"])
        sums.setdefault(stage, {})[outcome] = sums.get(stage, {}).get(outcome, 0) + line.count
    used = [outcome.value for outcome in Outcome if any(outcome.value in counts for counts in sums.values())]
    return _table(
        ("stage", *used), [(stage, *(counts.get(name, 0) for name in used)) for stage, counts in sums.items()]
    )


def _gates(summary: Summary) -> str:
    rows = [
        (gate.name, _number(gate.value), _number(gate.limit), _verdict(gate.passed, gate.waived_by, gate.reason))
        for gate in summary.gates
    ]
    return _table(("gate", "value", "limit", "result"), rows)


def _checks(summary: Summary) -> str:
    sums = [(area.name, area.checks, area.total, area.count, _passed(area.passed)) for area in areas(summary)]
    told = [item for item in summary.checks if not item.passed or item.note]
    rows = [
        (item.area, item.name, f"{item.count:,} of {item.total:,}", _passed(item.passed), item.note) for item in told
    ]
    parts = [
        _table(("area", "checks", "records looked at", "found", "result"), sums),
        _table(("area", "check", "records", "result", "note"), rows),
    ]
    return "\n\n".join(part for part in parts if part)


def _waiting(summary: Summary) -> str:
    return _table(("what", "count", "type"), [(item.what, item.count, item.command) for item in summary.waiting])


def _findings(summary: Summary) -> str:
    lines = sorted(summary.findings, key=lambda line: -line.count)
    names = ("severity", "object", "field", "code")
    rows = [(*(line.keys[name] for name in names), line.count) for line in lines[:_TOP]]
    return _table((*names, "records"), rows) + _more(lines)


def _changes(summary: Summary) -> str:
    cells = [line for line in summary.changes if not str(line.keys["field"]).startswith("_")]
    lines = sorted(cells, key=lambda line: -line.count)
    names = ("object", "field", "code")
    rows = [(*(line.keys[name] for name in names), line.count) for line in lines[:_TOP]]
    return _table((*names, "cells"), rows) + _more(lines)


def _phases(summary: Summary) -> str:
    rows = [(item.name, item.rows_in, item.rows_out, item.changes, item.findings) for item in summary.phases]
    return _table(("phase", "rows in", "rows out", "cells changed", "findings"), rows)


def _passed(passed: bool) -> str:
    return "pass" if passed else "FAIL"


def _verdict(passed: bool, waived_by: str | None, reason: str | None) -> str:
    if waived_by:
        return f"waived by {waived_by}: {reason}"
    return "open" if passed else "CLOSED"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4g}"


def _more(lines: Sequence[object]) -> str:
    left = len(lines) - _TOP
    return f"\n\nand {left:,} more in report.json" if left > 0 else ""


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns), *lines])
