"""Users of an organisation: found by email, never made."""

import json
from collections.abc import Iterator

from crmclean.destinations.contract import Fate, Request, Written
from crmclean.destinations.salesforce.org import ID, Org

_EMAIL = "Email"


def look_up(org: Org, request: Request) -> bytes:
    """Return a JSON list: the key of every row with the id of its user, or null."""
    place = list(request.fields).index(_EMAIL)
    emails = sorted({email for row in request.rows if (email := row.cells[place])})
    found = org.records_with(request.object, (ID, _EMAIL), _EMAIL, emails)
    ids = {str(each[_EMAIL]).lower(): str(each[ID]) for each in found}
    return json.dumps([(row.key, ids.get(str(row.cells[place]).lower())) for row in request.rows]).encode()


def users_found(answer: bytes) -> Iterator[Written]:
    """Read what `look_up` returned."""
    for key, id_ in json.loads(answer):
        if id_:
            yield Written(key, Fate.UPDATED, id_)
        else:
            yield Written(key, Fate.REJECTED, None, "target.no-such-user")
