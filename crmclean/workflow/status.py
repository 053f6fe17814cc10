"""`crmclean status`: where things stand, what waits for whom, and what to type next."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from crmclean.destinations.outcomes import NOT_SENT, last_round, reading
from crmclean.destinations.registry import REHEARSAL
from crmclean.errors import Fault, InputError
from crmclean.pipeline.caching import plan_hash
from crmclean.pipeline.dedupe.weights import kept_weights
from crmclean.pipeline.gates import cures
from crmclean.pipeline.store import frame, stored
from crmclean.plan.read import read_plan
from crmclean.records import PHASES
from crmclean.reports.results import Result, TableView
from crmclean.reports.values_block import VALUES
from crmclean.reports.wording import counted
from crmclean.workflow.explaining.lookup import ledger
from crmclean.workflow.review import open_questions
from crmclean.workflow.review_split import NOBODY, OWNER, dealt
from crmclean.workflow.spot_checking import proven
from crmclean.workspace.paths import Workspace

_SHOWN = 10
_USUAL = ("match.not-listed", "match.review")  # said elsewhere, or of no consequence
_LEFT_OVER = {
    "unread": ("one value that nothing reads", "{:,} values that nothing reads, most frequent first"),
    "suggested": ("one address with a likely typo in its domain", "{:,} addresses with a likely typo in the domain"),
}


def status(root: Path) -> Result:
    """Return the state of a workspace.

    Raises:
        InputError: there is no plan, or the report cannot be read.
        PlanError: the plan has faults.
    """
    workspace = Workspace(root)
    plan = read_plan(root)
    report = _document(workspace.report / "report.json")
    done = [phase for phase in PHASES if stored(workspace, phase)]
    changed = _plan_changed(workspace, plan_hash(plan))
    unlisted = _unlisted(workspace)
    by_owner, sent = _pairs_by_owner(workspace), _sent(workspace, report)
    gone = not report and not done and workspace.purged.is_file()
    tables = (
        _phases(report, done),
        _objects(report),
        _gates(report),
        _waived(report),
        _values(unlisted),
        _waiting(report),
        _for_whom(by_owner),
    )
    return Result(
        "status",
        _headline(plan.name, report, done, gone=gone),
        tuple(table for table in tables if table.rows),
        notes=(
            *cures(gate["name"] for gate in _closed(report)),
            *_left_over(workspace),
            *_notes(unlisted, changed=changed),
            *sent.told,
            *(_spot_check(workspace) if report else ()),
            *_matching_notes(workspace),
        ),
        next_step=None if gone else _next(report, sent.command, changed=changed),
        data={"name": plan.name, "phases_done": done, "plan_changed": changed, "values": unlisted, "report": report}
        | ({"doubtful_pairs_by_owner": by_owner} if by_owner else {}),
    )


def _document(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        fault = Fault(str(path), "is not JSON", "type `crmclean run` to write it again", "report.unreadable")
        raise InputError(fault) from error
    return dict(body)


def _plan_changed(workspace: Workspace, now: str) -> bool:
    before = _document(workspace.manifest).get("plan_hash", now)
    return bool(before != now)


def _headline(name: str, report: Mapping[str, Any], done: Sequence[str], *, gone: bool) -> str:
    if gone:
        return f"{name}: `crmclean purge` removed its personal data; kept/README.txt says when, and what is left."
    if not report:
        return f"{name}: {', '.join(done)} done, no report yet." if done else f"{name}: nothing has been run yet."
    closed = [gate["name"] for gate in report["gates"] if not gate["passed"]]
    if not report["closes"]:
        return f"{name}: the balance does not close; see run/report/index.html."
    if closed:
        return f"{name}: stopped at {counted(len(closed), 'gate')}: {', '.join(closed)}."
    read = sum(line["read"] for line in report["objects"])
    return f"{name}: {counted(read, 'record')} accounted for, the balance closes."


def _phases(report: Mapping[str, Any], done: Sequence[str]) -> TableView:
    counts = {line["name"]: line for line in report.get("phases", [])}
    names = ("rows_in", "rows_out", "changes", "findings")
    rows = tuple(
        (phase, *(counts.get(phase, {}).get(name) for name in names)) for phase in PHASES if phase in (*done, *counts)
    )
    return TableView("Phases", ("phase", "rows in", "rows out", "cells changed", "findings"), rows)


def _objects(report: Mapping[str, Any]) -> TableView:
    lines = report.get("objects", [])
    outcomes = list(dict.fromkeys(name for line in lines for name in line if name not in ("object", "read")))
    rows = tuple((line["object"], line["read"], *(line.get(name, 0) for name in outcomes)) for line in lines)
    return TableView("Records", ("object", "read", *outcomes), rows)


def _gates(report: Mapping[str, Any]) -> TableView:
    rows = tuple((gate["name"], gate["value"], gate["limit"]) for gate in _closed(report))
    return TableView("Closed gates", ("gate", "value", "limit"), rows)


def _closed(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [gate for gate in report.get("gates", []) if not gate["passed"]]


def _waived(report: Mapping[str, Any]) -> TableView:
    waived = [gate for gate in report.get("gates", []) if gate.get("waived_by")]
    rows = tuple((gate["name"], gate["value"], gate["limit"], gate["waived_by"], gate["reason"]) for gate in waived)
    return TableView("Waived gates", ("gate", "value", "limit", "by", "reason"), rows)


def _unlisted(workspace: Workspace) -> list[dict[str, Any]]:
    """Values that the target has no option for, most frequent first."""
    shape = {"object": "text", "column": "text", "value": "text", "records": "integer"}
    return frame(workspace, "map", "unlisted", shape).select(list(shape)).collect().to_dicts()


def _left_over(workspace: Workspace) -> Iterator[str]:
    """What normalize could not read, and what it suggests."""
    known = stored(workspace, "normalize")
    for name, told in _LEFT_OVER.items():
        count = int(str(known.counts.get(name, 0))) if known else 0
        if count:
            yield f"{told[0] if count == 1 else told[1].format(count)}: run/normalize/{name}.csv"


def _values(unlisted: Sequence[Mapping[str, Any]]) -> TableView:
    rows = tuple((f"{line['object']}.{line['column']}", line["value"], line["records"]) for line in unlisted[:_SHOWN])
    return TableView("Values without an option at the target", ("field", "value", "records"), rows)


def _notes(unlisted: Sequence[Mapping[str, Any]], *, changed: bool) -> Iterator[str]:
    if len(unlisted) > _SHOWN:
        yield f"and {len(unlisted) - _SHOWN:,} more values"
    if unlisted:
        line = unlisted[0]
        yield f'In the plan: [values."{line["object"]}.{line["column"]}"] with value = "option", or "" to drop it.'
        yield f"run/map/{VALUES} has all of them as a block to decide and paste."
    if changed:
        yield "The plan has changed since the last run."


def _matching_notes(workspace: Workspace) -> Iterator[str]:
    """What matching capped, did not compare or did not apply, and whether it weighs as an earlier run did."""
    known = stored(workspace, "dedupe")
    notes: Any = known.counts.get("notes", []) if known else []
    yield from (f"Matching: {note['count']:,} {note['problem']}." for note in notes if note["code"] not in _USUAL)
    if kept := kept_weights(workspace):
        yield f"Matching weighs {' and '.join(sorted(kept))} as `crmclean dedupe --learn` kept it."


def _waiting(report: Mapping[str, Any]) -> TableView:
    rows = tuple((item["what"], item["count"], item["command"]) for item in report.get("waiting", []))
    return TableView("Waits for a person", ("what", "count", "type"), rows)


@dataclass(frozen=True)
class _Sent:
    """What is behind with an import. told: sentences for people. command: what goes on with it, None: nothing does."""

    told: tuple[str, ...] = ()
    command: str | None = None


def _sent(workspace: Workspace, report: Mapping[str, Any]) -> _Sent:
    """Say which records of an import that was begun wait for their stage, and whether it was taken back since."""
    lines = ledger(workspace) if report else None
    if lines is None:
        return _Sent()
    to = str(report.get("destination", REHEARSAL))
    command = "crmclean run" + (f" --to {to}" if to != REHEARSAL else "")
    if undone := _undone(workspace, to):
        told = f"Round {undone} in {to} was taken back since: what is said of the import here was before that."
        return _Sent((told,), command + (" --round NAME" if to != REHEARSAL else ""))
    count = lines.filter(pl.col("code") == NOT_SENT).select(pl.len()).collect().item()
    told = f"{counted(count, 'record is', 'records are')} not sent yet: {command}"
    return _Sent((told,), command) if count else _Sent()


def _undone(workspace: Workspace, to: str) -> str | None:
    """Return the name of the last round at a destination, if it was taken back."""
    if not workspace.journal(to).is_file():
        return None
    with reading(workspace.journal(to)) as database:
        last = last_round(database)
    return last.name if last and last.undone else None


def _pairs_by_owner(workspace: Workspace) -> dict[str, int]:
    """Return who knows the records of doubtful pairs -> how many pairs, most first."""
    counts: Counter[str] = Counter()
    for object_, rows in open_questions(workspace) if stored(workspace, "dedupe") else ():
        if rows.height:
            counts.update({str(name): part.height for name, part in dealt(workspace, object_, rows, OWNER)})
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _for_whom(by_owner: Mapping[str, int]) -> TableView:
    """Show who could answer; nothing where the records have no owners."""
    rows = tuple(by_owner.items()) if set(by_owner) - {NOBODY} else ()
    left = len(rows) - _SHOWN
    more = ((f"and {left:,} more", sum(count for _, count in rows[_SHOWN:])),) if left > 0 else ()
    title = "Doubtful pairs by owner: crmclean review --export --by owner"
    return TableView(title, ("owner", "pairs"), (*rows[:_SHOWN], *more))


def _spot_check(workspace: Workspace) -> Iterator[str]:
    """Say what the spot check proves, or that it waits for somebody."""
    told = list(proven(workspace))
    yield from told
    if not told and stored(workspace, "validate") is not None:
        yield "Nobody has judged the spot check yet: see run/report/before-import.xlsx, crmclean validate --apply FILE."


def _next(report: Mapping[str, Any], sends: str | None, *, changed: bool) -> str:
    if not report or changed:
        return "crmclean run"
    if any(not gate["passed"] for gate in report["gates"]):
        return "open run/report/index.html, mend the data or the plan, then crmclean run"
    if report["waiting"]:
        return str(report["waiting"][0]["command"])
    return sends or "open run/report/index.html"
