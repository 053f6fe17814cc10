"""References that HubSpot keeps as associations between two records, with a type of its own for each meaning."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmclean.crm.target_model import TargetField, TargetObject
from crmclean.destinations.contract import Request
from crmclean.destinations.hubspot.portal import Portal
from crmclean.destinations.hubspot.rows import kept_as, links_of

REFUSED = "target.reference"
OWN = "USER_DEFINED"
PRIMARY_LABEL = "Primary"
MAIN = "Main"  # our own label for the first of several, where HubSpot has no primary of its own (deals and contacts)
_ERRORS = 400
Ends = Mapping[str, Mapping[str, set[int]]]  # id -> id at the other end -> types


@dataclass(frozen=True)
class Linked:
    """A record and what it shall point to: field -> id, None for nothing. fresh: it was made just now."""

    key: str
    id: str
    refs: Mapping[str, str | None]
    fresh: bool = False


@dataclass(frozen=True)
class Before:
    """What records were associated with, and which of it the references meant."""

    there: Ends
    meant: Mapping[str, Mapping[str, str | None]]


def linked_rows(
    object_: TargetObject, request: Request, found: Mapping[str, tuple[str, str]], since: str | None = None
) -> list[Linked]:
    """Return what the rows that were found shall point to; those made after `since` are fresh."""
    links = links_of(object_)
    given = [(place, name) for place, name in enumerate(request.fields) if name in links]
    return [
        Linked(
            row.key,
            found[row.key][0],
            {name: row.cells[place] for place, name in given},
            fresh=since is not None and found[row.key][1] >= since,
        )
        for row in request.rows
        if given and row.key in found
    ]


def ends(portal: Portal, start: str, end: str, ids: Sequence[str]) -> Ends:
    """Return what records are associated with."""
    if not ids:
        return {}
    body = {"inputs": [{"id": id_} for id_ in ids]}
    found = portal.post(f"/crm/v4/associations/{start}/{end}/batch/read", body, "reading associations")
    return {
        str(each["from"]["id"]): {
            str(to["toObjectId"]): {int(kind["typeId"]) for kind in to["associationTypes"]} for to in each["to"]
        }
        for each in found["results"]
    }


def _only(there: Mapping[str, set[int]], type_id: int | None) -> str | None:
    """Return the record at the other end of a type of which there is one only."""
    return min((id_ for id_, types in there.items() if type_id in types), key=int, default=None)


def read_links(
    portal: Portal, object_: str, links: Mapping[str, TargetField], records: Mapping[str, Mapping[str, str | None]]
) -> Mapping[str, Mapping[str, str | None]]:
    """Return id -> field -> id of the record that it points to; records: id -> properties."""
    by_end = {end: ends(portal, object_, end, list(records)) for end in {each.ref[0] for each in links.values()}}
    return {
        id_: {name: _meant(each, by_end[each.ref[0]].get(id_, {}), told) for name, each in links.items()}
        for id_, told in records.items()
    }


def _meant(field: TargetField, there: Mapping[str, set[int]], told: Mapping[str, str | None]) -> str | None:
    kept = kept_as(field)
    if kept is None:
        return _only(there, field.association)
    meant = told.get(kept)
    return meant if meant and field.association in there.get(meant, ()) else None


def write_links(
    portal: Portal, object_: str, links: Mapping[str, TargetField], rows: Sequence[Linked]
) -> dict[str, list[str | None]]:
    """Associate records; return key -> code, field, message of those that HubSpot refused.

    What is there already is not sent again, and what a reference pointed to before is taken away.
    """
    refused: dict[str, list[str | None]] = {}
    wanted = {name for row in rows for name in row.refs}
    for end in sorted({each.ref[0] for name, each in links.items() if name in wanted}):
        fields = {name: each for name, each in links.items() if each.ref[0] == end and name in wanted}
        before = _before(portal, object_, fields, [row.id for row in rows if not row.fresh])
        added, gone = _changes(portal, object_, fields, rows, before)
        send_pairs(portal, object_, end, "labels/archive", gone)
        if not send_pairs(portal, object_, end, "create", added):
            refused |= _missing(portal, object_, fields, rows)
    return refused


def _changes(
    portal: Portal, object_: str, fields: Mapping[str, TargetField], rows: Sequence[Linked], found: Before
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    added: dict[tuple[str, str], list[int]] = {}
    gone: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        now, meant = found.there.get(row.id, {}), found.meant.get(row.id, {})
        for name, field in fields.items():
            if name not in row.refs or field.association is None:
                continue
            to, before = row.refs[name], meant.get(name)
            if before is not None and before != to:
                gone.setdefault((row.id, before), []).append(field.association)
            if to is not None and field.association not in now.get(to, ()):
                added.setdefault((row.id, to), []).append(field.association)
    end = next(iter(fields.values())).ref[0]
    return list(_pairs(portal, object_, end, added)), list(_pairs(portal, object_, end, gone))


def _before(portal: Portal, object_: str, fields: Mapping[str, TargetField], ids: Sequence[str]) -> Before:
    names = [kept for each in fields.values() if (kept := kept_as(each))]
    records = {str(each["id"]): each["properties"] for each in portal.records(object_, ids, names)} if names else {}
    there = ends(portal, object_, next(iter(fields.values())).ref[0], ids)
    told = {id_: records.get(id_, {}) for id_ in ids}
    meant = {id_: {name: _meant(each, there.get(id_, {}), told[id_]) for name, each in fields.items()} for id_ in ids}
    return Before(there, meant)


def _pairs(
    portal: Portal, start: str, end: str, wanted: Mapping[tuple[str, str], Sequence[int]]
) -> Iterator[dict[str, Any]]:
    for (one, other), types in wanted.items():
        yield pair(portal, (start, one), (end, other), types)


def pair(portal: Portal, one: tuple[str, str], other: tuple[str, str], types: Sequence[int]) -> dict[str, Any]:
    """Return the input for one pair of records, each given as object and id."""
    specs = [portal.spec(one[0], other[0], each) for each in types]
    return {"from": {"id": one[1]}, "to": {"id": other[1]}, "types": specs}


def send_pairs(portal: Portal, start: str, end: str, what: str, inputs: Sequence[Mapping[str, Any]]) -> bool:
    """Create or archive pairs; return whether all of them passed."""
    if not inputs:
        return True
    path = f"/crm/v4/associations/{start}/{end}/batch/{what}"
    answer = portal.api.repeat("POST", path, json={"inputs": inputs})
    if answer.status_code in (401, 403):
        portal.api.document(answer, "associating records")
    told = answer.json() if answer.content else {}
    return answer.status_code < _ERRORS and not told.get("errors") and not told.get("numErrors")


def _missing(
    portal: Portal, object_: str, fields: Mapping[str, TargetField], rows: Sequence[Linked]
) -> dict[str, list[str | None]]:
    """Find out by reading which associations are not there, whatever the answer said."""
    alone: dict[str, list[str | None]] = {}
    end = next(iter(fields.values())).ref[0]
    for row in rows:  # one bad pair may have refused the whole call
        added, _ = _changes(portal, object_, fields, [row], _before(portal, object_, fields, [row.id]))
        if not send_pairs(portal, object_, end, "create", added):
            alone[row.key] = [REFUSED, next(iter(fields)), "an association was refused"]
    return alone
