"""Sends frozen batches so that nothing is lost or doubled, whenever the process dies.

Intent is durable before the first byte leaves, the raw answer before it is read; results are paired by key; row states
and crosswalk are one commit. A call whose fate is unknown is settled before any of its rows is sent again. Running the
same again is how an import resumes.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import itemgetter

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
from crmclean.destinations.doubts import doubt, reopen_doubts
from crmclean.destinations.entries import Attempt, Batch, Decided
from crmclean.destinations.journal import Journal
from crmclean.destinations.pending import KeepBack, Pending, nothing_kept_back, pending, rejected
from crmclean.errors import DestinationError, Fault

NOT_ANSWERED = "import.not-answered"
BUSY = "target.busy"
_KEY_SENT, _KEY_SAID = itemgetter(Row._fields.index("key")), itemgetter(Written._fields.index("key"))
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between tries


@dataclass(frozen=True)
class Engine:
    """Sends the batches of one journal to one destination.

    rest: waits for some seconds (a clock in tests). keep_back: asked just before rows are sent, returns key -> code of
    those that must not go. rejected_parent: what becomes of a row whose parent was rejected: "error" (rejected too),
    "hold", or "drop" (sent without the reference). before_batch: may wait, or raise to stop between two batches.
    """

    journal: Journal
    destination: Destination
    rest: Callable[[float], None] = time.sleep
    keep_back: KeepBack = nothing_kept_back
    rejected_parent: str = "error"
    before_batch: Callable[[], None] = lambda: None

    def send_stage(self, stage: int, progress: Callable[[int], None] = lambda _rows: None) -> None:
        """Send what a stage still has to send; progress hears the rows of every finished batch.

        Raises:
            DestinationError: the target failed; the same command goes on from here.
        """
        reopen_doubts(self.journal, stage)
        for batch in self.journal.open_batches(stage):
            self.before_batch()
            before = self.destination.calls
            try:
                with _collector_paused():
                    self._batch(batch)
            finally:
                if self.destination.calls > before:
                    self.journal.spend(self.destination.calls - before)
            progress(batch.rows)

    def _batch(self, batch: Batch) -> None:
        for attempt in self.journal.open_attempts(batch.id):
            self._settle(batch, attempt, self._pending(batch))
        for wait in _WAITS:
            part = self._allowed(batch, self._pending(batch))
            if part.rows:
                self._send(batch, part)
            if self.journal.is_done(batch.id):
                return
            self.rest(wait)
        self._give_up(batch)

    def _give_up(self, batch: Batch) -> None:
        """Reject the rows that the target put off every time; where it does not answer at all, stop."""
        put_off = self.journal.put_off(batch.id)
        left = self._pending(batch).rows
        self.journal.apply(batch, [(row, rejected(row, BUSY)) for row in left if row.position in put_off])
        if len(left) > len(put_off):
            raise _failed("its answers keep getting lost")

    def _pending(self, batch: Batch) -> Pending:
        """Return the rows to send; those that cannot be sent are decided on the way."""
        able = self.destination.capabilities
        found, orphans = pending(self.journal, batch, able, rejected_parent=self.rejected_parent)
        if orphans:
            self.journal.apply(batch, orphans)
        return found

    def _allowed(self, batch: Batch, found: Pending) -> Pending:
        """Ask, just before sending, which rows must not go; they are held with the code that comes back."""
        kept = self.keep_back(batch, found.fields, found.rows)
        if not kept:
            return found
        held = [(row, Written(row.key, Fate.HELD, None, kept[row.key])) for row in found.rows if row.key in kept]
        self.journal.apply(batch, held)
        return Pending(found.fields, [row for row in found.rows if row.key not in kept])

    def _send(self, batch: Batch, whole: Pending) -> None:
        """Send rows in one call; where the target refuses the whole call for one of them, in ever smaller calls."""
        able = self.destination.capabilities
        small = len(whole.rows) <= able.small_batch
        work = whole.calls(able.small_call)[::-1] if small else [whole]
        while work:
            part = work.pop()
            refused = self._call(batch, part)
            if refused and len(part.rows) > 1:
                work += reversed(part.halves())
            elif refused:
                row = part.rows[0]
                why = rejected(row, refused.code, refused.field, str(refused))
                self.journal.apply(batch, [(row, why)])

    def _call(self, batch: Batch, part: Pending) -> RefusedCallError | None:
        attempt = self.journal.begin(batch.id, part.rows[0].position, part.rows[-1].position + 1)
        request = self._request(batch, attempt, part)
        try:
            attempt = self._begun(attempt, request)
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

    def _begun(self, attempt: Attempt, request: Request) -> Attempt:
        handle = self.destination.begin(request)
        if handle:
            self.journal.handle(attempt, handle)
        return replace(attempt, handle=handle)

    def _deliver(self, attempt: Attempt, request: Request) -> bytes:
        for wait in _WAITS:
            try:
                return self.destination.send(request, attempt.handle)
            except NotSentError as error:
                self.rest(error.wait or wait)
        return self.destination.send(request, attempt.handle)

    def _settle(self, batch: Batch, attempt: Attempt, whole: Pending) -> None:
        """Find out what became of an attempt that ended without its results in the journal."""
        part = whole.part(attempt.start, attempt.stop)
        if attempt.state == "answered":
            self._apply(batch, attempt, part, self.journal.answer(attempt))
            return
        found = self.destination.settle(self._request(batch, attempt, part), attempt.handle)
        if isinstance(found, bytes):
            self._apply(batch, attempt, part, found)
        elif found is Settled.ABSENT:
            self.journal.close_attempt(attempt, "unsent")
        else:
            doubt(self.journal, attempt)

    def _apply(self, batch: Batch, attempt: Attempt, part: Pending, answer: bytes) -> None:
        if not self.destination.capabilities.keeps_answers and attempt.state != "answered":
            self.journal.answered(attempt, answer)
        said = self.destination.read(self._request(batch, attempt, part), answer)
        self.journal.apply(batch, _paired(part.rows, said), attempt)

    def _request(self, batch: Batch, attempt: Attempt, part: Pending) -> Request:
        marker = f"{self.journal.token}:{batch.id}:{attempt.start}:{attempt.stop}"
        return Request(marker, batch.object, part.fields, part.rows, batch.operation, batch.id, batch.stage)


def _paired(rows: Sequence[Row], said: Iterable[Written]) -> list[Decided]:
    """Pair rows and results by key; a row without one is unknown."""
    results = list(said)
    by_key = dict(zip(map(_KEY_SAID, results), results, strict=True))
    found = map(by_key.get, map(_KEY_SENT, rows))
    pairs = zip(rows, found, strict=True)
    return [(row, each or Written(row.key, Fate.UNKNOWN, code=NOT_ANSWERED)) for row, each in pairs]


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


def _failed(problem: str) -> DestinationError:
    hint = "run the same command again: it goes on where this one stopped"
    return DestinationError(Fault("destination", problem, hint, "destination.unreachable"))
