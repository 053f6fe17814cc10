"""A shipped target with what the CRM itself says put over it: its fields, types, lengths and options win."""

from collections.abc import Mapping
from dataclasses import replace

from crmclean.crm.live_documents import Objects
from crmclean.crm.live_fields import LiveField
from crmclean.crm.target_model import SourceRule, TargetField, TargetObject, TargetSchema


def overlaid(schema: TargetSchema, objects: Objects) -> TargetSchema:
    """Return the schema as this account has it.

    Fields of ours (custom) that are not there stay, to be created; standard fields that are not there go, so that what
    would fill them has to be decided; further fields of the account can be mapped to.
    """
    whole = {name: _object(each, objects[name]) if name in objects else each for name, each in schema.objects.items()}
    return replace(schema, objects=whole)


def live_name(field: TargetField, live: Mapping[str, LiveField]) -> str | None:
    """Return what the account calls a field of ours: the same name, or the same label where only one has it."""
    named = [name for name in live if name.casefold() == field.name.casefold()]
    labelled = [name for name, each in live.items() if each.label.casefold() == field.label.casefold()]
    return named[0] if named else labelled[0] if len(labelled) == 1 else None


def _object(each: TargetObject, live: Mapping[str, LiveField]) -> TargetObject:
    names = {name: live_name(field, live) for name, field in each.fields.items()}
    known = {
        name: field if found is None else _field(field, live[found], key=name == each.key)
        for name, field in each.fields.items()
        if (found := names[name]) is not None or field.custom or name == each.key
    }
    taken = {found for found in names.values() if found}
    further = {name: _new(name, field) for name, field in live.items() if name not in taken and name not in known}
    fields = {**known, **{name: field for name, field in further.items() if field.type != "reference"}}
    kept = {name: _without(field, fields) for name, field in fields.items()}
    return replace(
        each,
        fields=kept,
        sources=tuple(_rule(rule, kept) for rule in each.sources),
        one_of=tuple(name for name in each.one_of if name in kept),
        together=tuple(names_ for names_ in each.together if set(names_) <= set(kept)),
    )


def _field(field: TargetField, live: LiveField, *, key: bool) -> TargetField:
    """Ours stay: what fills the field, and what it refers to."""
    if key or field.type == "reference":
        return replace(field, custom=False)
    picklist = live.picklist if live.picklist is not None else field.picklist
    restricted = _said(live.restricted, known=field.restricted) and bool(picklist)
    options = {value: option for value, option in field.values.items() if not option or option in picklist}
    return replace(
        field,
        type=field.type if live.type == "reference" else live.type,
        length=live.length or field.length,
        decimals=field.decimals if live.decimals is None else live.decimals,
        required=_said(live.required, known=field.required),
        picklist=picklist,
        restricted=restricted,
        multi=live.multi if live.picklist is not None else field.multi,
        unique=_said(live.unique, known=field.unique) or (field.unique and field.overflow is not None),
        read_only=_said(live.read_only, known=field.read_only),
        insert_only=_said(live.insert_only, known=field.insert_only),
        format=field.format or live.format,
        custom=False,
        values=options if restricted else field.values,
        default=field.default if not restricted or field.default in picklist else None,
        states={option: state for option, state in field.states.items() if not restricted or option in picklist},
    )


def _said(live: bool | None, *, known: bool) -> bool:
    return known if live is None else live


def _new(name: str, live: LiveField) -> TargetField:
    return TargetField(
        name=name,
        label=live.label,
        type=live.type,
        length=live.length,
        decimals=live.decimals,
        required=bool(live.required) and not live.read_only,
        picklist=live.picklist or (),
        restricted=bool(live.restricted and live.picklist),
        multi=live.multi,
        unique=bool(live.unique),
        read_only=bool(live.read_only),
        insert_only=bool(live.insert_only),
        format=live.format,
    )


def _without(field: TargetField, fields: Mapping[str, TargetField]) -> TargetField:
    return field if field.overflow in (None, *fields) else replace(field, overflow=None)


def _rule(rule: SourceRule, fields: Mapping[str, TargetField]) -> SourceRule:
    """A constant that is no option here is no constant: the record's own value has to be translated."""
    constants = {
        name: text
        for name, text in rule.constants.items()
        if name in fields and (not fields[name].restricted or text in fields[name].picklist)
    }
    feeds = {name: feed for name, feed in rule.fields.items() if name in fields}
    return replace(rule, constants=constants, fields=feeds)
