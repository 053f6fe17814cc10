"""What the target lacks for this plan, and its creation where the destination can."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from crmclean.crm.targets import TargetSchema
from crmclean.destinations.contract import CreatesFields, Made
from crmclean.destinations.registry import kind_of
from crmclean.errors import Fault, RefusedError
from crmclean.pipeline.store import frame, stored
from crmclean.plan.model import Plan
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target
from crmclean.reports.results import Result, TableView
from crmclean.workflow.importing.reaching import reached
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

Lack = tuple[str, str, str, str]  # object, what, name, why
_SHOWN = 200  # options of a picklist can be thousands; --json has all


def plan_schema(root: Path) -> Result:
    """List the fields, options and keys that the target lacks for this plan.

    Raises:
        PlanError: the plan has faults.
    """
    plan = read_plan(root)
    schema = planned_target(plan)
    found = [*_fields(schema), *_options(plan, schema)]
    columns = ("object", "what", "name", "why")
    against = plan.target.schema or f"{schema.label} as it comes out of the box"
    notes = [f"Compared with {against}."]
    notes += [f"{len(found) - _SHOWN} more; --json has all."] if len(found) > _SHOWN else []
    return Result(
        command="schema plan",
        headline=f"{schema.label} lacks {len(found)} things that this plan needs.",
        tables=(TableView("To create", columns, tuple(found[:_SHOWN])),),
        notes=tuple(notes),
        next_step="crmclean schema apply --to NAME" if found else None,
        data={"crm": schema.name, "lacking": [dict(zip(columns, each, strict=True)) for each in found]},
    )


def _fields(schema: TargetSchema) -> Iterator[Lack]:
    for name, each in schema.objects.items():
        if each.existing:
            continue
        for field in each.fields.values():
            if field.custom and field.name == each.key:
                yield name, "unique key", field.name, "text, unique: stops doubles"
            elif field.custom:
                size = f"({field.length})" if field.length and field.type == "text" else ""
                yield name, "field", field.name, f"{field.type}{size}"


def _options(plan: Plan, schema: TargetSchema) -> Iterator[Lack]:
    """Yield the values of the records that picklists lack and take: as the map phase found them."""
    workspace = Workspace(plan.root)
    if stored(workspace, "map") is None:
        return
    unlisted = frame(workspace, "map", "unlisted").collect().filter(pl.col("records") > 0)
    told = unlisted.group_by("target_object", "target_field", "value").agg(pl.col("records").sum())
    for object_, name, value, records in told.sort("target_object", "target_field", "value").iter_rows():
        field = schema.objects[object_].fields.get(name) if object_ in schema.objects else None
        if field is not None and not field.restricted:
            yield object_, "stage" if field.states else "option", f"{name}: {value}", f"{records} records have it"


def apply_schema(root: Path, to: str) -> Result:
    """Create what the target lacks; nothing that is there is altered.

    Raises:
        RefusedError: it creates nothing, or is not the one that was imported into. DestinationError: it failed.
    """
    workspace = Workspace(root)
    with held(workspace):
        plan = read_plan(root)
        schema = planned_target(plan)
        with reached(workspace, plan, to, schema) as at:
            if not isinstance(at.destination, CreatesFields):
                problem, hint = (
                    f"{kind_of(plan, to)} creates no fields",
                    "create by hand what `crmclean schema plan` lists",
                )
                raise RefusedError(Fault(to, problem, hint, "schema.not-created"))
            made = at.destination.create_missing(schema)
    return _applied(to, made)


def _applied(to: str, made: Sequence[Made]) -> Result:
    by_hand = sorted({each.by_hand for each in made if each.by_hand})
    rows = tuple(
        (each.object, each.field or "(all of it)", "to deploy" if each.by_hand else "created") for each in made
    )
    done = sum(each.by_hand is None for each in made)
    notes = [f"{to} takes no new fields by its API: deploy {path} with `sf project deploy start`." for path in by_hand]
    return Result(
        command="schema apply",
        headline=f"{done} created at {to}, {len(made) - done} to deploy; nothing that is there was altered.",
        tables=(TableView("Created", ("object", "field", "how"), rows[:_SHOWN]),) if rows else (),
        notes=tuple(notes),
        data={"to": to, "made": [{"object": each.object, "field": each.field, "file": each.by_hand} for each in made]},
    )
