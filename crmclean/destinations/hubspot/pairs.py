"""Links that are records elsewhere and associations in HubSpot: they hold no key, so their id says all of them.

An id names both ends and the types between them, such as `deals/11/contacts/22/3+77/true`: the type that was asked for
(0: none), the types of label and primary, and what was sent as primary.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import Cells, Operation, Request, Row, Settled
from crmclean.destinations.hubspot.links import MAIN, OWN, PRIMARY_LABEL, REFUSED, Ends, ends, pair, send_pairs
from crmclean.destinations.hubspot.portal import Portal
from crmclean.destinations.hubspot.rows import answer_of

FROM, FROM_ID, TO, TO_ID = "from_object", "from_id", "to_object", "to_id"
TYPE, LABEL, PRIMARY = "association_type_id", "association_label", "is_primary"
_NO_LABEL = "hubspot.no-label"
_SINCE = "0"  # of answers: whatever has a time of creation was made by us


class Pair(NamedTuple):
    """One association as its id says it; asked: the type that the row named, 0 for none."""

    start: tuple[str, str]
    end: tuple[str, str]
    asked: int
    more: tuple[int, ...]
    primary: str

    @property
    def id(self) -> str:
        """The id that the crosswalk keeps."""
        types = "+".join(map(str, (self.asked, *self.more)))
        return "/".join((*self.start, *self.end, types, self.primary))

    @property
    def types(self) -> tuple[int, ...]:
        """The types of HubSpot's between the two records."""
        return tuple(each for each in (self.asked, *self.more) if each)


def is_pairs(object_: TargetObject) -> bool:
    """Return whether the records of an object are associations."""
    return {FROM, FROM_ID, TO, TO_ID, TYPE} <= object_.fields.keys()


def begin_pairs(portal: Portal, request: Request) -> str:
    """Make the labels that the account lacks; return the keys of what is associated so already."""
    if request.operation is not Operation.UPSERT:
        return "[]"
    for row in request.rows:
        cells = dict(zip(request.fields, row.cells, strict=True))
        kinds = str(cells[FROM]), str(cells[TO])
        label = cells.get(LABEL)
        if label and _label(portal, *kinds, label) is None:
            portal.make_label(*kinds, label)
        if cells.get(PRIMARY) == "true" and _primary(portal, *kinds) is None:
            portal.make_label(*kinds, MAIN)
    wanted = {row.key: _wanted(portal, request, row) for row in request.rows}
    return json.dumps(sorted(_there(portal, {key: one for key, one in wanted.items() if one})))


def send_all(portal: Portal, request: Request, handle: str | None) -> bytes:
    """Do what a request says with its associations; all of it is harmless when it comes twice."""
    there = set(json.loads(handle or "[]"))
    old = {row.key: parsed(row.target_id or "") for row in request.rows if request.operation is not Operation.UPSERT}
    if request.operation is Operation.DELETE:
        _send(portal, old, "labels/archive")
        return answer_of(_SINCE, {row.key: None for row in request.rows})
    wanted = {row.key: _wanted(portal, request, row) for row in request.rows}
    new = {key: one for key, one in wanted.items() if one}
    left = {key: one._replace(asked=0, more=_left(one, new.get(key))) for key, one in old.items()}
    _send(portal, left, "labels/archive")
    refused = _send(portal, {key: one for key, one in new.items() if key not in there}, "create")
    errors = {key: [REFUSED, FROM_ID, "an association was refused"] for key in refused}
    errors |= {key: [_NO_LABEL, LABEL, "no association of this kind"] for key, one in wanted.items() if not one}
    found = {key: [one.id, "" if key in there else _SINCE] for key, one in new.items() if key not in errors}
    return answer_of(_SINCE, found, errors)


def settle_pairs(portal: Portal, request: Request, handle: str | None) -> bytes | Settled:
    """Look which associations are there now and were not before."""
    if handle is None or request.operation is not Operation.UPSERT:
        return Settled.ABSENT
    wanted = {row.key: _wanted(portal, request, row) for row in request.rows}
    new = {key: one for key, one in wanted.items() if one}
    made = _there(portal, new) - set(json.loads(handle))
    return answer_of(_SINCE, {key: [new[key].id, _SINCE] for key in made}) if made else Settled.ABSENT


