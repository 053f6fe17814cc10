"""Changes of migration.toml that keep a person's notes, order and layout."""

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from crmclean.errors import Fault, PlanError
from crmclean.plan.model import Decision


def with_setting(text: str, table: str, key: str, value: str) -> str:
    """Return a plan's text with one setting of a table changed or added.

    Raises:
        PlanError: it is not TOML.
    """
    document = _document(text)
    if table not in document:
        document[table] = tomlkit.table()
    document[table][key] = value
    return tomlkit.dumps(document)


def with_decisions(text: str, decisions: Mapping[str, Mapping[str, Decision]]) -> str:
    """Return a plan's text with decisions on columns changed or added; other lines stay as they are.

    Raises:
        PlanError: it is not TOML.
    """
    document = _document(text)
    columns: Any = document.setdefault("columns", tomlkit.table(is_super_table=True))
    for object_, wanted in decisions.items():
        table: Any = columns.setdefault(object_, tomlkit.table())
        for column, decision in wanted.items():
            table[column] = _written(decision)
    return tomlkit.dumps(document)


def _document(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise PlanError(Fault("migration.toml", "is not TOML", "see https://toml.io", "plan.syntax")) from error


def _written(decision: Decision) -> Any:
    if decision.action == "map":
        return decision.to
    body = tomlkit.inline_table()
    if decision.action == "split":
        body["split"] = list(decision.parts)
        body["separator"] = decision.separator
        return body
    body[decision.action] = decision.reason or "not needed" if decision.action == "drop" else decision.to
    if decision.action == "custom" and decision.type != "text":
        body["type"] = decision.type
    if decision.action == "merge":
        body["order"] = decision.order
        if decision.separator != " ":
            body["separator"] = decision.separator
    return body
