"""Owners, who are looked up by email and never made."""

import json
from collections.abc import Mapping

from crmclean.destinations.contract import Fate, Request
from crmclean.destinations.hubspot.portal import ROWS, Portal

_EMAIL = "email"


def owners_by_email(portal: Portal) -> dict[str, str]:
    """Return the ids of all owners by email in small letters."""
    found = portal.pages("/crm/v3/owners/", "listing owners", limit=ROWS)
    return {str(each.get("email") or "").lower(): str(each["id"]) for each in found}


def look_up(owners: Mapping[str, str], request: Request) -> bytes:
    """Return key, fate, id and code of every row of a request for owners."""
    place = list(request.fields).index(_EMAIL)
    found = [(row.key, owners.get(str(row.cells[place]).lower())) for row in request.rows]
    said = [
        (key, Fate.UPDATED, id_, None) if id_ else (key, Fate.REJECTED, None, "target.no-such-user")
        for key, id_ in found
    ]
    return json.dumps(said).encode()
