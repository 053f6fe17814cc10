"""Rows to the inputs of HubSpot's batch calls, and their answers back, paired by key and never by position."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from crmclean.crm.target_model import TargetField, TargetObject
from crmclean.destinations.contract import GONE, Fate, Operation, RefusedCallError, Request, Row, Written

TRACE = "objectWriteTraceId"
_ONE_ONLY = frozenset((1, 2, 5, 6, 14))  # primary companies and contacts, and the parent of a company
_TIME = re.compile(r"\.000Z$")
_CODES = {
    "INVALID_EMAIL": "target.format",
    "INVALID_OPTION": "target.picklist",
    "INVALID_INTEGER": "target.type",
    "INVALID_LONG": "target.type",
    "INVALID_DOUBLE": "target.type",
    "INVALID_DATE": "target.type",
    "INVALID_BOOLEAN": "target.type",
    "PROPERTY_DOESNT_EXIST": "target.no-field",
    "READ_ONLY_VALUE": "target.no-field",
    "REQUIRED_FIELD": "target.required",
    "MISSING_REQUIRED_PROPERTY": "target.required",
    "VALUE_TOO_LONG": "target.length",
    "CONFLICTING_UNIQUE_VALUE": "target.unique",
    "CONFLICT": "target.unique",
    "OBJECT_NOT_FOUND": GONE,
}
_LISTED = re.compile(r"Property values were not valid: (\[.*\])", re.DOTALL)


def links_of(object_: TargetObject) -> dict[str, TargetField]:
    """Return the references that HubSpot keeps as associations; the others (owners) are properties."""
    return {each.name: each for each in object_.references() if each.association is not None}


def kept_as(field: TargetField) -> str | None:
    """Return our own property that remembers which of several associated records the reference means.

    None where HubSpot allows one only. Others, and links with a role, are associated by the same type.
    """
    return None if field.association in _ONE_ONLY else f"crmclean_{field.name}"


def shown_value(object_: TargetObject, field: str, value: str | None) -> str | None:
    """Return a property's value in the form in which it was sent; numbers come back as the text that they were."""
    if value and object_.fields[field].type == "datetime":
        return _TIME.sub("Z", value)
    return value or None


def inputs(object_: TargetObject, request: Request) -> list[dict[str, Any]]:
    """Return one input for each row, each with our key as its trace; an empty text empties a property."""
    associated = links_of(object_)
    places = [(place, name) for place, name in enumerate(request.fields) if _holds(associated.get(name))]
    return [_input(object_, request, row, places) for row in request.rows]


def _input(object_: TargetObject, request: Request, row: Row, places: list[tuple[int, str]]) -> dict[str, Any]:
    values = {_named(object_.fields[name]): _sent(object_.fields[name], row.cells[place]) for place, name in places}
    given = {name: text for name, text in values.items() if text is not None}
    own = {} if request.operation is Operation.UPDATE else {object_.key: row.key}
    if request.operation is not Operation.UPSERT:
        return {"id": row.target_id, "properties": own | given, TRACE: row.key}
    return {"idProperty": object_.key, "id": row.key, "properties": own | given, TRACE: row.key}


def _holds(link: TargetField | None) -> bool:
    return link is None or kept_as(link) is not None


def _named(field: TargetField) -> str:
    return (kept_as(field) if field.association is not None else None) or field.name


def _sent(field: TargetField, cell: str | None) -> str | None:
    if cell is None:
        return None if field.insert_only else ""
    return cell


def pairs(key: str, request: Request, document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return key -> id and time of creation of the records that a batch call wrote."""
    keys = {row.target_id: row.key for row in request.rows if row.target_id}
    found = {}
    for each in document.get("results", ()):
        name = each.get(TRACE) or each["properties"].get(key) or keys.get(str(each["id"]))
        if name:
            found[str(name)] = (str(each["id"]), str(each["createdAt"]))
    return found


def refusals(request: Request, document: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """Return key -> code, field and message of the rows that an answer names as refused."""
    keys = {name: row.key for row in request.rows for name in (row.key, row.target_id) if name}
    found: dict[str, list[str | None]] = {}
    for error in document.get("errors", ()):
        context = error.get("context", {})
        named = [name for names in (context.get(TRACE), context.get("ids"), context.get("id")) for name in names or ()]
        for name in named:
            if name in keys:
                found[keys[name]] = list(_reason(error))
    return found


def refused(document: Any) -> RefusedCallError:
    """Return the error of a call that was refused as a whole."""
    code, field, message = _reason(document if isinstance(document, dict) else {})
    return RefusedCallError(code, message, field)


def _reason(error: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """Return code, property and message of an error. The first error inside says more than the category outside."""
    message = str(error.get("message", ""))
    inner: Mapping[str, Any] = next(iter([*_listed(message), *error.get("errors", ())]), {})
    name = str(inner.get("error") or inner.get("code") or error.get("category") or "UNKNOWN")
    name = name if name in _CODES else str(error.get("category") or name)
    code = _CODES.get(name, f"hubspot.{name.lower().replace('_', '-')}")
    properties = inner.get("context", {}).get("propertyName") or error.get("context", {}).get("propertyName")
    field = inner.get("name") or inner.get("in") or (properties[0] if properties else None)
    return code, str(field) if field else None, message


def _listed(message: str) -> list[Mapping[str, Any]]:
    found = _LISTED.search(message)
    try:
        return list(json.loads(found[1])) if found else []
    except ValueError:
        return []


def results(request: Request, answer: bytes) -> Iterator[Written]:
    """Read the answer that `send` or `settle` made."""
    told = json.loads(answer)
    since, found, errors = told["since"], told["results"], told["errors"]
    for row in request.rows:
        if row.key in errors:
            yield Written(row.key, Fate.REJECTED, None, *errors[row.key])
        elif row.key not in found:
            yield Written(row.key, Fate.RETRY)
        elif request.operation is Operation.DELETE:
            yield Written(row.key, Fate.DELETED)
        else:
            id_, made = found[row.key]
            created = request.operation is Operation.UPSERT and made >= since
            yield Written(row.key, Fate.CREATED if created else Fate.UPDATED, id_)


def answer_of(since: str, found: Mapping[str, object], errors: Mapping[str, object] | None = None) -> bytes:
    """Return what `results` reads: key -> id and time of creation, and key -> code, field, message."""
    return json.dumps({"since": since, "results": found, "errors": errors or {}}).encode()
