"""`[target.existing] from = "NAME"`: what a destination holds, read back once a round and matched like an export.

The copy stands in state/: a round that was interrupted goes on with what it has met. What this workspace has brought
there itself, the journal knows; it is not met again.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from crmclean.audit.readback import ID, read_target
from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.outcomes import last_round, reading
from crmclean.errors import Fault, PlanError
from crmclean.plan.model import Plan, Source, SourceFile
from crmclean.plan.sources import PLAIN, TARGET
from crmclean.plan.suppress import ERASE
from crmclean.plan.target import planned_target
from crmclean.workflow.importing.reaching import reached
from crmclean.workflow.scoring.target import files_of
from crmclean.workspace.atomic import make_folder, replacing_folder, write_json
from crmclean.workspace.events import Event, Notify
from crmclean.workspace.paths import Workspace

_INDEX = "index.json"
_BROUGHT = "SELECT o.name, c.target_id FROM crosswalk c JOIN object o ON o.id = c.object WHERE c.target_id IS NOT NULL"


def read_existing_target(workspace: Workspace, plan: Plan, round_: str | None, notify: Notify) -> None:
    """Copy what the destination that the plan names holds, unless the round at work has done so already.

    Raises:
        DestinationError: it cannot be reached. RefusedError: it is not the one that was imported into before.
        PlanError: it cannot be read back.
    """
    name = plan.target.existing_from
    if name is None or not _due(workspace, name, round_):
        return
    schema = planned_target(plan)
    matched = _matched(schema, plan)
    with reached(workspace, plan, name, schema) as at:
        if not (at.destination.capabilities.reads_back and at.destination.capabilities.adopts):
            hint = "name exports of the target under [[target.existing.file]]"
            problem = f"what {name} holds cannot be read back and updated"
            raise PlanError(Fault("target.existing.from", problem, hint, "existing.not-readable"))
        found = _others(workspace, name, read_target(at.ready(), matched))
    folder = _folder(workspace, name)
    make_folder(folder.parent)
    with replacing_folder(folder) as part:
        files = [
            {"path": Path(file.path).name, "object": file.object, "columns": list(file.columns)}
            for file in files_of(matched, found, part)
            if file.object in plan.dedupe.objects
        ]
        write_json(part / _INDEX, files)
    notify(Event("progress", "existing", name, done=sum(table.height for table in found.values())))


def with_existing_target(workspace: Workspace, plan: Plan) -> Plan:
    """Return the plan with the copy in place of exports of the target; as it is where nothing was copied."""
    index = _folder(workspace, plan.target.existing_from or "") / _INDEX
    if plan.target.existing_from is None or not index.is_file():
        return plan
    files = tuple(
        SourceFile(
            (index.parent / entry["path"]).relative_to(workspace.root).as_posix(),
            entry["object"],
            columns={name: name for name in entry["columns"]},
        )
        for entry in json.loads(index.read_text(encoding="utf-8"))
    )
    existing = Source(TARGET, PLAIN, 0, files) if files else None
    return replace(plan, target=replace(plan.target, existing=existing))


def drop_existing_target(workspace: Workspace, plan: Plan) -> None:
    """Remove the copy where a list erases people; the next run reads it back again."""
    if plan.target.existing_from and any(entry.reason == ERASE for entry in plan.suppress):
        for path in sorted(_folder(workspace, plan.target.existing_from).glob("*")):
            path.unlink()


def _folder(workspace: Workspace, name: str) -> Path:
    return workspace.state / "existing" / name


def _due(workspace: Workspace, name: str, round_: str | None) -> bool:
    """Whether there is no copy, or none for the round that is about to start."""
    if not (_folder(workspace, name) / _INDEX).is_file() or not workspace.journal(name).is_file():
        return True
    with reading(workspace.journal(name)) as database:
        last = last_round(database)
    return last is None or round_ not in (None, last.name)


def _matched(schema: TargetSchema, plan: Plan) -> TargetSchema:
    """Return the schema with the objects only that matched records live in."""
    wanted = {owner.name for object_ in plan.dedupe.objects for owner, _ in schema.feeding(object_)}
    return replace(schema, objects={name: each for name, each in schema.objects.items() if name in wanted})


def _others(workspace: Workspace, name: str, found: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Leave out what this workspace has brought, or has met in an earlier round."""
    path = workspace.journal(name)
    if not path.is_file():
        return dict(found)
    with reading(path) as database:
        rows = database.execute(_BROUGHT).fetchall() if last_round(database) is not None else []
    known = pl.DataFrame(rows, schema={"object": pl.String, "id": pl.String}, orient="row")
    return {
        object_: table.filter(~pl.col(ID).is_in(known.filter(object=object_)["id"].implode()))
        for object_, table in found.items()
    }
