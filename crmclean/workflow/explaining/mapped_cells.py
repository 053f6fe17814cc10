"""What a field of a record is at the target: under which names it goes there, and what is sent."""

import polars as pl

from crmclean.pipeline.store import stored, tables
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target
from crmclean.records import RECORD
from crmclean.workflow.explaining.lookup import Place
from crmclean.workspace.paths import Workspace


def at_target(workspace: Workspace, place: Place, object_: str | None, field: str) -> dict[str, str | None]:
    """Return target field -> value as it is sent; empty where nothing is sent, or the target has no place for it.

    object_: of the target, that the ledger names; None: whichever holds the record.

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
        fields = [
            each.name for each in schema.objects[name].writable()
            if each.name in held and any(field in rule.feeds(each) for rule in rules)
        ]  # fmt: skip
        rows = table.filter(pl.col(RECORD) == place.record).select(pl.col(each).cast(pl.String) for each in fields)
        found |= next(rows.collect().iter_rows(named=True), {}) if fields else {}
    return found
