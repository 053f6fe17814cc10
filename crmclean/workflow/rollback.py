"""`crmclean rollback`: takes the last round of an import back, as far as nobody has touched it since."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.binding import bind
from crmclean.destinations.contract import Destination
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding, State
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.lists import write_kept
from crmclean.destinations.outcomes import LastRound, last_round
from crmclean.destinations.registry import REHEARSAL, kind_of
from crmclean.destinations.undoing import STAGE, Undoing, finish, keep_touched, left_alone, undo_counts
from crmclean.errors import ExitCode, Fault, RefusedError, UsageError
from crmclean.plan.model import Plan
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.importing.ahead import for_objects, named, not_confirmed
from crmclean.workflow.importing.fates import where_imported
from crmclean.workflow.importing.reaching import reached
from crmclean.workflow.importing.stages import mapping_of
from crmclean.workspace.events import Event, Notify, silent
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace


@dataclass(frozen=True)
class _Target:
    """Where something is taken back."""

    to: str
    destination: Destination
    schema: TargetSchema
    journal: Journal


def rollback(
    root: Path,
    *,
    to: str = REHEARSAL,
    round_: str | None = None,
    confirm: str | None = None,
    dry_run: bool = False,
    notify: Notify = silent,
) -> Result:
    """Delete what the last round created and give back what it overwrote, where nobody touched it since.

    Planned and journaled like an import: the same command goes on where it was interrupted. What is left alone stands
    in run/import/<destination>/not-rolled-back.csv with the reason.

    Raises:
        UsageError: nothing was imported, or there is no such round. RefusedError: later rounds stand on it, the account
        was not named, or the destination cannot delete. DestinationError: it failed.
    """
    plan = read_plan(root)
    workspace = Workspace(root)
    with held(workspace):
        order = Order(to, round_, confirm, dry_run)
        return take_back(workspace, plan, planned_target(plan), order, notify)


@dataclass(frozen=True)
class Order:
    """What the command line says of a rollback."""

    to: str = REHEARSAL
    round_: str | None = None
    confirm: str | None = None
    dry_run: bool = False


def take_back(workspace: Workspace, plan: Plan, schema: TargetSchema, order: Order, notify: Notify = silent) -> Result:
    """Do what `rollback` says, for whoever holds the workspace's lock."""
    to, dry_run = order.to, order.dry_run
    if not workspace.journal(to).is_file():
        raise _nothing(workspace, to)
    with reached(workspace, plan, to, schema) as at, Journal(workspace.journal(to)) as journal:
        last = last_round(journal.database)
        if last is None:
            raise _nothing(workspace, to)
        sent = [name for (name,) in journal.database.execute("SELECT name FROM object")]
        destination, found = at.destination, for_objects(at.found, schema, sent)
        faults = [*named(found.faults, to), *(() if dry_run else not_confirmed(plan, to, found, order.confirm))]
        if not destination.capabilities.deletes:
            hint = "delete the records there by hand: `gone` and the crosswalk name them by our key"
            faults.append(Fault(to, "cannot delete records", hint, "rollback.no-deletes"))
        if faults:
            raise RefusedError(*faults)
        bind(journal, Binding(to, kind_of(plan, to), destination.prepare(schema), mapping_of(schema)))
        target = _Target(to, destination, schema, journal)
        name = _chosen(target, last, order.round_)
        if dry_run:
            return _foretold(target, name)
        return _done(target, name, workspace.phase("import") / to, notify)


def _nothing(workspace: Workspace, to: str) -> UsageError:
    hint = where_imported(workspace, to)
    return UsageError(Fault(to, "nothing has been imported there", hint, "rollback.nothing"))


