"""Sends frozen batches so that nothing is lost or doubled, whenever the process dies.

Intent is durable before the first byte leaves, the raw answer before it is read; results are paired by key; row states
and crosswalk are one commit. A call whose fate is unknown is settled before any of its rows is sent again. Running the
same again is how an import resumes.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from crmclean.destinations.contract import (
    AnswerLostError,
    Destination,
    Fate,
    NotSentError,
    RefusedCallError,
    Request,
    Row,
    Settled,
    Written,
)
from crmclean.destinations.entries import Attempt, Batch, Decided, Payload
from crmclean.destinations.journal import Journal
from crmclean.errors import DestinationError, Fault

PARENT_REJECTED = "import.parent-rejected"
RECORD_REJECTED = "import.record-rejected"  # the second pass has nothing to write to
NOT_ANSWERED = "import.not-answered"
BUSY = "target.busy"
OpenRow = tuple[int, int, bytes]
Parents = Mapping[int, tuple[str, str | None]]
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between tries


class _Pending(NamedTuple):
    """Rows that are still to be sent, and the fields that their cells stand for."""

    fields: Sequence[str]
    rows: list[Row]

    def part(self, start: int, stop: int) -> "_Pending":
        """Return the rows with start <= position < stop."""
        return _Pending(self.fields, [row for row in self.rows if start <= row.position < stop])

    def halves(self) -> "tuple[_Pending, _Pending]":
        """Return the first and the second half."""
        middle = len(self.rows) // 2
        return _Pending(self.fields, self.rows[:middle]), _Pending(self.fields, self.rows[middle:])


@dataclass(frozen=True)
class Engine:
    """Sends the batches of one journal to one destination. `rest` waits for some seconds (a clock in tests)."""

    journal: Journal
    destination: Destination
    rest: Callable[[float], None] = time.sleep

    def send_stage(self, stage: int, progress: Callable[[int], None] = lambda _rows: None) -> None:
        """Send what a stage still has to send; progress hears the rows of every finished batch.

        Raises:
            DestinationError: the target failed; the same command goes on from here.
        """
        self.journal.reopen_doubts(stage)
        for batch in self.journal.open_batches(stage):
            with _collector_paused():
                self._batch(batch)
            progress(batch.rows)

    def _batch(self, batch: Batch) -> None:
        for attempt in self.journal.open_attempts(batch.id):
            self._settle(batch, attempt, self._pending(batch))
        for wait in _WAITS:
            pending = self._pending(batch)
            if pending.rows:
                self._send(batch, pending)
            if self.journal.is_done(batch.id):
                return
            self.rest(wait)
        self._give_up(batch)

    def _give_up(self, batch: Batch) -> None:
        """Reject the rows that the target put off every time; where it does not answer at all, stop."""
        put_off = self.journal.put_off(batch.id)
        left = self._pending(batch).rows
        self.journal.apply(batch, [(row, _rejected(row, BUSY)) for row in left if row.position in put_off])
        if len(left) > len(put_off):
            raise _failed("its answers keep getting lost")

    def _pending(self, batch: Batch) -> _Pending:
        """Return the rows to send; rows whose parent did not make it are rejected on the way."""
        payload = self.journal.payload(batch.id)
        opened = self.journal.open_rows(batch.id)
        parents = self._parents(batch, payload, opened)
        by_key = self.destination.capabilities.parents_by_key
        pending = _Pending((*payload["fields"], *payload["refs"]), [])
        orphans: list[Decided] = []
        for position, number, hash_ in opened:
            frozen = payload["rows"][position]
            row = Row(frozen["key"], frozen["cells"], position, number, hash_)
            missing = _add_references(row.cells, frozen["refs"], parents, by_key=by_key)
            if missing is not None:
                orphans.append((row, _rejected(row, PARENT_REJECTED, payload["refs"][missing])))
            elif batch.partial and parents[number][1] is None:
                orphans.append((row, _rejected(row, RECORD_REJECTED)))
            else:
                pending.rows.append(row)
        if orphans:
            self.journal.apply(batch, orphans)
        return pending

    def _parents(self, batch: Batch, payload: Payload, opened: Sequence[OpenRow]) -> Parents:
        """Return key and target id of all records that the rows point to, and in the second pass of their own."""
        rows = payload["rows"]
        wanted = {parent for position, *_ in opened for parent in rows[position]["refs"] if parent}
        own = {number for _, number, _ in opened} if batch.partial else set()
        return self.journal.targets(wanted | own)

    def _send(self, batch: Batch, pending: _Pending) -> None:
        """Send rows in one call; where the target refuses the whole call for one of them, in ever smaller calls."""
        work = [pending]
        while work:
            part = work.pop()
            refused = self._call(batch, part)
            if refused and len(part.rows) > 1:
                work += reversed(part.halves())
            elif refused:
                row = part.rows[0]
                why = _rejected(row, refused.code, refused.field, str(refused))
                self.journal.apply(batch, [(row, why)])

    def _call(self, batch: Batch, part: _Pending) -> RefusedCallError | None:
        attempt = self.journal.begin(batch.id, part.rows[0].position, part.rows[-1].position + 1)
        request = self._request(batch, attempt, part)
        try:
            answer = self._deliver(attempt, request)
        except NotSentError as error:
            self.journal.close_attempt(attempt, "unsent")
            raise _failed("it cannot be reached") from error
        except RefusedCallError as refusal:
            self.journal.close_attempt(attempt, "refused")
            return refusal
        except AnswerLostError:
            self._settle(batch, attempt, part)
            return None
        self._apply(batch, attempt, part, answer)
        return None

    def _deliver(self, attempt: Attempt, request: Request) -> bytes:
        handle = self.destination.begin(request)
        if handle:
            self.journal.handle(attempt, handle)
        for wait in _WAITS:
            try:
                return self.destination.send(request, handle)
            except NotSentError as error:
                self.rest(error.wait or wait)
        return self.destination.send(request, handle)

    def _settle(self, batch: Batch, attempt: Attempt, pending: _Pending) -> None:
        """Find out what became of an attempt that ended without its results in the journal."""
        part = pending.part(attempt.start, attempt.stop)
        if attempt.state == "answered":
            self._apply(batch, attempt, part, self.journal.answer(attempt))
            return
        found = self.destination.settle(self._request(batch, attempt, part), attempt.handle)
        if isinstance(found, bytes):
            self._apply(batch, attempt, part, found)
        elif found is Settled.ABSENT:
            self.journal.close_attempt(attempt, "unsent")
        else:
            self.journal.doubt(attempt)

    def _apply(self, batch: Batch, attempt: Attempt, part: _Pending, answer: bytes) -> None:
        if not self.destination.capabilities.keeps_answers and attempt.state != "answered":
            self.journal.answered(attempt, answer)
        said = {each.key: each for each in self.destination.read(self._request(batch, attempt, part), answer)}
        decided = [(row, said.get(row.key) or Written(row.key, Fate.UNKNOWN, code=NOT_ANSWERED)) for row in part.rows]
        self.journal.apply(batch, decided, attempt)

    def _request(self, batch: Batch, attempt: Attempt, part: _Pending) -> Request:
        marker = f"{self.journal.token}:{batch.id}:{attempt.start}:{attempt.stop}"
        return Request(marker, batch.object, part.fields, part.rows, batch.partial, batch.id, batch.stage)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cycle collector from walking a batch's rows again and again: they hold no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _add_references(
    cells: list[str | None], refs: Sequence[int | None], parents: Parents, *, by_key: bool
) -> int | None:
    """Append the parents' ids or keys to the cells; return the place of a parent that is not at the target."""
    for place, number in enumerate(refs):
        if number is None:
            cells.append(None)
            continue
        key, target_id = parents[number]
        if target_id is None:
            return place
        cells.append(key if by_key else target_id)
    return None


def _rejected(row: Row, code: str, field: str | None = None, message: str | None = None) -> Written:
    return Written(row.key, Fate.REJECTED, None, code, field, message)


def _failed(problem: str) -> DestinationError:
    hint = "run the same command again: it goes on where this one stopped"
    return DestinationError(Fault("destination", problem, hint, "destination.unreachable"))
