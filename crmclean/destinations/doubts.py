"""Rows whose fate nobody can tell: never sent again by themselves, settled by the target or by a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmclean.destinations.entries import Attempt, State
from crmclean.destinations.journal import CLOSE_BATCH, Journal

_SET_SLICE = "UPDATE row SET state = ? WHERE batch = ? AND state = ? AND position >= ? AND position < ?"
_UNKNOWN = f"""
    SELECT b.id, r.position, o.name, c.record, coalesce(s.record, c.record)
    FROM row r JOIN batch b ON b.id = r.batch JOIN object o ON o.id = b.object JOIN crosswalk c ON c.id = r.record
    LEFT JOIN crosswalk s ON s.id = c.into_ WHERE r.state = {State.UNKNOWN:d} ORDER BY b.id, r.position"""
SKIPPED = "import.skipped"


@dataclass(frozen=True)
class Doubt:
    """A row without an answer; key: what the target would know it by."""

    batch: int
    position: int
    object: str
    record: str
    key: str


def doubt(journal: Journal, attempt: Attempt) -> None:
    """Write down that nobody can tell what became of an attempt: its rows are not sent again by themselves."""
    with journal.commit() as database:
        database.execute("UPDATE attempt SET state = 'unknown' WHERE id = ?", (attempt.id,))
        slice_ = (State.UNKNOWN, attempt.batch, State.PLANNED, attempt.start, attempt.stop)
        database.execute(_SET_SLICE, slice_)
        database.execute(CLOSE_BATCH, (attempt.batch, attempt.batch))


def reopen_doubts(journal: Journal, stage: int) -> None:
    """Let the rows of a stage's unknown attempts be settled once more."""
    sql = """SELECT a.batch, a.start, a.stop FROM attempt a JOIN batch b ON b.id = a.batch
             WHERE a.state = 'unknown' AND b.stage = ?"""
    doubts = journal.database.execute(sql, (stage,)).fetchall()
    if not doubts:
        return
    with journal.commit() as database:
        for batch, start, stop in doubts:
            database.execute(_SET_SLICE, (State.PLANNED, batch, State.UNKNOWN, start, stop))
            database.execute(CLOSE_BATCH, (batch, batch))


def doubts(journal: Journal) -> list[Doubt]:
    """Return every row whose fate is unknown, in the order of sending."""
    return [Doubt(*row) for row in journal.database.execute(_UNKNOWN)]


def adopt(journal: Journal, found: Sequence[tuple[Doubt, str]]) -> None:
    """Take rows as written, with the ids that somebody found for them at the target; one commit."""
    with journal.commit() as database:
        for each, target_id in found:
            _decide(journal, each, State.CREATED, None)
            sql = """UPDATE crosswalk SET target_id = ?, hash = (SELECT hash FROM row WHERE batch = ? AND position = ?)
                     WHERE id = (SELECT record FROM row WHERE batch = ? AND position = ?)"""
            place = (each.batch, each.position)
            database.execute(sql, (target_id, *place, *place))
        _close(journal, [each for each, _ in found])


def skip(journal: Journal, which: Sequence[Doubt]) -> None:
    """Give rows up: they are not sent, and count as held; one commit."""
    with journal.commit():
        for each in which:
            _decide(journal, each, State.HELD, SKIPPED)
        _close(journal, which)


def resend(journal: Journal, which: Sequence[Doubt]) -> None:
    """Let rows be sent again, because somebody knows that they never arrived; one commit."""
    with journal.commit():
        for each in which:
            _decide(journal, each, State.PLANNED, None)
        _close(journal, which)


def _decide(journal: Journal, each: Doubt, state: State, code: str | None) -> None:
    sql = "UPDATE row SET state = ?, code = ?, field = NULL, message = NULL WHERE batch = ? AND position = ?"
    journal.database.execute(sql, (state, code, each.batch, each.position))


def _close(journal: Journal, which: Iterable[Doubt]) -> None:
    """End the attempts that the rows were part of: what a person said is the last word on them."""
    for batch, position in {(each.batch, each.position) for each in which}:
        sql = (
            """UPDATE attempt SET state = 'settled' WHERE batch = ? AND state = 'unknown' AND start <= ? AND stop > ?"""
        )
        journal.database.execute(sql, (batch, position, position))
        journal.database.execute(CLOSE_BATCH, (batch, batch))
