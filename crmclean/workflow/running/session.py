"""What a command that runs phases works with: the plan, the workspace, and what the command line said."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from crmclean.exports.inventory import Entry, inventory
from crmclean.exports.snapshots import snapshots
from crmclean.pipeline.caching import digest, input_hashes, plan_hash
from crmclean.pipeline.load.fetching import SQLITE, drop_copies, fetch
from crmclean.plan.model import Plan
from crmclean.plan.read import read_plan
from crmclean.workflow.running.existing_target import drop_existing_target, read_existing_target, with_existing_target
from crmclean.workspace.atomic import make_folder, sweep
from crmclean.workspace.events import Notify, recording, silent
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace


@dataclass(frozen=True)
class Session:
    """One command at work.

    as_of: as the command line or the plan says; None: from the exports. inputs: hash over all files of the plan.
    plan_hash: of the plan as it is in the file, whatever the command line says. round_: the later round that was asked
    for.
    """

    plan: Plan
    workspace: Workspace
    as_of: date | None
    inputs: str
    notify: Notify
    plan_hash: str
    round_: str | None = None


@contextmanager
def session(
    root: Path,
    *,
    as_of: date | None = None,
    seed: int | None = None,
    notify: Notify = silent,
    fetching: bool = False,
    round_: str | None = None,
) -> Iterator[Session]:
    """Read the plan and hold the workspace's lock.

    fetching: read databases anew, and the target where the plan says so; else the phases stay with what the last run
    has read of them.

    Raises:
        InputError: there is no plan, or a database cannot be used. PlanError: the plan has faults.
        DestinationError: what the target holds cannot be read back.
        RefusedError: another command is writing.
    """
    plan = read_plan(root)
    written = plan_hash(plan)
    if seed is not None:
        plan = replace(plan, seed=seed)
    workspace = Workspace(root)
    with held(workspace):
        sweep(make_folder(workspace.run))
        sweep(workspace.archive)
        events = recording(workspace.run / "events.jsonl", notify)
        if fetching:
            fetch(plan, events)
            read_existing_target(workspace, plan, round_, events)
        started = session_of(plan, workspace, events)
        try:
            yield replace(started, as_of=as_of or plan.as_of, plan_hash=written, round_=round_)
        finally:
            drop_copies(plan)
            drop_existing_target(workspace, plan)


def session_of(plan: Plan, workspace: Workspace, notify: Notify) -> Session:
    """Return a plan at work: on the exports below its root, in a workspace that may be a copy."""
    plan = with_existing_target(workspace, plan)
    inputs = digest([dict(input_hashes(plan)), [asdict(entry) for entry in exports_inventory(plan)]])
    return Session(plan, workspace, plan.as_of, inputs, notify, plan_hash(plan))


def exports_inventory(plan: Plan) -> tuple[Entry, ...]:
    """List every file in the exports folder: used, ignored with a reason, or undecided."""
    used = {file.path: file.object for source in plan.sources for file in source.files}
    used |= dict(_databases(plan))
    used |= {extra.path: extra.name for extra in plan.objects}
    if plan.target.existing:
        used |= {file.path: f"{file.object} of the target" for file in plan.target.existing.files}
    used |= {entry.path: f"suppression list ({entry.reason})" for entry in plan.suppress}
    ignored = {entry.path: entry.reason for entry in plan.ignored}
    return inventory(plan.root, Workspace(plan.root).exports, used, ignored, dict(_older(plan)))


def _older(plan: Plan) -> Iterator[tuple[str, str]]:
    """Return the older snapshots of every series, each with the one that is used."""
    for _, file in plan.files:
        for snapshot in snapshots(plan.root, file.series or "")[:-1]:
            yield snapshot.path, file.path


def _databases(plan: Plan) -> Iterator[tuple[str, str]]:
    """Return the SQLite files of the exports folder that a query is put to, with the object that they hold."""
    for _, file in plan.files:
        if file.database and file.database.url.startswith(SQLITE):
            yield file.database.url.removeprefix(SQLITE), file.object
