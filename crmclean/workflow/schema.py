"""What a target takes: its objects, or the fields of one of them with what fills each."""

from collections.abc import Iterable
from pathlib import Path

from crmclean.crm.targets import SourceRule, TargetField, TargetObject, TargetSchema, target
from crmclean.errors import Fault, UsageError, nearest
from crmclean.plan.account_schema import account_target
from crmclean.plan.read import read_plan
from crmclean.reports.results import Result, TableView


def describe_schema(crm: str, object_: str | None = None, root: Path | None = None) -> Result:
    """Describe a target, or one of its objects; as the plan at `root` has it, where that aims at this CRM.

    Raises:
        PlanError: no such target. UsageError: it has no such object.
    """
    schema = _planned(crm, root) or target(crm)
    if object_ is None:
        return _objects(schema)
    if object_ not in schema.objects:
        hint = nearest(object_, tuple(schema.objects))
        raise UsageError(Fault("OBJECT", f"{schema.label} has no object {object_}", hint, "usage.unknown-name"))
    return _fields(schema, schema.objects[object_])


def _planned(crm: str, root: Path | None) -> TargetSchema | None:
    plan = read_plan(root) if root else None
    return account_target(plan) if plan and plan.target.crm == crm else None


def _objects(schema: TargetSchema) -> Result:
    rows = tuple(
        (each.name, each.label, ", ".join(_sources(each.sources)), len(each.writable()), _custom(each))
        for each in schema.objects.values()
    )
    table = TableView(schema.label, ("object", "label", "filled from", "fields", "of them ours"), rows)
    return Result(
        command="schema",
        headline=f"{schema.label} takes {len(rows)} objects, in this order.",
        tables=(table,),
        next_step=f"crmclean schema {schema.name} {rows[0][0]}",
        data={"crm": schema.name, "objects": [row[0] for row in rows]},
    )


def _sources(rules: Iterable[SourceRule]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.object for rule in rules))


def _custom(each: TargetObject) -> int:
    return sum(field.custom for field in each.fields.values())


def _fields(schema: TargetSchema, each: TargetObject) -> Result:
    columns = ("field", "label", "type", "length", "filled from", "notes")
    rows = tuple(
        (field.name, field.label, field.type, field.length, ", ".join(field.from_), "; ".join(_notes(field)))
        for field in each.fields.values()
    )
    return Result(
        command="schema",
        headline=f"{schema.label} {each.label}: {len(rows)} fields.",
        tables=(TableView(f"{schema.label}: {each.label}", columns, rows),),
        data={
            "crm": schema.name,
            "object": each.name,
            "fields": [dict(zip(columns, row, strict=True)) for row in rows],
        },
    )


def _notes(field: TargetField) -> list[str]:
    said = {
        "required": field.required,
        "unique": field.unique,
        "read only": field.read_only,
        "only when created": field.insert_only,
        "ours": field.custom,
        f"one of {len(field.picklist)}": field.restricted,
        f"to {', '.join(field.ref)}": bool(field.ref),
    }
    return [note for note, holds in said.items() if holds]
