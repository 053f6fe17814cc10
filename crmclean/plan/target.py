"""The target as the plan wants it: the shipped schema with the plan's `[columns]` and `[values]` worked in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import SourceRule, Split, TargetField, TargetObject, TargetSchema
from crmclean.errors import Fault, PlanError, nearest
from crmclean.plan.account_schema import account_target
from crmclean.plan.model import Decision, Plan
from crmclean.plan.target_rules import faults_of_rules, with_currencies, with_field_rules

Decisions = Mapping[str, Decision]


def planned_target(plan: Plan) -> TargetSchema:
    """Return the schema that records are mapped to, checked against and created in.

    Raises:
        PlanError: no such target, a decision names a field that the target lacks, two columns are mapped to one field,
            or a value is translated to an option that a restricted picklist lacks; every fault is listed.
    """
    schema = with_currencies(account_target(plan), plan.target.currencies)
    faults = [*_decision_faults(plan, schema), *_option_faults(plan, schema)]
    objects = {} if faults else {name: _with_decisions(each, plan, schema) for name, each in schema.objects.items()}
    decided = replace(schema, objects=objects or schema.objects)
    faults += faults_of_rules(plan, decided)
    if faults:
        raise PlanError(*faults)
    return replace(decided, objects={name: with_field_rules(each, plan) for name, each in objects.items()})


def custom_name(decision: Decision, schema: TargetSchema) -> str:
    """Return the name of a custom field at the target."""
    name = (decision.to or "").rpartition(".")[2]
    return name if name.endswith(schema.custom_suffix) else name + schema.custom_suffix


def _with_decisions(each: TargetObject, plan: Plan, schema: TargetSchema) -> TargetObject:
    fields = dict(each.fields)
    for rule in each.sources:
        for column, decision in plan.columns.get(rule.object, {}).items():
            if decision.action == "custom" and _meant(decision, each):
                name = custom_name(decision, schema)
                fields[name] = _custom(name, _label(rule.object, column), decision, schema)
            elif decision.action == "merge" and decision.to in fields:
                fields[decision.to] = replace(fields[decision.to], separator=decision.separator)
    whole = replace(each, fields=fields)
    rules = tuple(_decided_rule(rule, whole, plan.columns.get(rule.object, {}), schema) for rule in each.sources)
    return replace(whole, sources=rules)


def _custom(name: str, label: str, decision: Decision, schema: TargetSchema) -> TargetField:
    return TargetField(name, label, decision.type, schema.length if decision.type == "text" else None, custom=True)


def _label(object_: str, column: str) -> str:
    known = canonical()[object_].fields.get(column)
    return known.label if known else column.removeprefix("x_").replace("_", " ").capitalize()


def _decided_rule(rule: SourceRule, each: TargetObject, decisions: Decisions, schema: TargetSchema) -> SourceRule:
    feeds = {name: _without(rule.feeds(field), field, decisions) for name, field in each.fields.items()}
    for column, decision in decisions.items():
        name = custom_name(decision, schema) if decision.action == "custom" else _bare(decision)
        if decision.action in ("map", "custom") and name in feeds and _meant(decision, each):
            feeds[name] = (column, *feeds[name])
    for name, columns in _merged(decisions, each).items():
        feeds[name] = (" ".join([*feeds[name][:1], *columns]),)
    splits = _splits(decisions, each)
    feeds |= {name: (part.column, *(other for other in feeds[name])) for name, part in splits.items()}
    changed = {name: feed for name, feed in feeds.items() if feed != each.fields[name].from_}
    return replace(rule, fields=changed, splits=splits)


def _splits(decisions: Decisions, each: TargetObject) -> Mapping[str, Split]:
    return {
        name: Split(column, decision.separator, place, len(decision.parts))
        for column, decision in decisions.items()
        for place, name in enumerate(decision.parts)
        if name in each.fields
    }


def _without(feed: Sequence[str], field: TargetField, decisions: Decisions) -> tuple[str, ...]:
    """Take the columns that the plan decides out of a field; what remembers the old CRM keeps all but dropped ones."""
    gone = {name for name, decision in decisions.items() if decision.action == "drop" or not field.legacy}
    kept = (" ".join(part for part in name.split() if part not in gone) for name in feed)
    return tuple(name for name in kept if name)


def _merged(decisions: Decisions, each: TargetObject) -> Mapping[str, list[str]]:
    merges = [
        (decision.order, column, decision) for column, decision in decisions.items() if decision.action == "merge"
    ]
    fields: dict[str, list[str]] = {}
    for _, column, decision in sorted(merges, key=lambda merge: merge[:2]):
        if _bare(decision) in each.fields and _meant(decision, each):
            fields.setdefault(_bare(decision), []).append(column)
    return fields


def _bare(decision: Decision) -> str:
    return (decision.to or "").rpartition(".")[2]


def _meant(decision: Decision, each: TargetObject) -> bool:
    """Return whether `to` speaks of this object: "dealname", or "deals.dealname"."""
    named = (decision.to or "").rpartition(".")[0]
    return named in ("", each.name)


def _decision_faults(plan: Plan, schema: TargetSchema) -> Iterator[Fault]:
    for object_, decisions in plan.columns.items():
        taken: dict[str, str] = {}
        for column, decision in decisions.items():
            where = f"migration.toml: columns.{object_}.{column}"
            homes = [each for each, _ in schema.feeding(object_) if _meant(decision, each)]
            fields = {name: field for each in homes for name, field in each.fields.items()}
            aims = [replace(decision, to=part) for part in decision.parts] or [decision]
            for aim in aims:
                yield from _field_faults(aim, fields, schema, where)
            if decision.action == "map" and decision.to in taken:
                hint = 'join them with merge = "...", or decide for one'
                problem = f"{taken[decision.to]} is mapped to {decision.to} too"
                yield Fault(where, problem, hint, "plan.contradiction")
            if decision.action == "map" and decision.to:
                taken[decision.to] = column


def _field_faults(
    decision: Decision, fields: Mapping[str, TargetField], schema: TargetSchema, where: str
) -> Iterator[Fault]:
    if decision.action == "drop":
        return
    name = custom_name(decision, schema) if decision.action == "custom" else _bare(decision)
    there = next((each for each in fields if each.casefold() == name.casefold()), None)  # APIs and SQL ignore case
    if decision.action == "custom" and there is not None:
        hint = f'write to = "{there}" to fill it, or give the custom field another name'
        yield Fault(where, f"{schema.label} has a field {there} already", hint, "plan.contradiction")
    elif decision.action != "custom" and name not in fields:
        hint = f'{nearest(name, tuple(fields))}; a new field is written custom = "{name}"'
        yield Fault(where, f"{schema.label} has no field {decision.to}", hint, "plan.unknown-target-field")
    elif decision.action != "custom" and (fields[name].read_only or fields[name].type == "reference"):
        what = "sets it itself" if fields[name].read_only else "takes a record there, not a text"
        yield Fault(where, f"{schema.label} {what}", "map the column to another field", "plan.read-only-field")


def _option_faults(plan: Plan, schema: TargetSchema) -> Iterator[Fault]:
    for key, values in plan.values.items():
        object_, _, column = key.partition(".")
        if plan.unlisted.get(key) == "keep":
            continue  # what the target lacks is created there
        for field in restricted_fields(plan, schema, object_, column):
            for option in filter(None, values.values()):
                if option not in field.picklist:
                    where, hint = f'migration.toml: values."{key}"', nearest(option, field.picklist)
                    problem = f"{option} is no option of {field.name} in {schema.label}"
                    yield Fault(where, problem, hint, "plan.unknown-option")


def restricted_fields(plan: Plan, schema: TargetSchema, object_: str, column: str) -> tuple[TargetField, ...]:
    """Return the restricted picklists that a canonical column fills."""
    decision = plan.columns.get(object_, {}).get(column)
    found = {
        field.name: field
        for each, rule in schema.feeding(object_)
        for field in each.fields.values()
        if field.restricted and (column in rule.feeds(field) or (decision and _bare(decision) == field.name))
    }
    return tuple(found.values())
