"""What a HubSpot account must have before an import, found out beforehand; and the properties that can be made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmclean.crm.target_model import TargetField, TargetObject
from crmclean.destinations.contract import Made
from crmclean.destinations.hubspot.consents import SCOPES, consent_fields
from crmclean.destinations.hubspot.pairs import is_pairs
from crmclean.destinations.hubspot.portal import ROWS, Portal
from crmclean.destinations.hubspot.rows import kept_as, links_of
from crmclean.errors import Fault

_GROUP = "crmclean"
_SCOPED = ("contacts", "companies", "deals")  # activities come with the scopes of contacts
_TAKES = {  # type of ours -> types of HubSpot's that take it
    "text": ("string", "enumeration", "phone_number", "number", "date", "datetime"),
    "reference": ("string", "enumeration", "number"),
    "date": ("date", "datetime", "string"),
    "datetime": ("datetime", "date", "string"),
    "decimal": ("number", "string"),
    "integer": ("number", "string"),
    "boolean": ("bool", "enumeration", "string"),
}
_MADE = {
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "decimal": ("number", "number"),
    "integer": ("number", "number"),
    "boolean": ("enumeration", "booleancheckbox"),
}


def kept_records(objects: Sequence[TargetObject]) -> list[TargetObject]:
    """Return the objects whose records we make: neither owners nor associations."""
    return [each for each in objects if not each.existing and not is_pairs(each)]


def faults_of(portal: Portal, objects: Sequence[TargetObject]) -> Iterator[Fault]:
    """Find, before anything is sent, what the account lacks or its token may not do."""
    for object_ in kept_records(objects):
        yield from _key(portal, object_)
        yield from _fields(portal, object_)
        yield from _pipelines(portal, object_)
        yield from _types(portal, object_)
    yield from _scopes(portal, objects)


def notes_of(portal: Portal, objects: Sequence[TargetObject]) -> Iterator[Fault]:
    """Say what an import makes by itself."""
    for object_ in kept_records(objects):
        if object_.key not in portal.properties(object_.name):
            hint = "nothing to do: the import makes it as a property with unique values"
            yield Fault(f"{object_.name}.{object_.key}", "is not there yet", hint, "target.key-made")


def _key(portal: Portal, object_: TargetObject) -> Iterator[Fault]:
    there = portal.properties(object_.name).get(object_.key)
    if there is not None and not there.get("hasUniqueValue"):
        hint = "archive this property and let crmclean make it again: only unique values stop doubles"
        yield Fault(f"{object_.name}.{object_.key}", "is not unique", hint, "target.key-not-enforced")


def _fields(portal: Portal, object_: TargetObject) -> Iterator[Fault]:
    there, links = portal.properties(object_.name), links_of(object_)
    for field in object_.writable():
        where = f"{object_.name}.{field.name}"
        if field.name == object_.key or field.name in links:
            continue
        found = there.get(field.name)
        if found is None:
            hint = "type `crmclean schema apply --to NAME`, or drop the column in the plan"
            yield Fault(where, "is not there", hint, "target.no-field")
        elif found.get("modificationMetadata", {}).get("readOnlyValue") or found.get("calculated"):
            yield Fault(where, "cannot be written", "drop the column in the plan", "target.no-field")
        elif found["type"] not in _TAKES[field.type]:
            hint = f"it takes {found['type']}, and we would send {field.type}: give the column another target"
            yield Fault(where, "is of another type", hint, "target.other-type")
        else:
            yield from _options(where, field, found)


def _options(where: str, field: TargetField, found: Mapping[str, Any]) -> Iterator[Fault]:
    options = {str(each["value"]) for each in found.get("options", ())}
    missing = [each for each in field.picklist if field.restricted and options and each not in options]
    if missing:
        hint = f"add to the property: {', '.join(missing)}"
        yield Fault(where, f"lacks {len(missing)} options", hint, "target.no-option")


def _pipelines(portal: Portal, object_: TargetObject) -> Iterator[Fault]:
    pipeline, stage = object_.fields.get("pipeline"), object_.fields.get("dealstage")
    if pipeline is None or stage is None:
        return
    found = portal.get(f"/crm/v3/pipelines/{object_.name}", "reading the pipelines")["results"]
    stages = {str(one["id"]) for each in found for one in each["stages"]}
    wanted = ((pipeline, {str(each["id"]) for each in found}), (stage, stages))
    for field, there in wanted:
        missing = [each for each in field.picklist if each not in there]
        if missing:
            hint = f"make them in HubSpot, or map to others: {', '.join(missing)}"
            where = f"{object_.name}.{field.name}"
            yield Fault(where, f"the account has no {', '.join(missing)}", hint, "target.no-option")


def _types(portal: Portal, object_: TargetObject) -> Iterator[Fault]:
    for name, field in links_of(object_).items():
        there = {int(each["typeId"]) for each in portal.labels(object_.name, field.ref[0])}
        if field.association not in there:
            problem = f"there is no association type {field.association} to {field.ref[0]}"
            hint = f"set `association` in the target: {', '.join(map(str, sorted(there)))} are there"
            yield Fault(f"{object_.name}.{name}", problem, hint, "target.no-association")


def _scopes(portal: Portal, objects: Sequence[TargetObject]) -> Iterator[Fault]:
    """Compare the scopes of a private app's token; of other tokens nobody can know them."""
    told = portal.api.repeat("POST", "/oauth/v2/private-apps/get/access-token-info", json={"tokenKey": portal.token()})
    if not told.is_success:
        return
    scopes = set(told.json()["scopes"])
    names = {each.name for each in kept_records(objects)}
    wanted = [f"crm.objects.{name}.{right}" for name in _SCOPED if name in names for right in ("read", "write")]
    missing = [each for each in wanted if each not in scopes]
    if any(consent_fields(each) for each in objects) and not scopes & set(SCOPES):
        missing.append(SCOPES[0])
    if missing:
        hint = "add them to the private app in HubSpot (Settings, Integrations, Private apps)"
        yield Fault("token", f"lacks the scopes {', '.join(missing)}", hint, "target.no-permission")


