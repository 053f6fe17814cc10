"""Reads records back by key, also those that the target keeps without one."""

import json
from collections.abc import Iterator, Sequence

from crmclean.destinations.contract import Cells, Destination
from crmclean.destinations.journal import Journal

_ASKED = 500  # keys per read-back


def fetched(
    journal: Journal, destination: Destination, object_: str, keys: Sequence[str]
) -> Iterator[tuple[str, str, Cells]]:
    """Yield key, target id and cells of the records that are there; see Destination.fetch.

    Where the target keeps no key, the crosswalk knows the record.
    """
    keyless = object_ in destination.capabilities.keyless
    for start in range(0, len(keys), _ASKED):
        asked = keys[start : start + _ASKED]
        if not keyless:
            yield from destination.fetch(object_, asked)
            continue
        known = _known(journal, asked)
        for id_, target_id, cells in destination.fetch(object_, list(known)):
            for key in known[id_]:
                yield key, target_id, cells


def _known(journal: Journal, keys: Sequence[str]) -> dict[str, list[str]]:
    """Return target id -> keys."""
    sql = """SELECT c.record, c.target_id FROM json_each(?) w JOIN crosswalk c ON c.record = w.value
             WHERE c.target_id IS NOT NULL ORDER BY c.record"""
    known: dict[str, list[str]] = {}
    for key, target_id in journal.database.execute(sql, (json.dumps(list(keys)),)):
        known.setdefault(target_id, []).append(key)
    return known
