"""Opt-outs, which HubSpot keeps as communication preferences of an address and not as a property.

Nobody is ever subscribed again: whoever has opted out there stays opted out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import Operation, Request
from crmclean.destinations.hubspot.portal import Portal

SCOPES = ("communication_preferences.read_write", "communication_preferences.write", "subscriptions-status-write")
_OPT_OUT = "email_opt_out"  # the canonical field
_TOLD = "hs_email_optout"  # HubSpot's own property, which only follows
_YES = "true"


@dataclass(frozen=True)
class ConsentFields:
    """The field of an object that says who has opted out, and those that hold addresses."""

    opt_out: str
    addresses: tuple[str, ...]


def consent_fields(object_: TargetObject) -> ConsentFields | None:
    """Return the fields of an object whose records can opt out of mail; None for others."""
    addresses = tuple(each.name for each in object_.writable() if each.format == "email")
    told = next((each.name for each in object_.writable() if _OPT_OUT in each.from_), None)
    return ConsentFields(told, addresses) if told and addresses else None


def unsubscribe(portal: Portal, object_: TargetObject, request: Request, ids: Sequence[str]) -> None:
    """Unsubscribe the addresses of those written records that say so; the same again changes nothing.

    Raises:
        RefusedError: the token may not do that: an opt-out would be lost.
    """
    fields = consent_fields(object_)
    if fields is None or not {fields.opt_out, *fields.addresses} & set(request.fields):
        return
    for address in sorted(set(_opted_out(portal, object_, fields, request, ids))):
        answer = portal.api.repeat("POST", _path(address), params={"channel": "EMAIL"})
        if answer.status_code in (401, 403):
            portal.api.document(answer, "unsubscribing people who have opted out")


def _opted_out(
    portal: Portal, object_: TargetObject, fields: ConsentFields, request: Request, ids: Sequence[str]
) -> Iterator[str]:
    if request.operation is Operation.UPSERT:
        for row in request.rows:
            cells = dict(zip(request.fields, row.cells, strict=True))
            if cells.get(fields.opt_out) == _YES:
                yield from _addresses(fields, cells)
        return
    for record in portal.records(object_.name, ids, (fields.opt_out, *fields.addresses)):
        if record["properties"].get(fields.opt_out) == _YES:
            yield from _addresses(fields, record["properties"])


def _addresses(fields: ConsentFields, cells: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(cells[name]) for name in fields.addresses if cells.get(name))


def extra_properties(portal: Portal, object_: TargetObject) -> tuple[str, ...]:
    """Return what to read beside the fields of an object, so that most opt-outs need no call of their own."""
    return (_TOLD,) if consent_fields(object_) and _TOLD in portal.properties(object_.name) else ()


def told_opt_out(portal: Portal, object_: TargetObject, properties: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the opt-out of a record as mailings see it: "false" where only our own property says it."""
    fields = consent_fields(object_)
    if fields is None or properties.get(fields.opt_out) != _YES:
        return {}
    addresses = list(_addresses(fields, properties))
    if len(addresses) == 1 and properties.get(_TOLD) == _YES:
        return {}
    kept = all(_is_unsubscribed(portal, address) for address in addresses)
    return {} if kept else {fields.opt_out: "false"}


def _is_unsubscribed(portal: Portal, address: str) -> bool:
    found = portal.get(_path(address), "reading communication preferences", channel="EMAIL")
    return any(each["status"] == "UNSUBSCRIBED" for each in found["results"])


def _path(address: str) -> str:
    return f"/communication-preferences/v4/statuses/{quote(address, safe='')}/unsubscribe-all"
