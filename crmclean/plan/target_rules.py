"""The plan's `[fields]` and `[values.unlisted]` worked into a target object, and what can be wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import SourceRule, TargetField, TargetObject, TargetSchema
from crmclean.errors import Fault, nearest
from crmclean.plan.expressions import faults_of
from crmclean.plan.model import FieldRule, Plan


def with_field_rules(each: TargetObject, plan: Plan) -> TargetObject:
    """Return a target object whose fields and rules do what the plan says of single fields."""
    rules = plan.fields.get(each.name, {})
    fields = {name: _ruled(field, rules.get(name)) for name, field in each.fields.items()}
    whole = replace(each, fields=_restricted(each, fields, plan))
    return replace(whole, sources=tuple(_with_sources(rule, rules) for rule in each.sources))


def _ruled(field: TargetField, rule: FieldRule | None) -> TargetField:
    if rule is None:
        return field
    cases = tuple((case.where, case.value) for case in rule.when)
    write, too_long = rule.write or field.write, rule.too_long or field.too_long
    return replace(field, fill=rule.default or field.fill, cases=cases, write=write, too_long=too_long)


def _with_sources(source: SourceRule, rules: Mapping[str, FieldRule]) -> SourceRule:
    constants = {name: rule.constant for name, rule in rules.items() if rule.constant is not None}
    coalesced = {name: rule.coalesce for name, rule in rules.items() if rule.coalesce}
    fields, constant = {**source.fields, **coalesced}, {**source.constants, **constants}
    return replace(source, fields=fields, constants=constant)


def _restricted(each: TargetObject, fields: Mapping[str, TargetField], plan: Plan) -> Mapping[str, TargetField]:
    """A picklist whose unlisted values are kept takes them all; one where they are a fault takes none."""
    changed = dict(fields)
    for key, rule in plan.unlisted.items():
        object_, _, column = key.partition(".")
        fed = {name for source in each.sources if source.object == object_ for name in _fed(source, each, column)}
        for name in fed if rule in ("keep", "fault") else ():
            changed[name] = replace(fields[name], restricted=rule == "fault")
    return changed


def _fed(source: SourceRule, each: TargetObject, column: str) -> Iterator[str]:
    for name, field in each.fields.items():
        if field.picklist and column in source.feeds(field):
            yield name


def with_currencies(schema: TargetSchema, active: Sequence[str]) -> TargetSchema:
    """Return a target that takes no other currencies than these, in every field that a currency feeds; none: all."""
    if not active:
        return schema
    objects = {name: replace(each, fields=_with_active(each, active)) for name, each in schema.objects.items()}
    return replace(schema, objects=objects)


def _with_active(each: TargetObject, active: Sequence[str]) -> Mapping[str, TargetField]:
    return {
        name: replace(field, picklist=tuple(active), restricted=True)
        if "currency" in field.from_ and not field.legacy
        else field
        for name, field in each.fields.items()
    }


def faults_of_rules(plan: Plan, schema: TargetSchema) -> Iterator[Fault]:
    """Yield what is wrong with `[fields]` for this target, each with the nearest name."""
    for object_, rules in plan.fields.items():
        where = f"migration.toml: fields.{object_}"
        if object_ not in schema.objects:
            problem, hint = f"{schema.label} has no object {object_}", nearest(object_, tuple(schema.objects))
            yield Fault(where, problem, hint, "plan.unknown-object")
            continue
        for name, rule in rules.items():
            yield from _of_field(schema.objects[object_], name, rule, f"{where}.{name}")


def _of_field(each: TargetObject, name: str, rule: FieldRule, where: str) -> Iterator[Fault]:
    if name not in each.fields:
        yield Fault(where, f"{each.label} has no field {name}", nearest(name, tuple(each.fields)), "plan.unknown-field")
        return
    field = each.fields[name]
    if field.read_only or field.type == "reference" or name == each.key:
        hint = "leave it to the mapping"
        yield Fault(where, "the plan cannot fill this field", hint, "plan.read-only-field")
    for text in filter(None, [rule.constant, rule.default, *(case.value for case in rule.when)]):
        if field.restricted and text not in field.picklist:
            hint = nearest(text, field.picklist)
            yield Fault(where, f"{text} is no option of {name}", hint, "plan.unknown-option")
    for column in rule.coalesce:
        yield from _unknown_column(each, column, f"{where}.coalesce")
    for number, case in enumerate(rule.when, start=1):
        yield from _of_case(each, case.where, f"{where}.when[{number}].where")


def _unknown_column(each: TargetObject, column: str, where: str) -> Iterator[Fault]:
    known = [name for source in each.sources for name in canonical()[source.object].fields]
    if column not in known and not column.startswith("x_"):
        yield Fault(where, f"no column {column} feeds {each.name}", nearest(column, known), "plan.unknown-field")


def _of_case(each: TargetObject, sql: str, where: str) -> Iterator[Fault]:
    """A condition has to make sense for one of the objects that feed the target's; the others never meet it."""
    told = [faults_of(sql, object_, where) for object_ in dict.fromkeys(source.object for source in each.sources)]
    if told and all(told):
        yield from told[0]
