"""Schema files that CRMs give out, told apart by their shape, and our own saved form of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from crmclean.crm.live_fields import LiveField, dynamics, hubspot, odoo, pipedrive, salesforce, zoho

VERSION = 1
Objects = Mapping[str, Mapping[str, LiveField]]


@dataclass(frozen=True)
class _Format:
    """crm: whose it is. holds: where the fields stand. tells: keys that every field has. name: the field's own name.

    named: where the document names its object, if it does.
    """

    crm: str
    holds: str
    tells: tuple[str, ...]
    name: str
    read: Callable[[Mapping[str, Any]], LiveField]
    named: str = ""


_FORMATS = (
    _Format("salesforce", "fields", ("name", "type", "nillable"), "name", salesforce, "name"),
    _Format("zoho", "fields", ("api_name", "data_type"), "api_name", zoho, "module"),
    _Format("hubspot", "results", ("name", "type", "fieldType"), "name", hubspot),
    _Format("pipedrive", "data", ("key", "name", "field_type"), "key", pipedrive),
    _Format("dynamics365", "Attributes", ("LogicalName", "AttributeType"), "LogicalName", dynamics, "LogicalName"),
    _Format("dynamics365", "value", ("LogicalName", "AttributeType"), "LogicalName", dynamics),
)


@dataclass(frozen=True)
class LiveObject:
    """The fields of one object; name: as the document calls it, None where it does not say."""

    crm: str
    name: str | None
    fields: Mapping[str, LiveField]


def live_objects(document: object) -> tuple[LiveObject, ...]:
    """Return what a schema file describes; empty where it is none that we know.

    document: a describe, properties or fields_get; a list of them; or an object of them by the object's name.
    """
    if isinstance(document, list):
        return tuple(found for each in document for found in live_objects(each))
    if not isinstance(document, dict):
        return ()
    known = _described(document)
    if known:
        return (known,)
    nested = ((name, live_objects(body)) for name, body in document.items())
    return tuple(LiveObject(each.crm, each.name or name, each.fields) for name, found in nested for each in found)


def _described(document: Mapping[str, Any]) -> LiveObject | None:
    for form in _FORMATS:
        bodies = document.get(form.holds)
        if isinstance(bodies, list) and bodies and all(_tells(body, form.tells) for body in bodies):
            name = document.get(form.named)
            found = {str(body[form.name]): form.read(body) for body in bodies}
            return LiveObject(form.crm, name if isinstance(name, str) else None, found)
    if document and all(_tells(body, ("type", "string")) for body in document.values()):
        return LiveObject("odoo", None, {name: odoo(body) for name, body in document.items()})
    return None


def _tells(body: object, keys: tuple[str, ...]) -> bool:
    return isinstance(body, dict) and all(key in body for key in keys)


def saved(crm: str, objects: Objects) -> str:
    """Return our own form, one field a line, so that two of them can be compared line by line."""
    lines = [f'{{"version": {VERSION}, "crm": {json.dumps(crm)}, "objects": {{']
    for number, (name, found) in enumerate(sorted(objects.items())):
        lines.append(f"{',' if number else ''}{json.dumps(name)}: {{")
        lines += _lines(found)
        lines.append("}")
    return "\n".join([*lines, "}}"]) + "\n"


def _lines(found: Mapping[str, LiveField]) -> Iterator[str]:
    for number, (name, field) in enumerate(sorted(found.items()), start=1):
        told = {key: value for key, value in asdict(field).items() if value is not None}
        said = told if field.multi else {key: value for key, value in told.items() if key != "multi"}
        comma = "," if number < len(found) else ""
        yield f"  {json.dumps(name)}: {json.dumps(said, ensure_ascii=False)}{comma}"


def read_saved(text: str) -> tuple[str, Objects]:
    """Return the CRM and the objects of our own form.

    Raises:
        ValueError: it is none.
    """
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError("not a saved schema")
    known = {each.name for each in fields(LiveField)}
    objects = {
        name: {field: _field(body, known) for field, body in found.items()}
        for name, found in document["objects"].items()
    }
    return str(document["crm"]), objects


def _field(body: Mapping[str, Any], known: set[str]) -> LiveField:
    said = {key: tuple(value) if isinstance(value, list) else value for key, value in body.items() if key in known}
    return LiveField(**said)  # type: ignore[arg-type]  # its own shape, written above
