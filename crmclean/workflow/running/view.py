"""What a run shows in the terminal: one line per phase and per object, then what to do next."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from crmclean.errors import ExitCode
from crmclean.pipeline.gates import cures
from crmclean.reports.facts import Waiting
from crmclean.reports.results import Result, TableView
from crmclean.reports.sections import area_verdict, outcomes
from crmclean.reports.summary import Summary, areas, document
from crmclean.reports.wording import counted
from crmclean.workflow.importing.stages import ImportResult

_MOST = 12  # checks; the report has all of them


def run_result(
    command: str, summary: Summary, stopped_at: str | None, sent: ImportResult | None, code: ExitCode
) -> Result:
    """Return the result of a run."""
    tables = (
        _phases(summary), _records(summary), _stages(sent), _checks(summary), _found(summary), _closed(summary),
    )  # fmt: skip
    return Result(
        command.split(maxsplit=1)[0],
        _headline(summary, stopped_at, sent),
        tuple(table for table in tables if table.rows),
        notes=(*_notes(summary), *_named(summary), *_listed(sent)),
        next_step=_next(summary, stopped_at, code, sent),
        data=document(summary),
        exit_code=code,
    )


def _headline(summary: Summary, stopped_at: str | None, sent: ImportResult | None) -> str:
    if stopped_at is not None:
        closed = [gate.name for gate in summary.closed_gates]
        verb = "is" if len(closed) == 1 else "are"
        why = f"{', '.join(closed)} {verb} over the limit" if closed else _waits(summary)
        return f"Stopped after {stopped_at}: {why}; nothing later was done."
    arrived = sum(summary.total(outcome) for outcome in ("imported", "updated", "unchanged"))
    if sent is None and not arrived:
        return f"{counted(summary.read, 'record')} read; {summary.total('ready'):,} ready for the target."
    failed = sum(check.passed is False for check in summary.checks)
    end = f"{counted(failed, 'check')} of the audit failed" if failed else "the balance closes"
    return f"{counted(summary.read, 'record')} read, {arrived:,} in {summary.destination}; {end}."


def _waits(summary: Summary) -> str:
    return " and ".join(counted(item.count, item.what.removesuffix("s")) for item in summary.waiting)


def _phases(summary: Summary) -> TableView:
    rows = tuple((line.name, line.rows_in, line.rows_out, line.changes, line.findings) for line in summary.phases)
    return TableView("Phases", ("phase", "rows in", "rows out", "cells changed", "findings"), rows)


def _records(summary: Summary) -> TableView:
    return replace(outcomes(summary), title="What became of the records")


def _stages(sent: ImportResult | None) -> TableView:
    """Show what was sent of every stage; a later round also updates what is there, or finds nothing new."""
    stages = sent.stages if sent else ()
    again = any(stage.counts.updated or stage.counts.unchanged for stage in stages)
    shown = ("rows", "created", *(("updated", "unchanged") if again else ()), "rejected")
    rows = tuple(
        (stage.name, *(getattr(stage.counts, each) for each in shown), "yes" if stage.passed else "NO")
        for stage in stages
    )
    return TableView("Stages", ("stage", *shown, "passed"), rows)


def _checks(summary: Summary) -> TableView:
    rows = tuple((area.name, area.checks, area.total, area.count, area_verdict(area)) for area in areas(summary))
    return TableView("Audit", ("area", "checks", "looked at", "found", "result"), rows)


def _found(summary: Summary) -> TableView:
    """Show the checks that failed."""
    failed = [each for each in summary.checks if each.passed is False]
    rows = tuple((each.area, each.name, each.count, each.note or None) for each in failed[:_MOST])
    return TableView("What failed", ("area", "check", "found", "note"), rows, folded=True)


def _named(summary: Summary) -> Iterator[str]:
    """Say which lists name the records of checks that found some, each list once."""
    counts: Counter[tuple[str, str]] = Counter()
    for check in summary.checks:
        place = check.note.rpartition(" ")[2]
        if check.count and place.startswith("run/"):
            counts[check.area, place] += check.count
    yield from (f"Audit, {area}: {count:,} found, listed in {place}" for (area, place), count in counts.items())


def _closed(summary: Summary) -> TableView:
    rows = tuple((gate.name, gate.value, gate.limit) for gate in summary.closed_gates)
    return TableView("Closed gates", ("gate", "value", "limit"), rows)


def _notes(summary: Summary) -> tuple[str, ...]:
    as_of = (
        f"Ages are counted from {summary.as_of}." if summary.as_of else "No dates in the exports to count ages from."
    )
    waits = (f"{_one_waits(item)} for a person." for item in summary.waiting)
    hints = cures(gate.name for gate in summary.closed_gates)
    waived = (f"{gate.name} is waived by {gate.waived_by}: {gate.reason}" for gate in summary.gates if gate.waived_by)
    return (as_of, *waits, *hints, *waived)


def _one_waits(item: Waiting) -> str:
    one, many = item.what.removesuffix("s"), item.what
    return counted(item.count, f"{one} waits", f"{many} wait")


def _listed(sent: ImportResult | None) -> tuple[str, ...]:
    """Say what the import left for a person to look at."""
    if sent is None:
        return ()
    folder = f"run/import/{sent.destination}"
    lists = (
        (sent.conflicts, "field", "changed on both sides, not sent", "conflicts"),
        (sent.gone, "record", "in no export any more, left at the target", "gone"),
        (sent.missing, "record", "not at the target any more", "missing-at-target"),
        (sent.changed, "cell", "not as sent, changed at the target", "changed-by-target"),
    )
    told = [f"{counted(count, noun)} {what}: {folder}/{file}.csv" for count, noun, what, file in lists if count]
    if sent.left and not sent.stopped:
        told.append(f"Not sent yet: {', '.join(sent.left)}. The same command goes on.")
    return tuple(told)


def _next(summary: Summary, stopped_at: str | None, code: ExitCode, sent: ImportResult | None) -> str:
    if code is ExitCode.WAITING and summary.waiting:
        return summary.waiting[-1 if stopped_at else 0].command
    if stopped_at is not None:
        return "open run/report/index.html, mend the data or the plan, then crmclean run"
    if sent is not None and sent.left:
        return f"look at what {sent.destination} has now, then type the same command again"
    return "open run/report/index.html"
