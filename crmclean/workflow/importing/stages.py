"""Imports the mapped records stage by stage: freeze once, send, read back, and only then the next stage."""

import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.binding import bind
from crmclean.destinations.checking import ReadBack, read_back
from crmclean.destinations.contract import Destination
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.journal import Journal
from crmclean.destinations.lists import write_changes, write_list, write_missing
from crmclean.destinations.outcomes import (
    StageCounts,
    dropped_references,
    stage_counts,
    write_rejects,
)
from crmclean.destinations.pace import Pace
from crmclean.destinations.pending import KeepBack, nothing_kept_back
from crmclean.destinations.registry import REHEARSAL, kind_of
from crmclean.plan.model import DEFAULT_GATES, Plan
from crmclean.workflow.importing.ahead import announce, check_ahead, chosen_stages, for_objects, usual_pilot
from crmclean.workflow.importing.fates import imported_in
from crmclean.workflow.importing.reaching import reached
from crmclean.workflow.importing.rehearsing import start_over_if_changed
from crmclean.workflow.importing.rounds import PILOT, Mapped, Sending, Source, open_round
from crmclean.workspace.events import Event, Notify, silent
from crmclean.workspace.paths import Workspace

REJECTS, MISSING, CHANGED = "stage_rejects", "missing_at_target", "changed_at_target"
_COMPARED = 50  # records of a stage that are compared cell by cell


@dataclass(frozen=True)
class StageResult:
    """One stage: its rows, what the target says of them, and whether its gates let the next one start.

    limits: gate -> its limit in this stage, waivers included.
    """

    name: str
    counts: StageCounts
    read_back: ReadBack
    rejected_share: float
    limits: Mapping[str, float]
    passed: bool


@dataclass(frozen=True)
class ImportResult:
    """What an import did.

    stages: those that ran, the last one with passed=False where a gate stopped it. left: names of the stages that have
    not started. dropped: object, field and number of references that stay empty because the parent does not come.
    rejects: files to correct. imported: pipeline.ledger IMPORTED. unknown: rows whose fate a person has to settle.
    conflicts: fields that were changed on both sides. gone: records at the target that are in no export any more.
    missing: records that were sent and are not there any more. changed: cells, of the pilot slice or of the samples,
    that are not as they were sent. Each has its file in run/import/<destination>/.
    """

    destination: str
    round_: str
    stages: tuple[StageResult, ...]
    left: tuple[str, ...]
    dropped: tuple[tuple[str, str, int], ...]
    rejects: tuple[Path, ...]
    imported: pl.DataFrame
    unknown: int
    conflicts: int = 0
    gone: int = 0
    missing: int = 0
    changed: int = 0

    @property
    def stopped(self) -> bool:
        """Whether a gate stopped the import."""
        return any(not stage.passed for stage in self.stages)


def import_stages(
    workspace: Workspace,
    plan: Plan,
    mapped: Mapped,
    as_of: date | None,
    *,
    to: str = REHEARSAL,
    sending: Sending | None = None,
    keep_back: KeepBack = nothing_kept_back,
    notify: Notify = silent,
) -> ImportResult:
    """Import into a destination; the same call goes on where an interrupted one stopped.

    keep_back: asked just before rows are sent, says which of them must not go.

    Raises:
        PlanError: the destination or a stage's condition cannot be used. RefusedError: it would not be safe.
        DestinationError: the target failed.
    """
    sending = sending or Sending()
    source = source_of(workspace, plan, mapped, as_of, to)
    if to == REHEARSAL:
        start_over_if_changed(workspace, source.inputs, sending.round_)
    with reached(workspace, plan, to, mapped.schema) as at, Journal(workspace.journal(to)) as journal:
        destination, found = at.destination, for_objects(at.found, mapped.schema, mapped.filled())
        check_ahead(plan, to, found, sending)
        binding = Binding(to, kind_of(plan, to), destination.prepare(mapped.schema), mapping_of(mapped.schema))
        bind(journal, binding)
        with _stoppable() as stopped:
            work = _Work(source, to, destination, workspace.phase("import") / to, keep_back, stopped, sending)
            round_ = open_round(journal, destination, source, usual_pilot(plan, to, journal, sending), notify)
            if to != REHEARSAL and plan.destinations[to].production:
                announce(journal, round_, found, notify)
            stages, left = _send(journal, work, round_, notify)
        return _result(journal, work, round_, stages, left)


