"""What a rollback does: children before parents, it deletes what the round created and gives back what it overwrote.

Only where nobody touched the record since: what is there is compared with what was sent last. A record that others
point to which stay is kept, too. Everything else is left alone and listed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.comparing import Part, Values, Written
from crmclean.destinations.contract import Cells, Destination, Operation, Row
from crmclean.destinations.entries import AT_TARGET, Batch, State
from crmclean.destinations.fetching import fetched
from crmclean.destinations.freezing import Slice
from crmclean.destinations.journal import Journal
from crmclean.destinations.likeness import Likeness, likeness

TOUCHED, IN_USE, GONE_ALREADY, NO_PREIMAGE = "undo.touched", "undo.in-use", "undo.gone-already", "undo.no-preimage"
STAGE = "rollback"
_KEPT = f"""
    WITH last AS (
        SELECT r.record, max(b.id) AS batch FROM row r JOIN batch b ON b.id = r.batch JOIN stage s ON s.id = b.stage
        JOIN round n ON n.id = s.round
        WHERE n.undoes > (SELECT coalesce(max(id), 0) FROM round WHERE undoes IS NULL AND NOT undone)
        AND NOT b.second_pass GROUP BY r.record)
    SELECT o.name, c.record, c.target_id, coalesce(r.code, 'undo.refused') FROM last
    JOIN row r ON r.record = last.record AND r.batch = last.batch JOIN batch b ON b.id = r.batch
    JOIN object o ON o.id = b.object JOIN crosswalk c ON c.id = r.record
    WHERE r.state IN ({State.HELD:d}, {State.REJECTED:d}, {State.UNKNOWN:d})
    ORDER BY o.id, c.record"""
_DONE = """
    SELECT r.state, count(*) FROM row r JOIN batch b ON b.id = r.batch JOIN stage s ON s.id = b.stage
    JOIN round n ON n.id = s.round WHERE n.name = ? AND NOT b.second_pass GROUP BY r.state"""


@dataclass
class Found:
    """A record of the round: where it is, what it must still hold, what it held before, why it is left alone.

    refs: ids that it points to when the rollback is over, unless it is deleted.
    """

    key: str
    target_id: str
    expected: Mapping[str, str | None]
    before: Mapping[str, str | None] | None
    refs: frozenset[str] = frozenset()
    kept: str | None = None

    @property
    def deleted(self) -> bool:
        """Whether the rollback deletes it."""
        return self.before is None and self.kept is None


@dataclass
class Undoing:
    """Plans the rollback of one round."""

    journal: Journal
    destination: Destination
    schema: TargetSchema
    round_: str
    found: dict[int, Found] = field(default_factory=dict)

    def plan(self) -> list[Slice]:
        """Return the slices of the rollback in the order of sending, after looking at every record."""
        batches = self._batches()
        written = Written(self.journal)
        preimages = self._preimages()
        for batch in reversed(batches):
            if not batch.second_pass:
                self._look(batch, written, preimages)
        self._keep_what_is_used()
        return [part for batch in reversed(batches) for part in self._parts(batch) if part.numbers]

    def _batches(self) -> list[Batch]:
        existing = {name for name, each in self.schema.objects.items() if each.existing}
        spared = set() if self.destination.capabilities.makes_users else existing
        stages = [id_ for id_, *_ in self.journal.stages(self.round_)]
        every = [batch for stage in stages for batch in self.journal.batches(stage)]
        return [batch for batch in every if batch.operation is not Operation.KEEP and batch.object not in spared]

    def _preimages(self) -> Mapping[int, Cells]:
        sql = "SELECT p.number, p.cells FROM preimage p JOIN round n ON n.id = p.round WHERE n.name = ?"
        return {number: json.loads(cells) for number, cells in self.journal.database.execute(sql, (self.round_,))}

    def _look(self, batch: Batch, written: Written, preimages: Mapping[int, Cells]) -> None:
        """Compare the records of a batch with what was sent last."""
        rows = _rows(self.journal, batch)
        found = fetched(self.journal, self.destination, batch.object, [key for _, _, key in rows])
        there = {key: (id_, cells) for key, id_, cells in found}
        names = {each.name for each in self.schema.objects[batch.object].references()}
        same = likeness(self.schema, self.destination.capabilities)
        for number, state, key in rows:
            before = preimages.get(number)
            sent = self._shown(written.base(number), names)
            expected = sent if before is None else {name: sent.get(name) for name in before if name in sent}
            target_id, cells = there.get(key, ("", {}))
            one = self.found[number] = Found(key, target_id, expected, before)
            if key not in there:
                one.kept = GONE_ALREADY
            elif not all(same(batch.object, name, value, cells.get(name)) for name, value in expected.items()):
                one.kept = TOUCHED
            elif state is State.UPDATED and before is None:
                one.kept = NO_PREIMAGE
            left = cells if one.kept or before is None else {**cells, **before}
            one.refs = frozenset(str(left[name]) for name in names if left.get(name))

    def _shown(self, values: Values, refs: set[str]) -> dict[str, str | None]:
        """Return what was sent as the target shows it: ids of parents instead of our numbers."""
        numbers = {int(value) for name, value in values.items() if name in refs and value is not None}
        by_key = self.destination.capabilities.parents_by_key
        known = {n: key if by_key else target_id for n, (key, target_id) in self.journal.targets(numbers).items()}
        return {
            name: known.get(int(value))
            if name in refs and value is not None
            else (None if value is None else str(value))
            for name, value in values.items()
        }

    def _keep_what_is_used(self) -> None:
        """Keep what is pointed to by records that stay: those of others, of other rounds, and the kept ones."""
        ids = {one.target_id: one for one in self.found.values() if one.deleted}
        work = [id_ for id_ in self._used_by_others(set(ids)) if id_ in ids]
        work += [id_ for one in self.found.values() if not one.deleted for id_ in one.refs if id_ in ids]
        while work:
            one = ids[work.pop()]
            if one.deleted:
                one.kept = IN_USE
                work += [id_ for id_ in one.refs if id_ in ids]

    def _used_by_others(self, ids: set[str]) -> Iterator[str]:
        """Yield the ids that records point to which are not of this round."""
        ours = {one.key for one in self.found.values()}
        for name, object_ in self.schema.objects.items():
            refs = [each.name for each in object_.references()]
            if not refs or not ids or object_.existing:
                continue
            for key, _, cells in self.destination.scan(name):
                if key is None or key not in ours:
                    yield from (str(cells[ref]) for ref in refs if cells.get(ref) in ids)

    def _parts(self, batch: Batch) -> list[Part]:
        if batch.second_pass:
            return [self._opened(batch)]
        gone = Part(STAGE, batch.object, Operation.DELETE, *self._names(batch))
        restored: dict[tuple[str, ...], Part] = {}
        for number, _, key in reversed(_rows(self.journal, batch)):
            one = self.found[number]
            if one.before is None:
                cells = [one.expected.get(name) for name in gone.fields]
                place = gone.add(number, key, _payload(key, cells), b"")
                if one.kept:
                    gone.held[place] = (one.kept, "")
                continue
            names = tuple(one.before)
            group = restored.setdefault(names, Part(STAGE, batch.object, Operation.UPDATE, names, ()))
            place = group.add(number, key, _payload(key, [one.before[name] for name in names]), b"")
            if one.kept:
                group.held[place] = (one.kept, "")
        return [gone, *restored.values()]

    def _names(self, batch: Batch) -> tuple[Sequence[str], Sequence[str]]:
        """Return the fields that deleted records of a batch must still hold; references stand among them as ids."""
        numbers = [number for number, *_ in _rows(self.journal, batch)]
        names = dict.fromkeys(name for number in numbers for name in self.found[number].expected)
        return tuple(names), ()

    def _opened(self, batch: Batch) -> Part:
        """Empty the references that close a cycle, so that both ends can be deleted."""
        (name,) = self.journal.payload(batch.id)["refs"]
        part = Part(STAGE, batch.object, Operation.UPDATE, (name,), (), second_pass=True)
        for number, _, key in _rows(self.journal, batch):
            if number in self.found and self.found[number].deleted:
                part.add(number, key, _payload(key, [None]), b"")
        return part


def keep_touched(
    journal: Journal, destination: Destination, cycles: Mapping[str, set[str]], schema: TargetSchema
) -> "_Guard":
    """Return the look at the target just before a deletion; cycles: object -> references emptied on the way."""
    return _Guard(journal, destination, cycles, likeness(schema, destination.capabilities))


@dataclass(frozen=True)
class _Guard:
    journal: Journal
    destination: Destination
    cycles: Mapping[str, set[str]]
    same: Likeness

    def __call__(self, batch: Batch, fields: Sequence[str], rows: Sequence[Row]) -> Mapping[str, str]:
        """Return the records that somebody touched since the rollback was planned."""
        if batch.operation is not Operation.DELETE:
            return {}
        touched = {}
        wanted = {row.key: row for row in rows}
        for key, _, cells in fetched(self.journal, self.destination, batch.object, list(wanted)):
            if self._differs(batch.object, dict(zip(fields, wanted[key].cells, strict=True)), cells):
                touched[key] = TOUCHED
        return touched

    def _differs(self, object_: str, expected: Cells, cells: Cells) -> bool:
        emptied = self.cycles.get(object_, set())
        return any(
            not self.same(object_, name, value, cells.get(name)) and not (name in emptied and cells.get(name) is None)
            for name, value in expected.items()
        )


def finish(journal: Journal, round_: str) -> None:
    """Mark the rows that were taken back, and the round; one commit."""
    sql = f"""UPDATE row SET state = {State.UNDONE:d}
              WHERE batch IN (SELECT b.id FROM batch b JOIN stage s ON s.id = b.stage JOIN round n ON n.id = s.round
                              WHERE n.name = :round) AND state IN ({State.CREATED:d}, {State.UPDATED:d})
              AND record IN (SELECT r.record FROM row r JOIN batch b ON b.id = r.batch JOIN stage s ON s.id = b.stage
                             JOIN round u ON u.id = s.round JOIN round n ON n.id = u.undoes
                             WHERE n.name = :round AND NOT b.second_pass
                             AND r.state IN ({State.DELETED:d}, {State.UPDATED:d}))"""
    with journal.commit() as database:
        database.execute(sql, {"round": round_})
        database.execute("UPDATE round SET undone = 1 WHERE name = ?", (round_,))


def undo_counts(journal: Journal, undo: str) -> dict[State, int]:
    """Count what became of the rows of a rollback."""
    return {State(state): count for state, count in journal.database.execute(_DONE, (undo,))}


def left_alone(journal: Journal) -> list[tuple[str, str, str | None, str]]:
    """Return object, record, target id and reason of what the rollbacks since the last standing round left there."""
    return journal.database.execute(_KEPT).fetchall()


def _payload(key: str, cells: Sequence[str | None]) -> str:
    return json.dumps({"key": key, "cells": list(cells), "refs": []})


def _rows(journal: Journal, batch: Batch) -> list[tuple[int, State, str]]:
    """Return number, state and key of the rows of a batch that the target has."""
    sql = f"""SELECT r.record, r.state, coalesce(s.record, c.record) FROM row r JOIN crosswalk c ON c.id = r.record
              LEFT JOIN crosswalk s ON s.id = c.into_
              WHERE r.batch = ? AND r.state IN ({", ".join(str(int(state)) for state in AT_TARGET)})
              ORDER BY r.position"""
    return [(number, State(state), key) for number, state, key in journal.database.execute(sql, (batch.id,))]
