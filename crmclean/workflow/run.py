"""`crmclean run` and the commands of single phases: exports in, an audited target out, and reports on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from crmclean.audit.result import Check
from crmclean.destinations.registry import REHEARSAL, kind_of
from crmclean.errors import BalanceError, ExitCode, Fault, RefusedError
from crmclean.pipeline.store import stored
from crmclean.records import PHASES
from crmclean.reports.facts import GateFacts, Waiting
from crmclean.reports.redacting import NOTICE
from crmclean.reports.results import Result
from crmclean.reports.summary import Summary
from crmclean.reports.write import write_reports
from crmclean.workflow.auditing.auditing import audit_checks, audit_gates
from crmclean.workflow.importing.before_import import rewrite_before_import
from crmclean.workflow.importing.rounds import Sending
from crmclean.workflow.importing.sending import import_gates, import_into
from crmclean.workflow.importing.stages import ImportResult
from crmclean.workflow.importing.trial import trial
from crmclean.workflow.running.accounting import Account, account, known_import, replay_once, run_facts
from crmclean.workflow.running.chain import learn_weights, phases_through, run_phase, up_to_date
from crmclean.workflow.running.manifest import write_manifest
from crmclean.workflow.running.previous import keep_previous
from crmclean.workflow.running.session import Session, session
from crmclean.workflow.running.view import run_result
from crmclean.workflow.spot_checking import proven
from crmclean.workflow.waiving import NOTHING, Waive, waive_last, with_waivers
from crmclean.workspace.events import Event, Notify, silent


@dataclass
class _Course:
    """How far a run has come. stopped_at: the phase whose gate stopped it."""

    gates: list[GateFacts] = field(default_factory=list)
    checks: tuple[Check, ...] = ()
    sent: ImportResult | None = None
    stopped_at: str | None = None
    waive: Waive = NOTHING
    redact: bool = False


def run(
    root: Path,
    *,
    through: str | None = None,
    to: str = REHEARSAL,
    sending: Sending | None = None,
    as_of: date | None = None,
    seed: int | None = None,
    waive: Waive = NOTHING,
    redact: bool = False,
    notify: Notify = silent,
) -> Result:
    """Run the pipeline up to and with the phase `through`; go on where an interrupted run stopped.

    redact: mask what could name a person in run/report/, so that it may be mailed.

    Raises:
        CrmcleanError: see crmclean.errors; a closed gate or something that waits for a person is a Result instead.
    """
    last = through or PHASES[-1]
    round_ = sending.round_ if sending else None
    with session(root, as_of=as_of, seed=seed, notify=notify, fetching=True, round_=round_) as current:
        course = _course(current, waive, to)
        course.redact = redact
        keep_previous(current, last)
        _prepare(current, course, last)
        replay_once(current)  # before anything is sent on the strength of it
        if course.stopped_at is None and last in ("import", "audit"):
            if sending and sending.dry_run:
                return trial(current, to, sending)
            _import(current, course, to, sending or Sending())
        if course.stopped_at is None and last == "audit":
            _audit(current, course, to)
        return _told(current, course, to, f"run through {last}")


def phase(
    root: Path,
    name: str,
    *,
    to: str = REHEARSAL,
    sending: Sending | None = None,
    as_of: date | None = None,
    seed: int | None = None,
    waive: Waive = NOTHING,
    learn: bool = False,
    against: Sequence[Path] = (),
    notify: Notify = silent,
) -> Result:
    """Run one phase on what the one before left behind; with `learn`, dedupe keeps its weights for later runs.

    against: exports of the target that the audit reads in its place.

    Raises:
        CrmcleanError: see crmclean.errors.
    """
    round_ = sending.round_ if sending else None
    with session(root, as_of=as_of, seed=seed, notify=notify, fetching=name == "load", round_=round_) as current:
        course = _course(current, waive, to)
        course.gates = [gate for of in ("stale", "validate") for gate in _gates(current, course, of)]
        if name == "import":
            _refuse_past_gates(current, course)
            if sending and sending.dry_run:
                return trial(current, to, sending)
            replay_once(current)
            _import(current, course, to, sending or Sending())
        elif name == "audit":
            _refuse_outdated(current, "type `crmclean run --through validate`, which sends nothing, then audit again")
            _audit(current, course, to, against)
        else:
            learn_weights(current) if learn else run_phase(current, name)
            course.gates = _gates(current, course, name)
            course.stopped_at = name if any(not gate.passed for gate in course.gates) else None
        return _told(current, course, to, name)


def _prepare(current: Session, course: _Course, last: str) -> None:
    for name in phases_through(last):
        run_phase(current, name)
        course.gates += (gates := _gates(current, course, name))
        if any(not gate.passed for gate in gates):
            course.stopped_at = name
            return


def _course(current: Session, waive: Waive, to: str) -> _Course:
    """Start, with the waivers that the command line gives; not before the destination is known."""
    kind_of(current.plan, to)
    waive.check([stage.name for stage in current.plan.stages])
    waive_last(current.workspace, waive, current.plan_hash)
    return _Course(waive=waive)


def _gates(current: Session, course: _Course, name: str) -> list[GateFacts]:
    known = stored(current.workspace, name)
    listed = known.counts.get("gates", []) if known else []
    gates = [GateFacts(**gate) for gate in listed]  # type: ignore[attr-defined]
    return with_waivers(current.workspace, gates, course.waive, current.plan_hash)


def _refuse_outdated(current: Session, hint: str = "type `crmclean run`, which goes on from there") -> None:
    for name in phases_through("import"):
        if not up_to_date(current, name):
            problem = "has not run on the exports and plan as they are now"
            raise RefusedError(Fault(name, problem, hint, "run.stale"))


def _refuse_past_gates(current: Session, course: _Course) -> None:
    _refuse_outdated(current)
    closed = [gate.name for gate in course.gates if not gate.passed]
    if closed:
        hint = "open run/report/index.html, mend the data or the plan, then type `crmclean run`"
        raise RefusedError(*(Fault(f"gate {name}", "is closed", hint, "gate.closed") for name in closed))


def _import(current: Session, course: _Course, to: str, sending: Sending) -> None:
    current.notify(Event("started", "import"))
    course.sent = import_into(current, to, sending)
    course.gates += import_gates(current, course.sent)
    course.stopped_at = "import" if course.sent.stopped else None
    current.notify(Event("finished", "import", done=course.sent.imported.height))


def _audit(current: Session, course: _Course, to: str, against: Sequence[Path] = ()) -> None:
    course.checks = audit_checks(current, to, against)
    course.gates += audit_gates(current, course.checks)


def _told(current: Session, course: _Course, to: str, command: str) -> Result:
    """Add up, write the reports, and only then complain about a law that is broken."""
    sent = course.sent.imported if course.sent else known_import(current, to)
    done = account(current, sent)
    waiting = _waiting(current, course)
    summary = _report(current, course, done, to, waiting)
    write_manifest(current)
    if done.faults:
        raise BalanceError(*done.faults)
    result = run_result(command, summary, course.stopped_at, course.sent, _exit_code(course, waiting))
    return replace(result, notes=(*result.notes, *_matching_notes(current, command), *proven(current.workspace)))


def _matching_notes(current: Session, command: str) -> tuple[str, ...]:
    """Say which decisions were not applied; after `crmclean dedupe` also what was capped or not compared."""
    known = stored(current.workspace, "dedupe")
    notes: list[dict[str, object]] = known.counts.get("notes", []) if known else []  # type: ignore[assignment]
    shown = [note for note in notes if command == "dedupe" or str(note["code"]).startswith("decisions.")]
    return tuple(f"{note['count']:,} {note['problem']}." for note in shown)


def _report(current: Session, course: _Course, done: Account, to: str, waiting: list[Waiting]) -> Summary:
    facts = run_facts(current, done, to, [*course.gates, done.gate], course.checks, waiting)
    if course.redact or (current.workspace.report / NOTICE).is_file():
        rewrite_before_import(current.workspace, redact=course.redact)
    return write_reports(facts, current.workspace.report, redact=course.redact)


def _waiting(current: Session, course: _Course) -> list[Waiting]:
    known = stored(current.workspace, "dedupe")
    pairs = int(str(known.counts["doubtful_pairs"])) if known else 0
    found = [Waiting("doubtful pairs", pairs, "crmclean review --export")] if pairs else []
    if course.sent and course.sent.unknown:
        found.append(
            Waiting("rows of unknown fate", course.sent.unknown, f"crmclean settle --to {course.sent.destination}")
        )
    if course.sent and course.sent.conflicts:
        where = f"open run/import/{course.sent.destination}/conflicts.csv, and make both sides equal"
        found.append(Waiting("fields changed on both sides", course.sent.conflicts, where))
    return found


def _exit_code(course: _Course, waiting: list[Waiting]) -> ExitCode:
    """10 where a gate is closed; rows without an answer stop an import as well, and wait for a person: 11."""
    closed = any(not gate.passed for gate in course.gates) or not waiting
    if (course.stopped_at is not None and closed) or any(check.passed is False for check in course.checks):
        return ExitCode.GATE
    return ExitCode.WAITING if waiting else ExitCode.DONE
