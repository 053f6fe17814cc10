"""`[dedupe]` survivor and fields: who survives a merge, and which of several values does."""

from collections.abc import Mapping

from crmclean.crm.canonical import Field, canonical
from crmclean.errors import nearest
from crmclean.plan.toml_table import TomlTable

ORDERS = ("source_priority", "most_complete", "most_recent", "oldest")
RULES = (
    "source_priority", "most_recent", "most_complete", "longest", "most_frequent", "min", "max", "union", "oldest",
    "newest", "furthest", "first", "never_overwrite",
)  # fmt: skip
_DATES, _NUMBERS = ("date", "datetime"), ("decimal", "integer")
_FITTING = {"oldest": _DATES, "newest": _DATES, "min": _NUMBERS, "max": _NUMBERS}  # rule -> types that it can order
_INSTEAD = {"oldest": "source_priority", "newest": "most_recent", "min": "most_frequent", "max": "longest"}
_CONSENT = ("consent",)


def read_order(table: TomlTable, standard: tuple[str, ...]) -> tuple[str, ...]:
    """Read the rules for the surviving record, first to last."""
    order = table.texts("survivor", standard)
    for rule in order:
        if rule not in ORDERS:
            table.fault("survivor", f"{rule} is no rule for records", nearest(rule, ORDERS), "plan.unknown-rule")
    return order


def read_field_rules(table: TomlTable) -> Mapping[str, str]:
    """Read `[dedupe.fields]`: "object.field" -> rule."""
    rules = {key: table.text(key) or "" for key in table.body}
    for key, rule in rules.items():
        _check(table, key, rule)
    return rules


def _check(table: TomlTable, key: str, rule: str) -> None:
    object_, _, name = key.partition(".")
    schema = canonical().get(object_)
    field = schema.fields.get(name) if schema else None
    if field is None and not (schema and name.startswith("x_")):
        known = [f"{schema.name}.{name}" for schema in canonical().values() for name in schema.fields]
        table.fault(key, "is not a field", nearest(key, known), "plan.unknown-field")
    elif rule not in RULES:
        table.fault(key, f"{rule} is no rule for values", nearest(rule, RULES), "plan.unknown-rule")
    elif field is not None and object_ == "deals" and field.merge == "never_overwrite":
        hint = "leave it out; a person says which deal survives, and the other one's is listed in losers.parquet"
        problem = "stays as the surviving deal has it, so that the money of every owner and stage adds up"
        table.fault(key, problem, hint, "plan.wrong-value")
    elif field is not None:
        _check_fit(table, key, rule, field)


def _check_fit(table: TomlTable, key: str, rule: str, field: Field) -> None:
    if field.kind in _CONSENT:
        hint = "leave it out: one no is enough, and a yes holds for the address that it was given for"
        table.fault(key, "is consent, where the strictest answer wins", hint, "plan.consent-rule")
    elif field.type not in _FITTING.get(rule, (field.type,)):
        kinds = "dates" if _FITTING[rule] is _DATES else "numbers"
        hint = f"{rule} orders {kinds}; for the record that was changed last write most_recent"
        hint = hint if rule == "newest" else f"{rule} orders {kinds}; write {_INSTEAD[rule]}, for example"
        table.fault(key, f"holds no {kinds}", hint, "plan.wrong-value")
