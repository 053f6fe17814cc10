"""What can be wrong with a target schema: names that do not exist, options that no picklist has, contradictions."""

from collections.abc import Iterator, Mapping

from crmclean.crm.canonical import ObjectSchema
from crmclean.crm.target_model import RECORD_KEY, SourceRule, TargetField, TargetObject, TargetSchema
from crmclean.errors import Fault, nearest

TYPES = ("text", "date", "datetime", "decimal", "integer", "boolean", "reference")
FORMATS = ("email", "phone", "url")
FORMS = ("subdivision",)
OWN_FIELDS = (RECORD_KEY, "_source", "_from", "_to", "_pair")

Canonical = Mapping[str, ObjectSchema]


def faults_of_schema(schema: TargetSchema, model: Canonical) -> tuple[Fault, ...]:
    """Return everything that is wrong with a schema; empty where it can be used."""
    faults: list[Fault] = []
    for target_object in schema.objects.values():
        faults.extend(_object_faults(schema, target_object, model))
    faults.extend(_drop_faults(schema, model))
    return tuple(faults)


def _object_faults(schema: TargetSchema, target_object: TargetObject, model: Canonical) -> Iterator[Fault]:
    where = f"{schema.name}.toml: {target_object.name}"
    named = [target_object.key, *target_object.one_of, *(name for names in target_object.together for name in names)]
    for name in named:
        yield from _unknown(name, target_object.fields, where, "field")
    for rule in target_object.sources:
        yield from _rule_faults(rule, target_object, model, where)
    for target_field in target_object.fields.values():
        yield from _field_faults(target_field, target_object, schema, f"{where}.{target_field.name}")
        yield from _from_faults(target_field, target_object, model, f"{where}.{target_field.name}")


def _rule_faults(rule: SourceRule, target_object: TargetObject, model: Canonical, where: str) -> Iterator[Fault]:
    if rule.object not in model:
        yield from _unknown(rule.object, model, where, "object")
        return
    fields = model[rule.object].fields
    sources = [part for names in rule.fields.values() for name in names for part in name.split()]
    for name in (*rule.where, *sources):
        if name not in OWN_FIELDS:
            yield from _unknown(name, fields, f"{where}.from", f"field of {rule.object}")
    for name in (*rule.fields, *rule.constants):
        yield from _unknown(name, target_object.fields, f"{where}.from", "field")
    for name, option in rule.constants.items():
        if name in target_object.fields:
            yield from _option_faults(target_object.fields[name], (option,), f"{where}.from.constants.{name}")


def _field_faults(
    target_field: TargetField, target_object: TargetObject, schema: TargetSchema, where: str
) -> Iterator[Fault]:
    for value, known, what in (
        (target_field.type, TYPES, "type"),
        (target_field.format, FORMATS, "format"),
        (target_field.form, FORMS, "form"),
    ):
        if value is not None:
            yield from _unknown(value, known, where, what)
    for name in target_field.ref:
        yield from _unknown(name, schema.objects, where, "object")
    if target_field.overflow:
        yield from _unknown(target_field.overflow, target_object.fields, where, "field")
    if (target_field.type == "reference") != bool(target_field.ref):
        hint = 'write type = "reference" and ref = [...] together'
        yield Fault(where, "a reference needs both its type and its objects", hint, "target.wrong-reference")
    options = [option for option in target_field.values.values() if option]
    yield from _option_faults(target_field, (*options, *filter(None, [target_field.default])), where)


def _from_faults(
    target_field: TargetField, target_object: TargetObject, model: Canonical, where: str
) -> Iterator[Fault]:
    objects = [model[rule.object] for rule in target_object.sources if rule.object in model]
    known = {name for each in objects for name in each.fields}
    for name in (part for names in target_field.from_ for part in names.split()):
        if name not in OWN_FIELDS:
            yield from _unknown(name, known, where, "field")


def _option_faults(target_field: TargetField, options: tuple[str, ...], where: str) -> Iterator[Fault]:
    if target_field.restricted:
        for option in options:
            yield from _unknown(option, target_field.picklist, where, "option")


def _drop_faults(schema: TargetSchema, model: Canonical) -> Iterator[Fault]:
    for object_, reasons in schema.dropped.items():
        where = f"{schema.name}.toml: drop.{object_}"
        if object_ not in model:
            yield from _unknown(object_, model, where, "object")
            continue
        for name in reasons:
            yield from _unknown(name, model[object_].fields, where, f"field of {object_}")


def _unknown(name: str, known: object, where: str, what: str) -> Iterator[Fault]:
    names = list(known) if isinstance(known, (Mapping, tuple, set, list)) else []
    if name in names:
        return
    yield Fault(where, f"{name or 'nothing'} is no {what}", nearest(name, sorted(names)), "target.unknown-name")
