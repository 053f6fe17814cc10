"""Sends frozen batches so that nothing is lost or doubled, whenever the process dies.

Intent is durable before the first byte leaves, the raw answer before it is read; results are paired by key; row states
and crosswalk are one commit. A call whose fate is unknown is settled before any of its rows is sent again. Running the
same again is how an import resumes.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
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
from crmclean.destinations.journal import Attempt, Batch, Decided, Journal, Open, State
from crmclean.errors import DestinationError, Fault

PARENT_REJECTED = "import.parent-rejected"
RECORD_REJECTED = "import.record-rejected"  # the second pass has nothing to write to
NOT_ANSWERED = "import.not-answered"
BUSY = "target.busy"
_STATES = {Fate.CREATED: State.CREATED, Fate.UPDATED: State.UPDATED, Fate.REJECTED: State.REJECTED}
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between tries


class _Pending(NamedTuple):
    """An open row of a batch, and what is sent for it."""

    open: Open
    row: Row


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
            self._batch(batch)
            progress(batch.rows)

    def _batch(self, batch: Batch) -> None:
        for attempt in self.journal.open_attempts(batch.id):
            self._settle(batch, attempt, self._pending(batch))
        for wait in _WAITS:
            pending = self._pending(batch)
            if pending:
                self._send(batch, pending)
            if self.journal.is_done(batch.id):
                return
            self.rest(wait)
        busy = [Decided(each.open, State.REJECTED, code=BUSY) for each in self._pending(batch)]
        self.journal.apply(batch.id, busy)

    def _pending(self, batch: Batch) -> list[_Pending]:
        """Return the rows to send; rows whose parent did not make it are rejected on the way."""
        payload = json.loads(self.journal.payload(batch.id))
        opened = self.journal.open_rows(batch.id)
        wanted = {number for row in opened for number in payload[row.position]["refs"].values() if number}
        parents = self.journal.targets(wanted)
        by_key = self.destination.capabilities.parents_by_key
        pending, orphans = [], []
        for row in opened:
            cells = payload[row.position]["cells"]
            missing = _fill_references(cells, payload[row.position]["refs"], parents, by_key=by_key)
            if missing:
                orphans.append(Decided(row, State.REJECTED, code=PARENT_REJECTED, field=missing))
            elif batch.partial and row.target_id is None:
                orphans.append(Decided(row, State.REJECTED, code=RECORD_REJECTED))
            else:
                pending.append(_Pending(row, Row(row.key, row.target_id, cells)))
        if orphans:
            self.journal.apply(batch.id, orphans)
        return pending

    def _send(self, batch: Batch, pending: Sequence[_Pending]) -> None:
        """Send rows in one call; where the target refuses the whole call for one of them, in ever smaller calls."""
        work = [pending]
        while work:
            part = work.pop()
            refused = self._call(batch, part)
            if refused and len(part) > 1:
                middle = len(part) // 2
                work += [part[middle:], part[:middle]]
            elif refused:
                self._reject(batch, part[0], refused)

    def _call(self, batch: Batch, part: Sequence[_Pending]) -> RefusedCallError | None:
        attempt = self.journal.begin(batch.id, part[0].open.position, part[-1].open.position + 1)
        request = self._request(batch, attempt, part)
        try:
            answer = self._deliver(attempt, request)
        except NotSentError as error:
            self.journal.close_attempt(attempt, "unsent")
            raise _failed(error) from error
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

    def _settle(self, batch: Batch, attempt: Attempt, pending: Sequence[_Pending]) -> None:
        """Find out what became of an attempt that ended without its results in the journal."""
        part = [each for each in pending if attempt.start <= each.open.position < attempt.stop]
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

    def _apply(self, batch: Batch, attempt: Attempt, part: Sequence[_Pending], answer: bytes) -> None:
        if not self.destination.capabilities.keeps_answers and attempt.state != "answered":
            self.journal.answered(attempt, answer)
        results = {each.key: each for each in self.destination.read(self._request(batch, attempt, part), answer)}
        decided = [_decided(each, results.get(each.row.key), partial=batch.partial) for each in part]
        self.journal.apply(batch.id, [each for each in decided if each], attempt)

    def _reject(self, batch: Batch, each: _Pending, why: RefusedCallError) -> None:
        decided = Decided(each.open, State.REJECTED, None, why.code, why.field, str(why))
        self.journal.apply(batch.id, [decided])

    def _request(self, batch: Batch, attempt: Attempt, part: Sequence[_Pending]) -> Request:
        marker = f"{self.journal.token}:{batch.id}:{attempt.start}:{attempt.stop}"
        return Request(marker, batch.object, [each.row for each in part], batch.partial)


def _fill_references(
    cells: dict[str, str | None],
    refs: Mapping[str, int | None],
    parents: Mapping[int, tuple[str, str | None]],
    *,
    by_key: bool,
) -> str | None:
    """Put the parents' ids or keys into the cells; return the field of a parent that is not at the target."""
    for field, number in refs.items():
        key, target_id = parents[number] if number else (None, None)
        if number and target_id is None:
            return field
        cells[field] = key if by_key else target_id
    return None


def _decided(each: _Pending, written: Written | None, *, partial: bool) -> Decided | None:
    if written is None:
        return Decided(each.open, State.UNKNOWN, code=NOT_ANSWERED)
    if written.fate is Fate.RETRY:
        return None
    target_id = None if partial else written.target_id
    return Decided(each.open, _STATES[written.fate], target_id, written.code, written.field, written.message)


def _failed(error: NotSentError) -> DestinationError:
    hint = "run the same command again: it goes on where this one stopped"
    return DestinationError(Fault("destination", f"cannot be reached: {error}", hint, "destination.unreachable"))
