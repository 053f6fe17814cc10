"""The target as the plan names it: the shipped schema, or with the account's own saved schema put over it."""

from pathlib import Path

from crmclean.crm.live_documents import Objects, read_saved
from crmclean.crm.live_overlay import overlaid
from crmclean.crm.targets import TargetSchema, target
from crmclean.errors import Fault, PlanError, nearest
from crmclean.plan.model import Plan

FOLDER = "schema"  # of saved schemas, in the workspace


def account_target(plan: Plan) -> TargetSchema:
    """Return the schema of the account aimed at, before the plan's decisions.

    Raises:
        PlanError: no such target, or its saved schema cannot be used.
    """
    schema = target(plan.target.crm)
    if plan.target.schema is None:
        return schema
    return overlaid(schema, saved_objects(plan.root / plan.target.schema, schema))


def saved_objects(path: Path, schema: TargetSchema) -> Objects:
    """Read a saved schema.

    Raises:
        PlanError: it is not there, cannot be read, is of another CRM, or has objects that the target lacks.
    """
    where, hint = f"target.schema: {path.name}", "make it with `crmclean schema import FILE`"
    try:
        crm, objects = read_saved(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PlanError(Fault(where, "there is no such file", hint, "target.schema-missing")) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError(Fault(where, "is no saved schema", hint, "target.schema-unreadable")) from error
    if crm != schema.name:
        problem = f"is a schema of {crm}, and the plan aims at {schema.name}"
        raise PlanError(Fault(where, problem, hint, "target.schema-wrong-crm"))
    unknown = [name for name in objects if name not in schema.objects]
    if unknown:
        known = tuple(schema.objects)
        raise PlanError(
            *(
                Fault(where, f"{schema.label} has no object {name}", nearest(name, known), "target.unknown-name")
                for name in unknown
            )
        )
    return objects
