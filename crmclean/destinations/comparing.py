"""What a later round sends: only what changed since we wrote last, and nothing that somebody changed at the target.

Three versions of every field are compared: what we sent last, what we would send now, and what the target holds.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.contract import Cells, Destination, Operation
from crmclean.destinations.entries import AT_TARGET, FrozenRow, Payload
from crmclean.destinations.fetching import fetched
from crmclean.destinations.freezing import Slice, payload_hashes
from crmclean.destinations.journal import Journal, read_payload
from crmclean.destinations.likeness import Likeness, likeness
from crmclean.destinations.write_rules import is_open, merged

CONFLICT = "round.conflict"
GONE_THERE = "round.gone-at-target"
OTHER_OBJECT = "round.other-object"
Values = dict[str, str | int | None]  # texts, and crosswalk ids of parents
_PAYLOADS = 8  # batches whose payloads stand in memory at once
_WRITTEN = f"""CREATE TEMP TABLE written AS SELECT r.record, r.batch, r.position
               FROM row r JOIN batch b ON b.id = r.batch JOIN stage s ON s.id = b.stage JOIN round n ON n.id = s.round
               WHERE r.state IN ({", ".join(str(int(state)) for state in AT_TARGET)})
               AND b.operation <> 'keep' AND n.undoes IS NULL"""


@dataclass
class Part:
    """A slice of rows; see freezing.Slice."""

    stage: str
    object: str
    operation: str
    fields: Sequence[str]
    refs: Sequence[str]
    second_pass: bool = False
    numbers: list[int] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    payloads: list[str] = field(default_factory=list)
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    held: dict[int, tuple[str, str]] = field(default_factory=dict)
    hashes: list[bytes] = field(default_factory=list)

    def add(self, number: int, record: str, payload: str, hash_: bytes) -> int:
        """Add one row and return its position."""
        self.numbers.append(number)
        self.records.append(record)
        if self.operation != Operation.KEEP:
            self.payloads.append(payload)
        self.hashes.append(hash_)
        return len(self.numbers) - 1


class Written:
    """What we wrote last, over all rounds; made once per plan, because it looks at every row."""

    def __init__(self, journal: Journal) -> None:
        self._database = journal.database
        self._database.execute("DROP TABLE IF EXISTS temp.written")
        self._database.execute(_WRITTEN)
        self._database.execute("CREATE INDEX temp.written_record ON written (record, batch)")
        self._payload = lru_cache(_PAYLOADS)(lambda batch: read_payload(self._database, batch))

    def base(self, number: int) -> Values:
        """Return the newest value of every field that was sent for a crosswalk id, or left as others wrote it."""
        return self.last(number)[0]

    def last(self, number: int) -> tuple[Values, frozenset[str]]:
        """Return the same, and the names of the fields that were left as others wrote them."""
        values: Values = {}
        left: frozenset[str] = frozenset()
        sql = "SELECT batch, position FROM temp.written WHERE record = ? ORDER BY batch"
        for batch, position in self._database.execute(sql, (number,)).fetchall():
            payload: Payload = self._payload(batch)
            row = payload["rows"][position]
            kept, sent = row.get("kept", {}), _values(payload["fields"], payload["refs"], row)
            values |= {**kept, **sent}
            left = left - sent.keys() | kept.keys()
        return values, left


@dataclass
class Comparison:
    """Turns the slices of a round into what is really sent; `conflicts` and `preimages` fill up on the way.

    conflicts: crosswalk id, field, sent last, ours, theirs. preimages: crosswalk id, JSON of what is overwritten.
    """

    journal: Journal
    destination: Destination
    schema: TargetSchema
    conflicts: list[tuple[int, str, str | None, str | None, str | None]] = field(default_factory=list)
    preimages: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Know how the target's values are compared."""
        self._same: Likeness = likeness(self.schema, self.destination.capabilities)
        self._emptied: set[tuple[int, str]] = set()  # crosswalk id and reference that the second pass fills again

    def slices(self, parts: Iterator[Slice]) -> Iterator[Slice]:
        """Yield the slices in the order of sending; what is adopted was compared already."""
        database = self.journal.database
        known = database.execute("SELECT 1 FROM crosswalk WHERE target_id IS NOT NULL LIMIT 1").fetchone()
        if not known:
            for part in parts:
                yield part if part.operation == Operation.ADOPT else self._with_preimages(part)
            return
        self._written = Written(self.journal)
        for part in parts:
            if part.operation == Operation.ADOPT:
                yield part
            else:
                yield from self._changed_links(part) if part.second_pass else self._sorted(part)

    def _with_preimages(self, part: Slice) -> Slice:
        """Remember what records with our keys hold that are there although the journal knows of none: it was lost."""
        if part.second_pass or not self.destination.capabilities.reads_back or self._none_there(part.object):
            return part
        numbers = dict(zip(part.records, part.numbers, strict=True))
        for key, cells in self._fetched(part.object, part.records).items():
            self.preimages.append((numbers[key], json.dumps(dict(cells))))
        return part

    def _none_there(self, object_: str) -> bool:
        return self.schema.objects[object_].existing or self.destination.count(object_) == 0

    def _sorted(self, part: Slice) -> Iterator[Slice]:
        """Tell new rows, unchanged ones and changed ones apart."""
        hashes = payload_hashes(part)
        last = self._last(part.numbers)
        fresh = Part(part.stage, part.object, part.operation, part.fields, part.refs)
        same = Part(part.stage, part.object, Operation.KEEP, (), ())
        changed = []
        for place, (number, hash_) in enumerate(zip(part.numbers, hashes, strict=True)):
            row = (number, part.records[place], part.payloads[place], hash_)
            if place in part.faults or place in part.held or number not in last or not self._updates(part.object):
                position = fresh.add(*row) if number not in last or last[number] != hash_ else same.add(*row)
                for reasons, told in ((part.faults, fresh.faults), (part.held, fresh.held)):
                    if place in reasons:
                        told[position] = reasons[place]
            elif last[number] == hash_:
                same.add(*row)
            else:
                changed.append(row)
        updates = self._updated(part, changed, fresh, same)
        yield from (each for each in (fresh, same, *updates) if each.numbers)

    def _updates(self, object_: str) -> bool:
        able = self.destination.capabilities
        return able.updates and able.reads_back and not (self.schema.objects[object_].existing and not able.makes_users)

    def _last(self, numbers: Sequence[int]) -> Mapping[int, bytes | None]:
        """Return the payload hash of those numbers that the target has a record for."""
        sql = """SELECT c.id, c.hash FROM json_each(?) w JOIN crosswalk c ON c.id = w.value
                 WHERE c.target_id IS NOT NULL"""
        return dict(self.journal.database.execute(sql, (json.dumps(list(numbers)),)))

    def _elsewhere(self, object_: str, numbers: Sequence[int]) -> frozenset[int]:
        """Return those numbers whose record at the target is one of another object: a lead, and now a contact."""
        sql = """SELECT c.id FROM json_each(?) w JOIN crosswalk c ON c.id = w.value JOIN object o ON o.id = c.object
                 WHERE o.name <> ?"""
        found = self.journal.database.execute(sql, (json.dumps(list(numbers)), object_))
        return frozenset(number for (number,) in found)

    def _updated(self, part: Slice, rows: Sequence[tuple[int, str, str, bytes]], fresh: Part, same: Part) -> list[Part]:
        """Compare the changed rows with the target; rows with the same fields to write go together."""
        updates: dict[tuple[tuple[str, ...], tuple[str, ...]], Part] = {}
        there = self._fetched(part.object, [record for _, record, _, _ in rows])
        elsewhere = self._elsewhere(part.object, [number for number, *_ in rows])
        for number, record, payload, hash_ in rows:
            frozen: FrozenRow = json.loads(payload)
            ours = _values(part.fields, part.refs, frozen)
            theirs = there.get(record)
            if theirs is None:
                why = OTHER_OBJECT if number in elsewhere else GONE_THERE
                fresh.held[fresh.add(number, record, payload, hash_)] = (why, "")
                continue
            wanted, disputed = self._decided(part.object, number, ours, theirs)
            if wanted:
                names = (tuple(n for n in part.fields if n in wanted), tuple(n for n in part.refs if n in wanted))
                group = updates.setdefault(names, Part(part.stage, part.object, Operation.UPDATE, *names))
                cells, refs = [[wanted[name] for name in some] for some in names]
                text = json.dumps({"key": record, "cells": cells, "refs": refs})
                group.add(number, record, text, b"" if disputed else hash_)
                self.preimages.append((number, json.dumps({name: theirs.get(name) for name in wanted})))
                self._emptied |= {(number, name) for name in names[1] if wanted[name] is None}
            elif disputed:
                fresh.held[fresh.add(number, record, payload, hash_)] = (CONFLICT, disputed[0])
            else:
                same.add(number, record, payload, hash_)
        return list(updates.values())

    def _decided(self, object_: str, number: int, ours: Values, theirs: Cells) -> tuple[Values, list[str]]:
        """Return the fields to write, and those that were changed on both sides."""
        wanted: Values = {}
        disputed: list[str] = []
        fields = self.schema.objects[object_].fields
        base, left = self._written.last(number)
        ids = self._ids(object_, (base, ours))
        for name, value in ours.items():
            sent, now = ids(name, base.get(name)), theirs.get(name)
            if (name in base and base[name] == value) or (name in left and value is None):
                continue
            if not is_open(fields[name], now):
                continue
            if fields[name].write == "append":
                text = merged(fields[name], now, None if value is None else str(value))
                if text is not None and text != now:
                    wanted[name] = text
            elif any(self._same(object_, name, version, now) for version in (sent, ids(name, value))):
                wanted[name] = value
            else:
                disputed.append(name)
                self.conflicts.append((number, name, sent, ids(name, value), now))
        return wanted, disputed

    def _ids(self, object_: str, versions: Sequence[Values]) -> "_Ids":
        refs = {each.name for each in self.schema.objects[object_].references()}
        parents = {int(v) for values in versions for name, v in values.items() if name in refs and v is not None}
        by_key = self.destination.capabilities.parents_by_key
        found = self.journal.targets(parents)
        return _Ids(refs, {number: key if by_key else target_id for number, (key, target_id) in found.items()})

    def _fetched(self, object_: str, keys: Sequence[str]) -> dict[str, Cells]:
        return {key: cells for key, _, cells in fetched(self.journal, self.destination, object_, keys)}

    def _changed_links(self, part: Slice) -> Iterator[Slice]:
        """Leave out of a second pass the references that are there already, or that somebody changed at the target."""
        (name,) = part.refs
        disputed = {number for number, field_, *_ in self.conflicts if field_ == name}
        left = Part(part.stage, part.object, part.operation, part.fields, part.refs, second_pass=True)
        for number, record, payload, hash_ in zip(
            part.numbers, part.records, part.payloads, payload_hashes(part), strict=True
        ):
            frozen: FrozenRow = json.loads(payload)
            there = self._written.base(number).get(name) == frozen["refs"][0] and (number, name) not in self._emptied
            if not there and number not in disputed:
                left.add(number, record, payload, hash_)
        yield from [left] if left.numbers else []


@dataclass(frozen=True)
class _Ids:
    """Turns crosswalk ids of references into what the target shows; texts stay as they are."""

    refs: set[str]
    known: Mapping[int, str | None]

    def __call__(self, name: str, value: str | int | None) -> str | None:
        if value is None:
            return None
        return self.known.get(int(value)) if name in self.refs else str(value)


def _values(fields: Sequence[str], refs: Sequence[str], row: FrozenRow) -> Values:
    return {**dict(zip(fields, row["cells"], strict=True)), **dict(zip(refs, row["refs"], strict=True))}