def fetch_pairs(portal: Portal, ids: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
    """Yield what is there of associations, by their ids."""
    pairs = {id_: parsed(id_) for id_ in ids}
    found = _ends(portal, list(pairs.values()))
    for id_, one in pairs.items():
        types = found[one.start[0], one.end[0]].get(one.start[1], {}).get(one.end[1], set())
        if types & set(one.types):
            yield id_, id_, _cells(portal, one, types)


def parsed(id_: str) -> Pair:
    """Return what an id says."""
    start, start_id, end, end_id, types, primary = id_.split("/")
    asked, *more = map(int, types.split("+"))
    return Pair((start, start_id), (end, end_id), asked, tuple(more), primary)


def _cells(portal: Portal, one: Pair, types: set[int]) -> dict[str, str | None]:
    """Return the cells of an association, of which somebody may have taken a label away."""
    labels = {int(each["typeId"]): each for each in portal.labels(one.start[0], one.end[0])}
    there = [labels[each] for each in one.more if each in types and each in labels]
    own = next((str(each["label"]) for each in there if each["category"] == OWN and each["label"] != MAIN), None)
    first = _primary(portal, one.start[0], one.end[0])
    lost = one.primary == "true" and first is not None and first not in types
    return {
        FROM: one.start[0],
        FROM_ID: one.start[1],
        TO: one.end[0],
        TO_ID: one.end[1],
        TYPE: str(one.asked) if one.asked in types else None,
        LABEL: own,
        PRIMARY: "false" if lost else one.primary or None,
    }


def _wanted(portal: Portal, request: Request, row: Row) -> Pair | None:
    """Return the association that a row asks for; None where HubSpot has none of this kind."""
    given = dict(zip(request.fields, row.cells, strict=True))
    if row.target_id and request.operation is Operation.UPDATE:
        before = parsed(row.target_id)
        given = _cells(portal, before, set(before.types)) | given
    start, end = str(given[FROM]), str(given[TO])
    asked, primary = int(given.get(TYPE) or 0), given.get(PRIMARY) or ""
    more = [] if asked else [_typed(portal, start, end, None)]
    if given.get(LABEL):
        more.append(_label(portal, start, end, str(given[LABEL])))
    first = _primary(portal, start, end)
    if primary == "true" and first is not None:  # where the account has no labels of its own, only the id remembers it
        more.append(first)
    known = tuple(each for each in more if each is not None)
    if len(known) < len(more):
        return None
    return Pair((start, str(given[FROM_ID])), (end, str(given[TO_ID])), asked, known, primary)


def _typed(portal: Portal, start: str, end: str, label: str | None) -> int | None:
    """Return the type of HubSpot's own with a label."""
    found = [each for each in portal.labels(start, end) if each["label"] == label and each["category"] != OWN]
    return int(found[0]["typeId"]) if found else None


def _primary(portal: Portal, start: str, end: str) -> int | None:
    """Return the type of HubSpot's that says primary, or else the label that we make for it."""
    own = _typed(portal, start, end, PRIMARY_LABEL)
    return _label(portal, start, end, MAIN) if own is None else own


def _label(portal: Portal, start: str, end: str, label: str) -> int | None:
    found = [each for each in portal.labels(start, end) if each["label"] == label]
    return int(found[0]["typeId"]) if found else None


def _left(old: Pair, new: Pair | None) -> tuple[int, ...]:
    """Return the types that an update takes away."""
    if new is None:
        return ()
    same = (old.start, old.end) == (new.start, new.end)
    return tuple(each for each in old.types if not (same and each in new.types))


def _there(portal: Portal, wanted: Mapping[str, Pair]) -> set[str]:
    """Return the keys of the associations that are there with all their types."""
    found = _ends(portal, list(wanted.values()))
    return {
        key
        for key, one in wanted.items()
        if set(one.types) <= found[one.start[0], one.end[0]].get(one.start[1], {}).get(one.end[1], set())
    }


def _ends(portal: Portal, pairs: Sequence[Pair]) -> dict[tuple[str, str], Ends]:
    ids: dict[tuple[str, str], set[str]] = {}
    for one in pairs:
        ids.setdefault((one.start[0], one.end[0]), set()).add(one.start[1])
    return {kinds: ends(portal, *kinds, sorted(some)) for kinds, some in ids.items()}


def _send(portal: Portal, pairs: Mapping[str, Pair], what: str) -> list[str]:
    """Send pairs, one by one where a call is refused; return the keys of the refused ones."""
    groups: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for key, one in pairs.items():
        if one.types:
            group = groups.setdefault((one.start[0], one.end[0]), {})
            group[key] = pair(portal, one.start, one.end, one.types)
    refused = []
    for kinds, inputs in groups.items():
        if not send_pairs(portal, *kinds, what, list(inputs.values())):
            refused += [key for key, one in inputs.items() if not send_pairs(portal, *kinds, what, [one])]
    return refused
