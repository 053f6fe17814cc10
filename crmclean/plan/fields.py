"""`[fields.<target object>]` of the plan: what goes into a field of the target, whatever column feeds it."""

from collections.abc import Mapping

from crmclean.errors import nearest
from crmclean.plan.model import FieldRule, Rule
from crmclean.plan.toml_table import TomlTable

WRITES = ("overwrite", "fill_blank", "append", "never")
TOO_LONG = ("refuse", "cut", "blank")


def read_fields(table: TomlTable) -> Mapping[str, Mapping[str, FieldRule]]:
    """Read the rules of every target object; plan.target checks their names."""
    return {object_: _rules(table.table(object_)) for object_ in table.body}


def _rules(table: TomlTable) -> Mapping[str, FieldRule]:
    return {name: _rule(table.table(name)) for name in table.body}


def _rule(table: TomlTable) -> FieldRule:
    rule = FieldRule(
        constant=table.text("constant"),
        default=table.text("default"),
        coalesce=table.texts("coalesce"),
        when=tuple(_case(entry) for entry in table.tables("when")),
        write=table.text("write"),
        too_long=table.text("too_long"),
    )
    for key, given, known in (("write", rule.write, WRITES), ("too_long", rule.too_long, TOO_LONG)):
        if given is not None and given not in known:
            table.fault(key, f"{given} is none of them", nearest(given, known), "plan.wrong-value")
    others = [key for key in ("default", "coalesce", "when") if key in table.body]
    if rule.constant is not None and others:
        problem = f"constant and {others[0]} contradict each other"
        table.fault("", problem, "keep one of them", "plan.contradiction")
    table.finish()
    return rule


def _case(entry: TomlTable) -> Rule:
    case = Rule(entry.text("value", required=True) or "", entry.text("where", required=True) or "")
    entry.finish()
    return case
