"""Imports the mapped records stage by stage: freeze once, send, read back, and only then the next stage."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.binding import bind
from crmclean.destinations.checking import ReadBack, consent_fields, read_back
from crmclean.destinations.contract import Destination
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.outcomes import (
    StageCounts,
    dropped_references,
    frozen_inputs,
    ledger_rows,
    reading,
    stage_counts,
    write_rejects,
)
from crmclean.destinations.registry import REHEARSAL, kind_of, open_destination
from crmclean.errors import Fault, RefusedError
from crmclean.files.tables import schema_of
from crmclean.pipeline.arranging import KNOWN, arrange
from crmclean.pipeline.ledger import IMPORTED
from crmclean.pipeline.slicing import frozen
from crmclean.pipeline.staging import IN_NO_STAGE, assign
from crmclean.plan.model import Plan
from crmclean.records import INTO, OUTCOME, RECORD, Outcome
from crmclean.workflow.rehearsing import FIRST_ROUND, start_over_if_changed
from crmclean.workspace.events import Event, Notify, silent
from crmclean.workspace.paths import Workspace

GATE = "stage_rejects"
_COMPARED = 50  # records of a stage that are compared cell by cell


@dataclass(frozen=True)
class StageResult:
    """One stage: its rows, what the target says of them, and whether its gate let the next one start."""

    name: str
    counts: StageCounts
    read_back: ReadBack
    rejected_share: float
    passed: bool


@dataclass(frozen=True)
class ImportResult:
    """What an import did.

    stages: those that ran, the last one with passed=False where a gate stopped it. left: names of the stages that have
    not started. dropped: object, field and number of references that stay empty because the parent does not come.
    rejects: files to correct. imported: pipeline.ledger IMPORTED. unknown: rows whose fate a person has to settle.
    """

    destination: str
    stages: tuple[StageResult, ...]
    left: tuple[str, ...]
    dropped: tuple[tuple[str, str, int], ...]
    rejects: tuple[Path, ...]
    imported: pl.DataFrame
    unknown: int

    @property
    def stopped(self) -> bool:
        """Whether a gate stopped the import."""
        return any(not stage.passed for stage in self.stages)


@dataclass(frozen=True)
class Mapped:
    """What is imported: the target's schema, target object -> mapped rows, and canonical object -> rows after `stale`.

    merged: _record and _into of records that went into another one, beyond those that the canonical tables mark.
    foreseen: _record and fault (`code field`) of the rejects that `validate` predicts.
    """

    schema: TargetSchema
    tables: Mapping[str, pl.LazyFrame]
    canonical: Mapping[str, pl.LazyFrame]
    merged: pl.DataFrame | None = None
    foreseen: pl.DataFrame | None = None


def import_stages(
    workspace: Workspace,
    plan: Plan,
    mapped: Mapped,
    as_of: date | None,
    *,
    to: str = REHEARSAL,
    confirm: str | None = None,
    notify: Notify = silent,
) -> ImportResult:
    """Import into a destination; the same call goes on where an interrupted one stopped.

    confirm: the identity of the account, which a destination marked `production = true` has to be called by.

    Raises:
        PlanError: the destination or a stage's condition cannot be used. RefusedError: the journal belongs to something
        else, or the inputs changed. DestinationError: the target failed.
    """
    inputs = _inputs(workspace, plan, mapped)
    if to == REHEARSAL:
        start_over_if_changed(workspace, inputs)
    with closing(open_destination(workspace, plan, to)) as destination, Journal(workspace.journal(to)) as journal:
        account = destination.preflight(mapped.schema).account
        _check_confirmed(plan, to, account, confirm)
        identity = destination.prepare(mapped.schema)
        bind(journal, Binding(to, kind_of(plan, to), identity, _mapping(mapped.schema)))
        work = _Work(plan, mapped, as_of, inputs, to, destination, _folder(workspace, to))
        _freeze_once(journal, work)
        stages, left = _send(journal, work, notify)
        return _result(journal, work, stages, left)


def _check_confirmed(plan: Plan, to: str, identity: str, confirm: str | None) -> None:
    """Refuse to write into a production account that was not named."""
    if to != REHEARSAL and plan.destinations[to].production and confirm != identity:
        hint = f"rehearse first; then, if {identity} is the account that you mean, add --confirm {identity}"
        raise RefusedError(Fault(to, "is a production account", hint, "destination.not-confirmed"))


def imported(workspace: Workspace, to: str = REHEARSAL) -> pl.DataFrame | None:
    """Return what the journal of a destination says of records (pipeline.ledger IMPORTED); None before an import."""
    if not workspace.journal(to).is_file() or frozen_inputs(workspace.journal(to), FIRST_ROUND) is None:
        return None
    with reading(workspace.journal(to)) as database:
        return _imported(database)


@dataclass(frozen=True)
class _Work:
    """What one import works with. folder: run/import/<destination>/."""

    plan: Plan
    mapped: Mapped
    as_of: date | None
    inputs: str
    to: str
    destination: Destination
    folder: Path


def _folder(workspace: Workspace, to: str) -> Path:
    return workspace.phase("import") / to


def _inputs(workspace: Workspace, plan: Plan, mapped: Mapped) -> str:
    digest = sha256()
    for object_ in sorted(mapped.tables):
        digest.update(object_.encode())
        digest.update(workspace.table("map", object_).read_bytes())
    digest.update(json.dumps([asdict(stage) for stage in plan.stages]).encode())
    digest.update(_mapping(mapped.schema).encode())
    return digest.hexdigest()


def _mapping(schema: TargetSchema) -> str:
    names = {
        name: [object_.key, *((field.name, field.type, field.ref) for field in object_.writable())]
        for name, object_ in schema.objects.items()
    }
    return sha256(json.dumps(names, sort_keys=True).encode()).hexdigest()


def _freeze_once(journal: Journal, work: _Work) -> None:
    before = journal.inputs(FIRST_ROUND)
    if before == work.inputs:
        return
    if before is not None:
        problem = "the records to import are not those that this journal froze"
        hint = "finish with the plan and exports of that import, or import under a new destination name"
        raise RefusedError(Fault(str(journal.path), problem, hint, "journal.other-inputs"))
    staged = assign(work.plan, work.mapped.canonical, work.as_of)
    known = pl.DataFrame(schema=KNOWN)
    kept_back = None if work.destination.capabilities.refuses_bad_rows else work.mapped.foreseen
    arranged = arrange(work.mapped.schema, staged, work.mapped.tables, _merged(work.mapped), known, kept_back)
    names = [stage.name for stage in work.plan.stages]
    rows = work.destination.capabilities.batch_rows
    outside = staged.filter(pl.col("stage").is_null())[RECORD]
    round_ = Round(
        name=FIRST_ROUND,
        inputs=work.inputs,
        stages=names,
        merged=arranged.merged.iter_rows(),
        outside=((record, IN_NO_STAGE) for record in outside),
        dropped=arranged.dropped.iter_rows(),
    )
    freeze(journal, round_, frozen(work.mapped.schema, names, arranged, work.mapped.tables, rows))


def _merged(mapped: Mapped) -> pl.DataFrame:
    """Return every merged record with its survivor."""
    marked = [
        table.filter(pl.col(OUTCOME) == Outcome.MERGED.value).select(
            pl.col(RECORD).cast(pl.String), pl.col(INTO).cast(pl.String)
        )
        for table in mapped.canonical.values()
        if {OUTCOME, INTO} <= set(table.collect_schema().names())
    ]
    further = [] if mapped.merged is None else [mapped.merged.lazy()]
    none = pl.LazyFrame(schema={RECORD: pl.String, INTO: pl.String})
    pairs = pl.concat([none, *marked, *further]).unique(RECORD, keep="last").collect()
    return _final(pairs)


def _final(pairs: pl.DataFrame) -> pl.DataFrame:
    """Follow chains of merges to their end."""
    further = pairs.select(pl.col(RECORD).alias(INTO), pl.col(INTO).alias("next"))
    while True:
        followed = pairs.join(further, on=INTO, how="left", maintain_order="left").select(
            RECORD, pl.coalesce("next", INTO).alias(INTO)
        )
        if followed.equals(pairs):
            return pairs
        pairs = followed


def _send(journal: Journal, work: _Work, notify: Notify) -> tuple[list[StageResult], list[str]]:
    """Send stage by stage until a gate stops; return what ran, and the names of what did not start."""
    engine = Engine(journal, work.destination)
    results: list[StageResult] = []
    stages = journal.stages(FIRST_ROUND)
    for number, (id_, name, _) in enumerate(stages):
        total = stage_counts(journal.database, id_).rows
        engine.send_stage(id_, _progress(notify, name, total))
        results.append(_checked(journal, work, id_, name))
        journal.mark_stage(id_, "passed" if results[-1].passed else "stopped")
        if not results[-1].passed:
            return results, [left for _, left, _ in stages[number + 1 :]]
    return results, []


def _progress(notify: Notify, stage: str, total: int) -> Callable[[int], None]:
    done = 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        notify(Event("progress", "import", stage, done=done, total=total))

    return tell


def _checked(journal: Journal, work: _Work, stage: int, name: str) -> StageResult:
    counts = stage_counts(journal.database, stage)
    objects = work.mapped.schema.objects.values()
    made = work.destination.capabilities.makes_users
    users = frozenset(object_.name for object_ in objects if object_.existing and not made)
    consents = consent_fields(work.mapped.schema)
    found = read_back(journal, work.destination, stage, work.plan.seed, _COMPARED, users, consents)
    share = counts.rejected / counts.rows if counts.rows else 0.0
    limit = work.plan.gates.get(f"{GATE} {name}", work.plan.gates[GATE])
    passed = share <= limit and found.passed and not counts.unknown
    return StageResult(name, counts, found, share, passed)


def _result(journal: Journal, work: _Work, stages: list[StageResult], left: list[str]) -> ImportResult:
    return ImportResult(
        destination=work.to,
        stages=tuple(stages),
        left=tuple(left),
        dropped=tuple(dropped_references(journal.database, FIRST_ROUND)),
        rejects=write_rejects(journal.database, FIRST_ROUND, work.folder),
        imported=_imported(journal.database),
        unknown=sum(stage.counts.unknown for stage in stages),
    )


def _imported(database: sqlite3.Connection) -> pl.DataFrame:
    rows = pl.DataFrame(ledger_rows(database, FIRST_ROUND), schema=schema_of(IMPORTED), orient="row")
    return rows.sort("record")
