"""Which rows of a batch are still to be sent, with the ids of their parents put in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from typing import NamedTuple

from crmclean.destinations.contract import Capabilities, Fate, Operation, Row, Written
from crmclean.destinations.entries import Batch, Decided, FrozenRow
from crmclean.destinations.journal import Journal

PARENT_REJECTED = "import.parent-rejected"
PARENT_HELD = "import.parent-held"
RECORD_REJECTED = "import.record-rejected"  # there is nothing to write to: the record did not make it

KeepBack = Callable[[Batch, Sequence[str], Sequence[Row]], Mapping[str, str]]
OpenRow = tuple[int, int]
Names = Mapping[int | None, str | None]
Parents = Mapping[int, tuple[str, str | None]]


class Pending(NamedTuple):
    """Rows that are still to be sent, and the fields that their cells stand for."""

    fields: Sequence[str]
    rows: list[Row]

    def part(self, start: int, stop: int) -> "Pending":
        """Return the rows with start <= position < stop."""
        return Pending(self.fields, [row for row in self.rows if start <= row.position < stop])

    def calls(self, rows: int) -> "list[Pending]":
        """Return the rows cut into calls of so many."""
        return [Pending(self.fields, self.rows[start : start + rows]) for start in range(0, len(self.rows), rows)]

    def halves(self) -> "tuple[Pending, Pending]":
        """Return the first and the second half."""
        middle = len(self.rows) // 2
        return Pending(self.fields, self.rows[:middle]), Pending(self.fields, self.rows[middle:])


def nothing_kept_back(_batch: Batch, _fields: Sequence[str], _rows: Sequence[Row]) -> Mapping[str, str]:
    """Keep nothing back."""
    return {}


def pending(
    journal: Journal, batch: Batch, able: Capabilities, *, rejected_parent: str
) -> tuple[Pending, list[Decided]]:
    """Return the rows to send, and those that cannot be, because their parent or they themselves did not make it.

    able: how references are given. rejected_parent: "error", "hold" or "drop".
    """
    payload = journal.payload(batch.id)
    opened = journal.open_rows(batch.id)
    upserts = batch.operation is Operation.UPSERT
    frozen = [payload["rows"][position] for position, _ in opened]
    refs = [one["refs"] for one in frozen]
    known = _known(journal, refs, () if upserts else [number for _, number in opened])
    ids: Names = {number: id_ for number, (_, id_) in known.items()}
    keys: Names = {}
    if able.parents_by_key or able.names_parents:
        keys = {number: key for number, (key, id_) in known.items() if id_ is not None}
    shown = (keys if able.parents_by_key else ids).get
    for one in frozen if payload["refs"] else ():
        one["cells"] += map(shown, one["refs"])  # nobody else reads this payload
    named = [list(map(keys.get, each)) for each in refs] if able.names_parents else repeat(())
    own = repeat(None) if upserts else [ids[number] for _, number in opened]
    rows = _rows(opened, frozen, own, named)
    found = Pending((*payload["fields"], *payload["refs"]), rows)
    lost = frozenset() if rejected_parent == "drop" else frozenset(number for number, id_ in ids.items() if id_ is None)
    if upserts and not lost:
        return found, []
    orphans = list(_orphans(rows, refs, lost, batch.operation, payload["refs"], rejected_parent))
    left = {row.position for row, _ in orphans}
    return found._replace(rows=[row for row in rows if row.position not in left]), orphans


_row: Callable[[Iterable[object]], Row] = partial(tuple.__new__, Row)  # half the time of Row()


def _rows(
    opened: Sequence[OpenRow],
    frozen: Sequence[FrozenRow],
    own: Iterable[str | None],
    parents: Iterable[Sequence[str | None]],
) -> list[Row]:
    if not opened:
        return []
    places, numbers = zip(*opened, strict=True)
    names, cells = [one["key"] for one in frozen], [one["cells"] for one in frozen]
    return list(map(_row, zip(names, cells, places, numbers, own, parents, strict=False)))  # two may be endless


def _orphans(
    rows: Sequence[Row],
    refs: Sequence[Sequence[int | None]],
    lost: frozenset[int | None],
    operation: Operation,
    names: Sequence[str],
    policy: str,
) -> Iterator[Decided]:
    """Yield the rows that a parent is missing for, or the record itself where it must be there."""
    for row, parents in zip(rows, refs, strict=True):
        if not lost.isdisjoint(parents):
            missing = next(place for place, parent in enumerate(parents) if parent in lost)
            yield row, _orphan(row, names[missing], policy)
        elif row.target_id is None and operation is not Operation.UPSERT:
            yield row, _without_record(row, operation)


def rejected(row: Row, code: str, field: str | None = None, message: str | None = None) -> Written:
    """Return the answer for a row that did not make it."""
    return Written(row.key, Fate.REJECTED, None, code, field, message)


def _orphan(row: Row, field: str, policy: str) -> Written:
    if policy == "hold":
        return Written(row.key, Fate.HELD, None, PARENT_HELD, field)
    return rejected(row, PARENT_REJECTED, field)


def _without_record(row: Row, operation: Operation) -> Written:
    if operation is Operation.DELETE:
        return Written(row.key, Fate.DELETED)
    return rejected(row, RECORD_REJECTED)


def _known(journal: Journal, refs: Iterable[Iterable[int | None]], own: Iterable[int]) -> Parents:
    """Return key and target id of all records that the rows point to, and of the rows' own where they must be there."""
    return journal.targets(set(filter(None, chain.from_iterable(refs))).union(own))
