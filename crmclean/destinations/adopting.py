"""Records that the target has already, made by others: they take our key and our values, and are not made again.

Which ones they are was found by matching. What we do not know stays as it is there; a record that is gone, or that two
groups of ours go to, is held for a person.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.comparing import GONE_THERE, Part
from crmclean.destinations.contract import Cells, Destination, Operation
from crmclean.destinations.entries import FrozenRow
from crmclean.destinations.freezing import Slice, payload_hashes
from crmclean.destinations.journal import Journal

CANNOT_ADOPT = "import.cannot-adopt"
TWO_GROUPS = "round.two-targets"


@dataclass
class Adoption:
    """Takes the rows out of a round's slices that the target has already.

    existing: record id -> target id. strict: a record that is not there is held, not made; a rehearsal holds none.
    adopted: crosswalk id, target id. preimages: crosswalk id, JSON of what is overwritten. Both fill up on the way.
    """

    journal: Journal
    destination: Destination
    schema: TargetSchema
    existing: Mapping[str, str]
    strict: bool = True
    adopted: list[tuple[int, str]] = field(default_factory=list)
    preimages: list[tuple[int, str]] = field(default_factory=list)
    _read: dict[str, dict[str, Cells]] = field(default_factory=dict)

    def slices(self, parts: Iterator[Slice]) -> Iterator[Slice]:
        """Yield the slices in the order of sending; rows that are adopted stand in slices of their own."""
        for part in parts:
            yield from self._split(part) if self.existing and not part.second_pass else [part]

    def _split(self, part: Slice) -> Iterator[Slice]:
        asked = self._asked(part)
        if not asked:
            yield part
            return
        there = self._there(part.object)
        taken = self._taken(asked.values())
        rest = Part(part.stage, part.object, part.operation, part.fields, part.refs)
        groups: dict[tuple[str, ...], Part] = {}
        for place, hash_ in enumerate(payload_hashes(part)):
            row = (part.numbers[place], part.records[place], part.payloads[place], hash_)
            id_ = asked.get(place)
            held = self._held(id_, there, taken.get(id_ or "", row[0]) != row[0])
            if id_ is None or held is not None or id_ not in there:
                position = rest.add(*row)
                for reasons, told in ((part.faults, rest.faults), (part.held, rest.held)):
                    told.update({position: reasons[place]} if place in reasons else {})
                rest.held.update({position: (held, "")} if held else {})
                continue
            taken[id_] = row[0]
            self._adopt(part, groups, row, id_, there[id_])
        yield from (each for each in (rest, *groups.values()) if each.numbers)

    def _asked(self, part: Slice) -> dict[int, str]:
        """Return position -> target id of the rows that the journal has not written to yet."""
        sql = """SELECT c.id FROM json_each(?) w JOIN crosswalk c ON c.id = w.value WHERE c.hash IS NOT NULL"""
        written = {id_ for (id_,) in self.journal.database.execute(sql, (json.dumps(list(part.numbers)),))}
        return {
            place: self.existing[record]
            for place, record in enumerate(part.records)
            if record in self.existing and part.numbers[place] not in written
            if place not in part.faults and place not in part.held
        }

    def _there(self, object_: str) -> Mapping[str, Cells]:
        """Return target id -> cells of the records that are asked for; an object is read once."""
        able = self.destination.capabilities
        if not (able.adopts and able.reads_back):
            return {}
        if object_ not in self._read:
            ids = set(self.existing.values())
            self._read[object_] = {id_: cells for _, id_, cells in self.destination.scan(object_) if id_ in ids}
        return self._read[object_]

    def _taken(self, ids: Iterable[str]) -> dict[str, int]:
        """Return which of the target's records the crosswalk has already, and for whom."""
        sql = "SELECT c.target_id, c.id FROM json_each(?) w JOIN crosswalk c ON c.target_id = w.value"
        return dict(self.journal.database.execute(sql, (json.dumps(list(ids)),)))

    def _held(self, id_: str | None, there: Mapping[str, Cells], others: bool) -> str | None:
        if id_ is None:
            return None
        if not (self.destination.capabilities.adopts and self.destination.capabilities.reads_back):
            return CANNOT_ADOPT
        if id_ not in there:
            return GONE_THERE if self.strict else None
        return TWO_GROUPS if others else None

    def _adopt(
        self, part: Slice, groups: dict[tuple[str, ...], Part], row: tuple[int, str, str, bytes], id_: str, now: Cells
    ) -> None:
        number, record, payload, hash_ = row
        frozen: FrozenRow = json.loads(payload)
        cells = [self._written(part.object, name, frozen["cells"][at], now) for at, name in enumerate(part.fields)]
        known = [(name, frozen["refs"][at]) for at, name in enumerate(part.refs) if frozen["refs"][at] is not None]
        refs = {name: value for name, value in known if self._free(part.object, name, now)}
        group = groups.setdefault(tuple(refs), Part(part.stage, part.object, Operation.ADOPT, part.fields, tuple(refs)))
        text = json.dumps({"key": record, "cells": cells, "refs": list(refs.values())})
        group.add(number, record, text, hash_)
        changed = [name for name, value in zip(part.fields, cells, strict=True) if now.get(name) != value]
        before = {name: now.get(name) for name in (*(changed or part.fields[:1]), *refs)}
        self.preimages.append((number, json.dumps(before)))
        self.adopted.append((number, id_))

    def _written(self, object_: str, name: str, ours: str | None, now: Cells) -> str | None:
        """Return what a field shall hold: ours, but for blanks and for what the plan keeps."""
        theirs = now.get(name)
        if ours is None or not self._free(object_, name, now):
            return theirs
        if self.schema.objects[object_].fields[name].write == "append" and theirs is not None:
            return theirs if ours in theirs else f"{theirs}\n{ours}"
        return ours

    def _free(self, object_: str, name: str, now: Cells) -> bool:
        """Say whether the plan lets a field of a record that is there be written."""
        rule = self.schema.objects[object_].fields[name]
        fill = rule.insert_only or rule.write == "fill_blank"
        return rule.write != "never" and not (fill and now.get(name) is not None)
