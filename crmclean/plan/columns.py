"""`[columns.<object>]`: what becomes of each canonical column at the target.

A decision is a text or a table: "jobtitle" (map), "drop", "custom", { to = ... }, { custom = ... }, { drop = reason },
{ merge = ..., order = ..., separator = ... }.
"""

from collections.abc import Mapping

from crmclean.crm.canonical import canonical
from crmclean.errors import nearest
from crmclean.plan.model import Decision
from crmclean.plan.toml_table import TomlTable

_ACTIONS = {"to": "map", "custom": "custom", "merge": "merge", "split": "split", "drop": "drop"}
_TYPES = ("text", "date", "datetime", "decimal", "integer", "boolean")


def read_columns(table: TomlTable) -> Mapping[str, Mapping[str, Decision]]:
    """Read the decisions of every object."""
    columns = {}
    for object_ in table.body:
        if object_ not in canonical():
            table.fault(object_, "is not an object", nearest(object_, list(canonical())), "plan.unknown-object")
            continue
        columns[object_] = _decisions(table.table(object_), object_)
    return columns


def _decisions(table: TomlTable, object_: str) -> Mapping[str, Decision]:
    decisions = {}
    fields = canonical()[object_].fields
    for column, value in table.body.items():
        if column not in fields and not column.startswith("x_"):
            table.fault(column, f"{object_} has no such field", nearest(column, list(fields)), "plan.unknown-field")
        elif isinstance(value, str):
            decisions[column] = _short(column, value)
        else:
            decisions[column] = _long(table.table(column))
    return decisions


def _short(column: str, value: str) -> Decision:
    if value == "drop":
        return Decision("drop", reason="not needed")
    if value == "custom":
        return Decision("custom", to=column.removeprefix("x_"))
    return Decision("map", to=value)


def _long(table: TomlTable) -> Decision:
    named = [key for key in _ACTIONS if key in table.body]
    if len(named) != 1:
        hint = "write one of to, custom, merge, split or drop"
        table.fault("", "needs exactly one action", hint, "plan.wrong-decision")
        return Decision("drop")
    key = named[0]
    parts = table.texts("split")
    value = None if key == "split" else table.text(key)
    decision = Decision(
        action=_ACTIONS[key],
        to=None if key == "drop" else value,
        reason=value if key == "drop" else table.text("reason"),
        separator=table.text("separator", " ") or "",
        order=int(table.number("order", 0)),
        parts=parts,
        type=table.text("type", "text") or "text",
    )
    _check(table, key, decision)
    table.finish()
    return decision


def _check(table: TomlTable, key: str, decision: Decision) -> None:
    if decision.type not in _TYPES:
        table.fault("type", f"{decision.type} is no type", nearest(decision.type, _TYPES), "plan.wrong-value")
    if key != "custom" and "type" in table.body:
        table.fault("type", "belongs to a custom field only", "take it out", "plan.contradiction")
    if key == "split" and (len(decision.parts) < 2 or not decision.separator):
        hint = 'write split = ["firstname", "lastname"], separator = " "'
        table.fault("split", "needs two fields or more, and a separator", hint, "plan.wrong-decision")