def make_missing(portal: Portal, objects: Sequence[TargetObject], *, keys_only: bool = False) -> list[Made]:
    """Make the properties of ours that the account lacks; nothing that is there is altered."""
    made = []
    for object_ in kept_records(objects):
        there = portal.properties(object_.name)
        wanted = {**_ours(object_), **({} if keys_only else _custom(object_))}
        missing = {name: each for name, each in wanted.items() if name not in there}
        if not missing:
            continue
        _make_group(portal, object_.name)
        for start in range(0, len(missing), ROWS):
            inputs = [_property(object_, *each) for each in list(missing.items())[start : start + ROWS]]
            path = f"/crm/v3/properties/{object_.name}/batch/create"
            portal.post(path, {"inputs": inputs}, f"making properties of {object_.name}")
        portal.forget_properties(object_.name)
        made += [Made(object_.name, name) for name in missing]
    return made


def _ours(object_: TargetObject) -> dict[str, TargetField]:
    """Return the properties that every import needs: our key, and what the references mean."""
    kept = {name: each for each in links_of(object_).values() if (name := kept_as(each))}
    return {object_.key: object_.fields[object_.key], **kept}


def _custom(object_: TargetObject) -> dict[str, TargetField]:
    links = links_of(object_)
    return {each.name: each for each in object_.writable() if each.custom and each.name not in links}


def _make_group(portal: Portal, object_: str) -> None:
    path, doing = f"/crm/v3/properties/{object_}/groups", "making a group of properties"
    if _GROUP not in {each["name"] for each in portal.get(path, doing)["results"]}:
        portal.post(path, {"name": _GROUP, "label": _GROUP}, doing)


def _property(object_: TargetObject, name: str, field: TargetField) -> dict[str, Any]:
    kind, form = _MADE.get(field.type, ("string", "text"))
    options = [(each, each) for each in field.picklist] if field.restricted else []
    if options:
        kind, form = "enumeration", "checkbox" if field.multi else "select"
    elif field.type == "boolean":
        options = [("true", "Yes"), ("false", "No")]
    return {
        "name": name,
        "label": field.label if name == field.name else f"{field.label} (crmclean)",
        "type": kind,
        "fieldType": form,
        "groupName": _GROUP,
        "hasUniqueValue": name == object_.key,
        "options": [
            {"value": value, "label": label, "displayOrder": place, "hidden": False}
            for place, (value, label) in enumerate(options)
        ],
    }
