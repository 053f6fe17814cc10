"""Reads HubSpot's records back with their associations and opt-outs; by key or page by page, never by search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import Cells
from crmclean.destinations.hubspot.consents import extra_properties, told_opt_out
from crmclean.destinations.hubspot.links import read_links
from crmclean.destinations.hubspot.portal import ROWS, Portal
from crmclean.destinations.hubspot.rows import kept_as, links_of, shown_value


def read_by_key(portal: Portal, object_: TargetObject, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
    """Yield key, id and cells of the records that are there."""
    for start in range(0, len(keys), ROWS):
        found = portal.records(object_.name, keys[start : start + ROWS], _names(portal, object_), object_.key)
        yield from ((str(key), id_, cells) for key, id_, cells in _shown(portal, object_, list(found)))


def read_all(portal: Portal, object_: TargetObject) -> Iterator[tuple[str | None, str, Cells]]:
    """Yield key, id and cells of all records, also those that others made."""
    records = listed(portal, object_.name, _names(portal, object_))
    while part := list(islice(records, ROWS)):
        yield from _shown(portal, object_, part)


def listed(portal: Portal, object_: str, names: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Yield all records as HubSpot lists them."""
    return portal.pages(f"/crm/v3/objects/{object_}", "listing records", limit=ROWS, properties=",".join(names))


def _names(portal: Portal, object_: TargetObject) -> list[str]:
    there, links = portal.properties(object_.name), links_of(object_)
    names = [each.name for each in object_.writable() if each.name in there and each.name not in links]
    kept = [name for each in links.values() if (name := kept_as(each)) and name in there]
    return [*dict.fromkeys((object_.key, *names, *kept, *extra_properties(portal, object_)))]


def _shown(
    portal: Portal, object_: TargetObject, records: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str | None, str, Cells]]:
    every = {str(each["id"]): each["properties"] for each in records}
    links = read_links(portal, object_.name, links_of(object_), every)
    names = [each.name for each in object_.writable() if each.name != object_.key]
    for record in records:
        told, id_ = record["properties"], str(record["id"])
        cells = {name: shown_value(object_, name, told[name]) for name in names if name in told}
        consent = told_opt_out(portal, object_, told)
        yield told.get(object_.key), id_, {**cells, **links[id_], **consent}