@dataclass(frozen=True)
class _Work:
    """What one import works with. folder: run/import/<destination>/. stopped: whether Ctrl-C was pressed."""

    source: Source
    to: str
    destination: Destination
    folder: Path
    keep_back: KeepBack
    stopped: Callable[[], bool]
    sending: Sending


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the import after the batch that is under way; a second one ends it at once."""
    pressed = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def source_of(workspace: Workspace, plan: Plan, mapped: Mapped, as_of: date | None, to: str) -> Source:
    """Return what a round is made from."""
    return Source(plan, mapped, as_of, _inputs(workspace, plan, mapped), rehearsal=to == REHEARSAL)


def _inputs(workspace: Workspace, plan: Plan, mapped: Mapped) -> str:
    digest = sha256()
    for object_ in sorted(mapped.tables):
        digest.update(object_.encode())
        digest.update(workspace.table("map", object_).read_bytes())
    digest.update(json.dumps([plan.missing_parent, *(asdict(stage) for stage in plan.stages)]).encode())
    digest.update(mapped.survivors.write_csv().encode())  # the crosswalk leads from these to their survivors
    digest.update(mapping_of(mapped.schema).encode())
    if mapped.existing is not None and mapped.existing.height:
        digest.update(mapped.existing.sort("record").write_csv().encode())
    return digest.hexdigest()


def mapping_of(schema: TargetSchema) -> str:
    """Return the hash of the target's keys and fields, which binds a journal."""
    names = {
        name: [object_.key, *((field.name, field.type, field.ref) for field in object_.writable())]
        for name, object_ in schema.objects.items()
    }
    return sha256(json.dumps(names, sort_keys=True).encode()).hexdigest()


def _send(journal: Journal, work: _Work, round_: str, notify: Notify) -> tuple[list[StageResult], list[str]]:
    """Send stage by stage until a gate stops; return what ran, and the names of what did not start."""
    engine = _engine(journal, work)
    results: list[StageResult] = []
    stages = chosen_stages(journal.stages(round_), work.sending)
    for number, (id_, name, _) in enumerate(stages):
        total = stage_counts(journal.database, id_).rows
        engine.send_stage(id_, _progress(notify, name, total))
        results.append(_checked(journal, work, id_, name))
        journal.mark_stage(id_, "passed" if results[-1].passed else "stopped")
        if not results[-1].passed:
            return results, [left for _, left, _ in stages[number + 1 :]]
    ran = {stage.name for stage in results}
    return results, [name for _, name, state in journal.stages(round_) if name not in ran and state != "passed"]


def _engine(journal: Journal, work: _Work) -> Engine:
    plan = work.source.plan
    where = plan.destinations.get(work.to)
    pace = Pace(
        name=work.to,
        journal=journal,
        destination=work.destination,
        window=where.window if where else None,
        calls_per_second=where.calls_per_second if where else None,
        calls_per_day=where.calls_per_day if where else None,
        stop=work.stopped,
    )
    return Engine(
        journal, work.destination, keep_back=work.keep_back, rejected_parent=plan.rejected_parent, before_batch=pace
    )


def _progress(notify: Notify, stage: str, total: int) -> Callable[[int], None]:
    done = 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        notify(Event("progress", "import", stage, done=done, total=total))

    return tell


def _checked(journal: Journal, work: _Work, stage: int, name: str) -> StageResult:
    counts = stage_counts(journal.database, stage)
    schema = work.source.mapped.schema
    made = work.destination.capabilities.makes_users
    users = frozenset(object_.name for object_ in schema.objects.values() if object_.existing and not made)
    plan = work.source.plan
    found = read_back(journal, work.destination, stage, plan.seed, _COMPARED, schema, users)
    share = counts.rejected / counts.rows if counts.rows else 0.0
    limits = {gate: _limit(plan, gate, name) for gate in (REJECTS, MISSING, CHANGED)}
    missing, changed = len(found.missing), 0 if name == PILOT else found.differing
    within = share <= limits[REJECTS] and missing <= limits[MISSING] and changed <= limits[CHANGED]
    passed = within and not found.opt_outs_lost and not counts.unknown
    return StageResult(name, counts, found, share, limits, passed)


def _limit(plan: Plan, gate: str, stage: str) -> float:
    return plan.gates.get(f"{gate} {stage}", plan.gates.get(gate, DEFAULT_GATES[gate]))


def _result(journal: Journal, work: _Work, round_: str, stages: list[StageResult], left: list[str]) -> ImportResult:
    database = journal.database
    changed = [change for stage in stages for change in stage.read_back.changes]
    missing = [record for stage in stages for record in stage.read_back.missing]
    return ImportResult(
        destination=work.to,
        round_=round_,
        stages=tuple(stages),
        left=tuple(left),
        dropped=tuple(dropped_references(database, round_)),
        rejects=write_rejects(database, round_, work.folder),
        imported=imported_in(database, round_),
        unknown=sum(stage.counts.unknown for stage in stages),
        conflicts=write_list(database, work.folder / "conflicts.csv", "conflict", round_),
        gone=write_list(database, work.folder / "gone.csv", "gone", round_),
        missing=write_missing(work.folder / "missing-at-target.csv", missing),
        changed=write_changes(work.folder / "changed-by-target.csv", changed),
    )
