"""Which rows of a batch are still to be sent, with the ids of their parents put in."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from crmclean.destinations.contract import Capabilities, Fate, Operation, Row, Written
from crmclean.destinations.entries import Batch, Decided, Payload
from crmclean.destinations.journal import Journal

PARENT_REJECTED = "import.parent-rejected"
PARENT_HELD = "import.parent-held"
RECORD_REJECTED = "import.record-rejected"  # there is nothing to write to: the record did not make it

KeepBack = Callable[[Batch, Sequence[str], Sequence[Row]], Mapping[str, str]]
OpenRow = tuple[int, int, bytes]
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
    known = _known(journal, batch, payload, opened)
    rows, upserts = payload["rows"], batch.operation is Operation.UPSERT
    keys: Names = {number: key for number, (key, id_) in known.items() if id_ is not None}
    ids: Names = {number: id_ for number, (_, id_) in known.items()}
    shown = (keys if able.parents_by_key else ids).get
    lost = frozenset() if rejected_parent == "drop" else frozenset(number for number, id_ in ids.items() if id_ is None)
    found = Pending((*payload["fields"], *payload["refs"]), [])
    orphans: list[Decided] = []
    for position, number, hash_ in opened:
        frozen = rows[position]
        cells, refs = frozen["cells"], frozen["refs"]
        cells.extend(map(shown, refs))  # nobody else reads this payload
        own = None if upserts else ids[number]
        named = list(map(keys.get, refs)) if able.names_parents else ()
        row = Row(frozen["key"], cells, position, number, hash_, own, named)
        if lost and not lost.isdisjoint(refs):
            missing = next(place for place, parent in enumerate(refs) if parent in lost)
            orphans.append((row, _orphan(row, payload["refs"][missing], rejected_parent)))
        elif own is None and not upserts:
            orphans.append((row, _without_record(row, batch.operation)))
        else:
            found.rows.append(row)
    return found, orphans


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


def _known(journal: Journal, batch: Batch, payload: Payload, opened: Sequence[OpenRow]) -> Parents:
    """Return key and target id of all records that the rows point to, and of the rows' own where they must be there."""
    rows = payload["rows"]
    wanted = {parent for position, *_ in opened for parent in rows[position]["refs"] if parent}
    own = set() if batch.operation is Operation.UPSERT else {number for _, number, _ in opened}
    return journal.targets(wanted | own)
