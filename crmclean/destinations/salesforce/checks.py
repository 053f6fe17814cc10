"""What an organisation must have before an import: objects, our key as a unique external id, fields, options."""

from collections.abc import Iterator, Mapping
from typing import Any

from crmclean.crm.target_model import TargetField, TargetObject
from crmclean.destinations.salesforce.org import Org
from crmclean.errors import Fault

_FEW_CALLS = 1_000
_WAIT = "an import makes about ten calls for 10,000 rows; wait until tomorrow, or ask for more"
_RECORD_KB = 2  # what most records count for, whatever they hold
_FEW_RECORDS = 100_000
_MB = 1024  # KB
_SHOWN = 8  # options that a hint names


def faults_of(org: Org, object_: TargetObject) -> Iterator[Fault]:
    """Yield what the organisation lacks, or its user may not write, so that rows would be refused."""
    yield from _key_faults(org, object_)
    known = org.known(object_.name)
    for field in object_.writable() if known else ():
        if field.name != object_.key:
            yield from _field(object_, field, known.get(field.name, {}))
    ours = {each.name for each in object_.writable()}
    for name, found in known.items():
        if name not in ours and _needed(found):
            hint = "give every record a value: add the field to the plan's target, or let the organisation default it"
            yield Fault(f"{object_.name}.{name}", "is required there, and nothing fills it", hint, "target.needs-field")


def _key_faults(org: Org, object_: TargetObject) -> Iterator[Fault]:
    """Yield the fault of an object that is not there, or whose key the organisation does not enforce."""
    known = org.fields(object_.name)
    if known is None:
        hint = "switch the feature on that brings it, let the user read it, or leave its records out of the plan"
        yield Fault(object_.name, "is not there, or the user may not see it", hint, "target.no-object")
        return
    key = known.get(object_.key)
    if key is None or not (key["externalId"] and key["unique"]):
        problem = "is not there" if key is None else "is not a unique external id"
        hint = "make it a Text(255) field with External ID and Unique ticked: it is what stops doubles"
        yield Fault(f"{object_.name}.{object_.key}", problem, hint, "target.key-not-enforced")


def _field(object_: TargetObject, field: TargetField, found: Mapping[str, Any]) -> Iterator[Fault]:
    where = f"{object_.name}.{field.name}"
    if not found.get("createable"):
        hint = "create the field, let the user write it, or drop the column in the plan"
        yield Fault(where, "is not there, or the user may not write it", hint, "target.no-field")
        return
    options = {str(each["value"]) for each in found.get("picklistValues") or () if each.get("active", True)}
    missing = [each for each in field.picklist if options and each not in options]
    if missing and found.get("restrictedPicklist"):
        named = ", ".join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
        hint = f"add them to the field there, or map to others under [values]: {named}"
        yield Fault(where, f"lacks {len(missing)} options, and takes no others", hint, "target.no-option")


def _needed(found: Mapping[str, Any]) -> bool:
    return bool(found.get("createable")) and found.get("nillable") is False and not found.get("defaultedOnCreate")


def notes_of(org: Org, object_: TargetObject) -> Iterator[Fault]:
    """Yield the picklists that take values which are none of their options, as most of them do."""
    known = org.known(object_.name)
    for field in object_.writable():
        found = known.get(field.name, {})
        options = {str(each["value"]) for each in found.get("picklistValues") or ()}
        missing = [each for each in field.picklist if options and each not in options]
        if missing and not found.get("restrictedPicklist"):
            hint = f"they would be taken as they are: {', '.join(missing[:_SHOWN])}"
            problem = f"has no {len(missing)} of the options that we may send"
            yield Fault(f"{object_.name}.{field.name}", problem, hint, "target.no-option")


def storage_notes(limits: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is nearly used up."""
    left = int(limits["DailyApiRequests"]["Remaining"])
    if left <= _FEW_CALLS:
        yield Fault("limits", f"{left} API calls are left today", _WAIT, "target.limit")
    room = limits.get("DataStorageMB")
    records = int(room["Remaining"]) * _MB // _RECORD_KB if room else None
    if records is not None and records < _FEW_RECORDS:
        hint = "what comes after is refused; delete records or buy storage first"
        yield Fault("storage", f"has room for about {records:,} records", hint, "target.limit")
