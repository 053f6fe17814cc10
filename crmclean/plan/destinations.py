"""`[destinations.NAME]` and `[import]` of the plan: where records go, how fast, and what becomes of lost parents."""

import re
from collections.abc import Mapping

from crmclean.errors import nearest
from crmclean.plan.model import PARENT_RULES, READY, Destination
from crmclean.plan.toml_table import TomlTable

_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


def read_destinations(table: TomlTable) -> Mapping[str, Destination]:
    """Read every destination."""
    return {name: _destination(name, table.table(name)) for name in table.body}


def _destination(name: str, entry: TomlTable) -> Destination:
    window, ready = entry.text("window"), entry.mapping("ready")
    if window and not _WINDOW.fullmatch(window):
        entry.fault("window", "is no span of time", 'write it like "20:00-06:00", in UTC', "plan.wrong-value")
    for key, who in ready.items():
        if key not in READY:
            entry.fault(f"ready.{key}", "is unknown", nearest(key, list(READY)), "plan.unknown-key")
        elif not who.strip():
            entry.fault(f"ready.{key}", "has no name", "write who made sure of it", "plan.wrong-value")
    found = Destination(
        name=name,
        kind=entry.text("kind", required=True) or "",
        url=entry.text("url"),
        database=entry.text("database"),
        user=entry.text("user"),
        production=entry.flag("production", default=False),
        window=window,
        calls_per_second=entry.optional_number("calls_per_second"),
        calls_per_day=None if (calls := entry.optional_number("calls_per_day")) is None else int(calls),
        ready=ready,
    )
    for key in ("calls_per_second", "calls_per_day"):
        if (getattr(found, key) or 1) <= 0:
            entry.fault(key, "is not above zero", "leave it out for no limit of ours", "plan.wrong-value")
    entry.finish()
    return found


def read_parent_rules(table: TomlTable) -> tuple[str, str]:
    """Return what becomes of references to records that do not come, and to those that were rejected."""
    rules = []
    for key, usual in (("missing_parent", "drop"), ("rejected_parent", "error")):
        rule = table.text(key, usual) or usual
        if rule not in PARENT_RULES:
            table.fault(key, f"{rule} is no rule", nearest(rule, list(PARENT_RULES)), "plan.wrong-value")
        rules.append(rule)
    table.finish()
    return rules[0], rules[1]
