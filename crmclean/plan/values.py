"""`[values]` of the plan: which canonical value becomes which option, and what becomes of the unlisted ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crmclean.crm.canonical import canonical
from crmclean.errors import nearest
from crmclean.plan.toml_table import TomlTable

_UNLISTED = "unlisted"  # [values.unlisted]: no field is called so
_RULES = ("keep", "drop", "fault")
_ANY = "*"


@dataclass(frozen=True)
class Values:
    """tables: "deals.stage" -> canonical value -> option, `*` for the unlisted. unlisted: "deals.stage" -> rule."""

    tables: Mapping[str, Mapping[str, str]]
    unlisted: Mapping[str, str]


def read_values(table: TomlTable) -> Values:
    """Read every table of values and the rules for the unlisted."""
    fields = [key for key in table.body if key != _UNLISTED and _is_field(table, key)]
    tables = {key: table.mapping(key) for key in fields}
    for key, values in tables.items():
        for cycle in _cycles(values):
            problem = f"turns in a circle: {' becomes '.join(cycle)}"
            hint = "each value is translated once: say which of them the target has"
            table.fault(key, problem, hint, "plan.value-cycle")
    rules = _rules(table.table(_UNLISTED))
    for key, rule in rules.items():
        if _ANY in tables.get(key, {}):
            problem = f"{key} has a rule for the unlisted and a line for * as well"
            table.fault(_UNLISTED, problem, "keep one of them", "plan.contradiction")
        if rule not in _RULES or rule == "drop":
            tables[key] = {**tables.get(key, {}), _ANY: "" if rule == "drop" else rule}
    return Values(tables, {key: rule for key, rule in rules.items() if rule in _RULES})


def _rules(table: TomlTable) -> Mapping[str, str]:
    """Read `"deals.stage" = "keep"`, drop, fault, or { other = "an option" }, which stands as that option."""
    rules = {}
    for key, body in table.body.items():
        if not _is_field(table, key):
            continue
        if isinstance(body, dict):
            entry = table.table(key)
            rules[key] = entry.text("other", required=True) or ""
            entry.finish()
            continue
        rules[key] = table.text(key) or ""
        if rules[key] not in _RULES:
            hint = f'{nearest(rules[key], _RULES)}; one option for all is written {{ other = "..." }}'
            table.fault(key, f"{rules[key]} is no rule", hint, "plan.wrong-value")
    return rules


def _is_field(table: TomlTable, key: str) -> bool:
    object_, _, name = key.partition(".")
    schema = canonical().get(object_)
    if schema and (name in schema.fields or name.startswith("x_")):
        return True
    known = [f"{schema.name}.{name}" for schema in canonical().values() for name in schema.fields]
    table.fault(key, "is not a field", nearest(key, known), "plan.unknown-field")
    return False


def _cycles(values: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield every circle of two values or more, once."""
    seen: set[str] = set()
    for start in values:
        path = [start]
        while path[-1] in values and values[path[-1]] not in path and path[-1] not in seen:
            path.append(values[path[-1]])
        back = values.get(path[-1])
        if back == start and len(path) > 1 and not seen & set(path):
            yield [*path, back]
        seen.update(path)