def _chosen(target: _Target, last: LastRound, round_: str | None) -> str:
    """Return the round to take back: the last one, or one with nothing but undone rounds after it."""
    name = round_ or last.name
    sql = "SELECT name, undone FROM round WHERE undoes IS NULL ORDER BY id"
    rounds = dict(target.journal.database.execute(sql).fetchall())
    if name not in rounds:
        hint = f"rounds: {', '.join(rounds)}"
        raise UsageError(Fault("--round", f"there is no round {name}", hint, "rollback.no-round"))
    later = list(rounds)[list(rounds).index(name) + 1 :]
    standing = [each for each in later if not rounds[each]]
    if standing:
        hint = f"take that one back first: crmclean rollback --to {target.to} --round {standing[-1]}"
        raise RefusedError(Fault(name, f"round {standing[-1]} stands on it", hint, "rollback.later-round"))
    if last.doubts:
        hint = "type the import again, or decide with `crmclean settle`, then roll back"
        raise RefusedError(Fault(name, f"{last.doubts} rows have no answer yet", hint, "round.unsettled"))
    return name


def _foretold(target: _Target, name: str) -> Result:
    undoing = Undoing(target.journal, target.destination, target.schema, name)
    undoing.plan()
    counts = Counter(
        one.kept or ("would be deleted" if one.deleted else "would get its old values back")
        for one in undoing.found.values()
    )
    table = TableView("Rollback", ("what", "records"), tuple(sorted(counts.items())))
    data = {"round": name, "records": dict(sorted(counts.items())), "dry_run": True}
    notes = ("Not checked: whether the target lets these records be deleted.",)
    return Result("rollback", f"Nothing was sent. Round {name} could be taken back so:", (table,), notes, data=data)


def _done(target: _Target, name: str, folder: Path, notify: Notify) -> Result:
    journal, undo = target.journal, f"undo {name}"
    if journal.inputs(undo) is None:
        slices = Undoing(journal, target.destination, target.schema, name).plan()
        freeze(journal, Round(undo, "", (STAGE,), undoes=name), slices)
    (stage, *_), *_ = journal.stages(undo)
    cycles: dict[str, set[str]] = {}
    for batch in journal.batches(stage):
        if batch.second_pass:
            cycles.setdefault(batch.object, set()).update(journal.payload(batch.id)["fields"])
    guard = keep_touched(target.journal, target.destination, cycles, target.schema)
    notify(Event("started", "rollback", name))
    Engine(journal, target.destination, keep_back=guard).send_stage(stage)
    finish(journal, name)
    return _told(target, name, undo, folder)


def _told(target: _Target, name: str, undo: str, folder: Path) -> Result:
    counts = undo_counts(target.journal, undo)
    deleted, restored = counts.get(State.DELETED, 0), counts.get(State.UPDATED, 0)
    kept = sum(count for state, count in counts.items() if state not in (State.DELETED, State.UPDATED))
    listed = write_kept(folder / "not-rolled-back.csv", left_alone(target.journal))
    rows = (("deleted", deleted), ("given its old values back", restored), ("left alone", kept))
    notes = (*_left(target.to, kept, listed), *_before(target, name))
    return Result(
        "rollback",
        f"Round {name} in {target.to} is taken back: {counted(deleted, 'record')} deleted, {restored:,} restored.",
        (TableView("Rollback", ("what", "records"), rows),),
        notes,
        next_step=f"crmclean import --to {target.to} --round NAME imports again, under the same keys",
        data={"round": name, "deleted": deleted, "restored": restored, "left_alone": kept, "dry_run": False},
        exit_code=ExitCode.WAITING if kept else ExitCode.DONE,
    )


def _left(to: str, kept: int, listed: int) -> Iterator[str]:
    """Say where what was left alone is listed, of earlier rollbacks too."""
    if listed:
        earlier = "" if listed == kept else ", that of the rollbacks before this one too"
        yield f"What was left alone, and why{earlier}: run/import/{to}/not-rolled-back.csv"


def _before(target: _Target, name: str) -> Iterator[str]:
    """Name the round before this one, where it still stands."""
    sql = """SELECT name FROM round WHERE undoes IS NULL AND NOT undone
             AND id < (SELECT id FROM round WHERE name = ?) ORDER BY id DESC LIMIT 1"""
    for (before,) in target.journal.database.execute(sql, (name,)):
        typed = f"crmclean rollback --to {target.to} --round {before}"
        yield f"Round {before}, which came before it, is still there: {typed} takes it back, too."
