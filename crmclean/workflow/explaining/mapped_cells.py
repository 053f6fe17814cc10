"""What a field of a record is at the target: under which names it goes there, and what is sent."""

import polars as pl

from crmclean.pipeline.store import stored, tables
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target
from crmclean.records import RECORD, REF_PREFIX
from crmclean.workflow.explaining.lookup import Place
from crmclean.workspace.paths import Workspace


def at_target(workspace: Workspace, place: Place, object_: str | None, field: str) -> dict[str, str | None]:
    """Return target field -> value as it is sent; empty where nothing is sent, or the target has no place for it.

    object_: of the target, that the ledger names; None: whichever holds the record. A reference is the record that it
    leads to.

    Raises:
        PlanError: the plan has faults.
    """
    if stored(workspace, "map") is None:
        return {}
    schema = planned_target(read_plan(workspace.root))
    found: dict[str, str | None] = {}
    for name, table in tables(workspace, "map").items():
        if object_ not in (None, name):
            continue
        rules = [rule for rule in schema.objects[name].sources if rule.object == place.object]
        held = table.collect_schema().names()
        fed = [
            each.name for each in schema.objects[name].writable() if any(field in rule.feeds(each) for rule in rules)
        ]
        columns = {column: each for each in fed for column in (each, REF_PREFIX + each) if column in held}
        fields = [pl.col(column).cast(pl.String).alias(each) for column, each in columns.items()]
        rows = table.filter(pl.col(RECORD) == place.record).select(fields)
        found |= next(rows.collect().iter_rows(named=True), {}) if fields else {}
    return found


def made_of(workspace: Workspace, place: Place, name: str) -> list[str]:
    """Return the canonical fields that a field of the target is made of, for the object of a record.

    Raises:
        PlanError: the plan has faults.
    """
    if stored(workspace, "map") is None:
        return []
    found = [
        field
        for target in planned_target(read_plan(workspace.root)).objects.values()
        for rule in target.sources
        if rule.object == place.object and name in target.fields
        for field in rule.feeds(target.fields[name])
    ]
    return list(dict.fromkeys(found))
