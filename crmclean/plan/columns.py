"""`[columns.<object>]`: what becomes of each canonical column at the target.

A decision is a text or a table: "jobtitle" (map), "drop", "custom", { to = ... }, { custom = ... }, { drop = reason },
{ merge = ..., order = ..., separator = ... }.
"""

from collections.abc import Mapping

from crmclean.crm.canonical import canonical
from crmclean.plan.model import Decision
from crmclean.plan.toml_table import TomlTable, nearest

_ACTIONS = {"to": "map", "custom": "custom", "merge": "merge", "drop": "drop"}


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
        hint = "write one of to, custom, merge or drop"
        table.fault("", "needs exactly one action", hint, "plan.wrong-decision")
        return Decision("drop")
    key = named[0]
    value = table.text(key)
    decision = Decision(
        action=_ACTIONS[key],
        to=None if key == "drop" else value,
        reason=value if key == "drop" else table.text("reason"),
        separator=table.text("separator", " ") or "",
        order=int(table.number("order", 0)),
    )
    table.finish()
    return decision
