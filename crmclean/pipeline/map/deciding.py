"""What becomes of every source column, and how many values a drop would lose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.crm.targets import TargetSchema
from crmclean.files.tables import schema_of
from crmclean.pipeline.map.cells import Cell
from crmclean.plan.model import Plan

DECISIONS = {
    "object": "text",
    "column": "text",
    "filled": "integer",
    "action": "text",
    "target_object": "text",
    "target_field": "text",
    "reason": "text",
    "lost": "integer",
    "decided": "text",
}
MAPPED, DROPPED, EMPTY, UNDECIDED = "map", "drop", "empty", "undecided"


@dataclass(frozen=True)
class Filled:
    """One rule's records: its target object, its cells, and how many values each canonical column holds in them.

    linked: canonical reference -> the reference field that it fills.
    """

    target_object: str
    cells: Sequence[Cell]
    linked: Mapping[str, str]
    counts: Mapping[str, int]

    def fields_of(self, column: str) -> tuple[str, ...]:
        """Return the target fields that a column fills."""
        cells = [cell.field.name for cell in self.cells if column in cell.columns]
        return (*cells, self.linked[column]) if column in self.linked else tuple(cells)


def decisions(plan: Plan, schema: TargetSchema, filled: Mapping[str, Sequence[Filled]]) -> pl.DataFrame:
    """Return one row per source column and target field that it fills (shape DECISIONS, `decided` a Boolean).

    lost: values of the column, in records that are migrated, for which there is no field.
    """
    rows = [row for object_, rules in filled.items() for row in _of_object(plan, schema, object_, rules)]
    shape = dict(schema_of(DECISIONS)) | {"decided": pl.Boolean()}
    return pl.DataFrame(rows, schema=shape, orient="row").sort("object", "column", "target_object", "target_field")


def _of_object(plan: Plan, schema: TargetSchema, object_: str, rules: Sequence[Filled]) -> Iterator[tuple[object, ...]]:
    for column in dict.fromkeys(name for rule in rules for name in rule.counts):
        total = sum(rule.counts[column] for rule in rules)
        homes = [(rule.target_object, name) for rule in rules for name in rule.fields_of(column)]
        lost = sum(rule.counts[column] for rule in rules if not rule.fields_of(column))
        action, reason = _action(plan, schema, object_, column, total, homes)
        for target_object, target_field in dict.fromkeys(homes) or [(None, None)]:
            decided = action != UNDECIDED
            yield object_, column, total, action, target_object, target_field, reason, lost, decided


def _action(
    plan: Plan, schema: TargetSchema, object_: str, column: str, total: int, homes: Sequence[tuple[str, str]]
) -> tuple[str, str | None]:
    planned = plan.columns.get(object_, {}).get(column)
    if planned:
        return planned.action, planned.reason
    if homes:
        return MAPPED, None
    reason = schema.dropped.get(object_, {}).get(column)
    if reason:
        return DROPPED, reason
    return (EMPTY, "wholly empty") if total == 0 else (UNDECIDED, None)
