"""Runs phases one after the other; one whose inputs, plan and code are unchanged is not run again."""

import json
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.pipeline.caching import digest, phase_key
from crmclean.pipeline.dedupe.weights import forget_weights, keep_weights
from crmclean.pipeline.store import Phase, restamp, save, stored, tables
from crmclean.records import OUTCOME
from crmclean.workflow.importing.targeting import TARGETING
from crmclean.workflow.running.earlier import brought
from crmclean.workflow.running.preparing import PREPARING, Tables, day_of_reference
from crmclean.workflow.running.session import Session
from crmclean.workspace.atomic import write_json
from crmclean.workspace.events import Event
from crmclean.workspace.paths import Workspace

Work = Callable[[Session, Tables], Phase]
CHAIN: Mapping[str, Work] = {**PREPARING, **TARGETING}
_NAMES = tuple(CHAIN)


def up_to_date(session: Session, phase: str) -> bool:
    """Whether a phase has run on the inputs, plan and code as they are now."""
    known = stored(session.workspace, phase)
    return known is not None and known.key == _key(session, phase)


def run_phase(session: Session, phase: str) -> bool:
    """Run one phase, unless it is up to date; return whether it ran.

    Raises:
        InputError: the phase before it has not run on these inputs.
    """
    before = _before(phase)
    if before is not None and not up_to_date(session, before):
        known = stored(session.workspace, before)
        problem = f"the phase {before} has not run " + (
            "yet" if known is None else "on the exports and plan as they are now"
        )
        hint = f"type `crmclean {before}` first, or `crmclean run --through {phase}` for all of it"
        raise InputError(Fault(phase, problem, hint, "phase.missing"))
    if up_to_date(session, phase):
        session.notify(Event("skipped", phase, "unchanged"))
        return False
    _work(session, phase, before)
    return True


def learn_weights(session: Session) -> None:
    """Run dedupe with weights learned from these records, and keep them for all later runs.

    Raises:
        InputError: the phase before it has not run on these inputs.
    """
    forget_weights(session.workspace)
    run_phase(session, "dedupe")
    keep_weights(session.workspace)
    restamp(session.workspace, "dedupe", _key(session, "dedupe"))  # with these weights it comes to the same


def _work(session: Session, phase: str, before: str | None) -> None:
    key = _key(session, phase)
    session.notify(Event("started", phase))
    start = perf_counter()
    inputs = tables(session.workspace, before) if before else {}
    made = CHAIN[phase](session, inputs)
    save(session.workspace, phase, made, key)
    seconds = perf_counter() - start
    rows = rows_out(session.workspace, phase)
    _note_time(session.workspace, phase, seconds)
    session.notify(Event("finished", phase, done=rows, seconds=seconds))


def _before(phase: str) -> str | None:
    place = _NAMES.index(phase)
    return _NAMES[place - 1] if place else None


def _key(session: Session, phase: str) -> str:
    """Return the key of a phase: a chain over all phases before it."""
    plan, key = session.plan, session.inputs
    for name in _NAMES[: _NAMES.index(phase) + 1]:
        as_of = day_of_reference(session) if name == "stale" else None
        key = phase_key(name, plan, key, seed=plan.seed, as_of=as_of.isoformat() if as_of else None)
        known = brought(session) if name == "stale" else frozenset()
        key = digest([key, sorted(known)]) if known else key
    return key


def rows_out(workspace: Workspace, phase: str) -> int:
    """Return how many records have no outcome after a phase; as the phase counted them where it keeps no tables."""
    known = stored(workspace, phase)
    if known is not None and "rows_out" in known.counts:
        return int(str(known.counts["rows_out"]))
    counts = [_open(table) for table in tables(workspace, phase).values()]
    return sum(int(frame.item()) for frame in pl.collect_all(counts))


def _open(table: pl.LazyFrame) -> pl.LazyFrame:
    if OUTCOME not in table.collect_schema():
        return table.select(pl.len())
    return table.select(pl.col(OUTCOME).is_null().sum())


def _note_time(workspace: Workspace, phase: str, seconds: float) -> None:
    path = workspace.run / "timings.json"
    times = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write_json(path, times | {phase: round(seconds, 3)})


def phases_through(phase: str) -> Sequence[str]:
    """Return the phases of the chain up to and with `phase`; all of them for import and audit."""
    return _NAMES[: _NAMES.index(phase) + 1] if phase in _NAMES else _NAMES
