"""Records that the target has already: they take our key and our values, and are not made again.

Which ones others made was found by matching; those with our key are ours, from a journal that was lost. Only fields
that would change are written, as far as the plan's write rules go: what we do not know stays as it is there. A record
that is gone, or that two groups of ours go to, is held for a person.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.comparing import GONE_THERE, Part
from crmclean.destinations.contract import Cells, Destination, Operation
from crmclean.destinations.entries import FrozenRow
from crmclean.destinations.fetching import fetched
from crmclean.destinations.freezing import Slice, payload_hashes
from crmclean.destinations.journal import Journal
from crmclean.destinations.likeness import Likeness, likeness
from crmclean.destinations.write_rules import is_open, merged

CANNOT_ADOPT = "import.cannot-adopt"
TWO_GROUPS = "round.two-targets"
Names = tuple[tuple[str, ...], tuple[str, ...]]  # fields, references


@dataclass
class Adoption:
    """Takes the rows out of a round's slices that the target has already.

    existing: record id -> target id. strict: a record that is not there is held, not made; a rehearsal holds none.
    adopted: crosswalk id, target id. preimages: crosswalk id, JSON of what is overwritten. with_our_key: how many were
    found by key. All three fill up on the way.
    """

    journal: Journal
    destination: Destination
    schema: TargetSchema
    existing: Mapping[str, str]
    strict: bool = True
    adopted: list[tuple[int, str]] = field(default_factory=list)
    preimages: list[tuple[int, str]] = field(default_factory=list)
    with_our_key: int = 0
    _read: dict[str, dict[str, Cells]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know how the target's values are compared."""
        self._same: Likeness = likeness(self.schema, self.destination.capabilities)

    def slices(self, parts: Iterator[Slice]) -> Iterator[Slice]:
        """Yield the slices in the order of sending; rows that are adopted stand in slices of their own."""
        lost = self._may_be_lost()
        for part in parts:
            yield from self._split(part, lost=lost) if (self.existing or lost) and not part.second_pass else [part]

    def _may_be_lost(self) -> bool:
        """Say whether records with our keys may be there that the journal does not know: it was lost."""
        able = self.destination.capabilities
        known = self.journal.database.execute("SELECT 1 FROM crosswalk WHERE target_id IS NOT NULL LIMIT 1").fetchone()
        return able.adopts and able.reads_back and not known

    def _split(self, part: Slice, *, lost: bool) -> Iterator[Slice]:
        asked, there = self._asked(part), self._there(part.object)
        ours = self._ours(part) if lost else {}
        self.with_our_key += len(ours)
        asked |= {place: id_ for place, (id_, _) in ours.items()}
        if not asked:
            yield part
            return
        there = {**there, **dict(ours.values())}
        taken = self._taken(asked.values())
        rest = Part(part.stage, part.object, part.operation, part.fields, part.refs)
        groups: dict[Names, Part] = {}
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

    def _ours(self, part: Slice) -> dict[int, tuple[str, Cells]]:
        """Return position -> target id and cells of the rows whose key the target knows."""
        object_, kept = self.schema.objects[part.object], self.destination.capabilities.keyless
        if object_.existing or part.object in kept or self.destination.count(part.object) == 0:
            return {}
        places = {record: place for place, record in enumerate(part.records)}
        spared = part.faults.keys() | part.held.keys()
        found = fetched(self.journal, self.destination, part.object, part.records)
        return {places[key]: (id_, cells) for key, id_, cells in found if key in places and places[key] not in spared}

    def _there(self, object_: str) -> Mapping[str, Cells]:
        """Return target id -> cells of the records that are asked for; an object is read once."""
        able = self.destination.capabilities
        if not (able.adopts and able.reads_back and self.existing):
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
        self, part: Slice, groups: dict[Names, Part], row: tuple[int, str, str, bytes], id_: str, now: Cells
    ) -> None:
        number, record, payload, hash_ = row
        frozen: FrozenRow = json.loads(payload)
        ours = dict(zip(part.fields, frozen["cells"], strict=True))
        cells = {name: self._written(part.object, name, value, now) for name, value in ours.items()}
        changed = [name for name in cells if not self._same(part.object, name, cells[name], now.get(name))]
        fields = tuple(changed) or tuple(part.fields[:1])  # some targets take no record without a field
        known = [(name, frozen["refs"][at]) for at, name in enumerate(part.refs) if frozen["refs"][at] is not None]
        rules = self.schema.objects[part.object].fields
        refs = {name: value for name, value in known if is_open(rules[name], now.get(name))}
        names = (fields, tuple(refs))
        group = groups.setdefault(names, Part(part.stage, part.object, Operation.ADOPT, *names))
        kept = {name: now.get(name) for name in cells if name not in fields}
        sent = {"key": record, "cells": [cells[name] for name in fields], "refs": list(refs.values()), "kept": kept}
        group.add(number, record, json.dumps(sent), hash_)
        self.preimages.append((number, json.dumps({name: now.get(name) for name in (*fields, *refs)})))
        self.adopted.append((number, id_))

    def _written(self, object_: str, name: str, ours: str | None, now: Cells) -> str | None:
        """Return what a field shall hold: ours, but for blanks and for what the plan keeps."""
        theirs = now.get(name)
        return theirs if ours is None else merged(self.schema.objects[object_].fields[name], theirs, ours)
