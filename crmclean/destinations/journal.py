"""The journal of one destination: what was meant to be sent, what was sent, what came back, and where it went.

One SQLite database, WAL with synchronous FULL, one writer. Every public method that writes is one durable commit, and
nothing is written outside of one. Payloads hold personal data: the file is readable by its owner only.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any
from zlib import crc32

from crmclean.destinations.contract import Fate, Operation, Row, Written
from crmclean.destinations.entries import AT_TARGET, PUT_OFF, STATES, Attempt, Batch, Decided, Payload, State
from crmclean.destinations.journal_faults import check_version, failure, journal_failures
from crmclean.workspace.atomic import make_folder

HASH_BYTES = 8  # tells two versions of one record apart; nobody compares across records
CHECKPOINT_PAGES = 16_000  # 64 MB of log: every batch touches the same index pages, which are moved over once


class Journal:
    """An open journal. Use it as a context manager; `token` makes its markers its own."""

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        self.path = path
        self.token = ""
        with journal_failures(path):
            path.touch(mode=0o600)
            self.database = sqlite3.connect(path, isolation_level=None, timeout=30)
            self.database.execute("PRAGMA journal_mode = WAL")
            self.database.execute("PRAGMA synchronous = FULL")
            self.database.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            self.database.execute("PRAGMA foreign_keys = ON")
            check_version(self.database, path)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self.database.close()
        if isinstance(error, sqlite3.Error):  # of a reading statement: destinations name their own failures
            raise failure(self.path, error) from error

    @contextmanager
    def commit(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one durable transaction, rolled back when an exception leaves the block."""
        with journal_failures(self.path):
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield self.database
            except BaseException:
                if self.database.in_transaction:  # a full disk has rolled it back already
                    self.database.execute("ROLLBACK")
                raise
            self.database.execute("COMMIT")

    def inputs(self, round_: str) -> str | None:
        """Return the hash of what a round froze; None where it has not been frozen."""
        row = self.database.execute("SELECT inputs FROM round WHERE name = ?", (round_,)).fetchone()
        return row[0] if row else None

    def stages(self, round_: str) -> list[tuple[int, str, str]]:
        """Return id, name and state of a round's stages in their order."""
        sql = "SELECT s.id, s.name, s.state FROM stage s JOIN round r ON r.id = s.round WHERE r.name = ? ORDER BY s.id"
        return self.database.execute(sql, (round_,)).fetchall()

    def mark_stage(self, stage: int, state: str) -> None:
        """Say that a stage has passed its gate, or stopped at it."""
        with self.commit() as database:
            database.execute("UPDATE stage SET state = ? WHERE id = ?", (state, stage))

    def open_batches(self, stage: int) -> list[Batch]:
        """Return a stage's batches with rows that still lack a final state, in the order of sending."""
        return [batch for batch, done in self._batches(stage) if not done]

    def batches(self, stage: int) -> list[Batch]:
        """Return all batches of a stage in the order of sending."""
        return [batch for batch, _ in self._batches(stage)]

    def _batches(self, stage: int) -> list[tuple[Batch, bool]]:
        sql = """SELECT b.id, s.name, o.name, b.operation, b.second_pass, b.rows, b.done FROM batch b
                 JOIN object o ON o.id = b.object JOIN stage s ON s.id = b.stage WHERE b.stage = ? ORDER BY b.id"""
        rows = self.database.execute(sql, (stage,))
        return [
            (Batch(id_, of, name, Operation(what), bool(second), n), bool(done))
            for id_, of, name, what, second, n, done in rows
        ]

    def payload(self, batch: int) -> Payload:
        """Return the frozen rows of a batch."""
        return read_payload(self.database, batch)

    def open_rows(self, batch: int) -> list[tuple[int, int]]:
        """Return position and crosswalk id of the rows that have no final state yet, in their order."""
        sql = "SELECT position, record FROM row WHERE batch = ? AND state = 0 ORDER BY position"
        return self.database.execute(sql, (batch,)).fetchall()

    def put_off(self, batch: int) -> set[int]:
        """Return the positions of the rows that the target did not take yet, but may later."""
        sql = "SELECT position FROM row WHERE batch = ? AND state = 0 AND code = ?"
        return {position for (position,) in self.database.execute(sql, (batch, PUT_OFF))}

    def at_target(self, batch: int) -> int:
        """Return the number of a batch's records that the target has."""
        return int(self._scalar(f"SELECT count(*) FROM row WHERE batch = ? AND state IN ({_list(AT_TARGET)})", batch))

    def positions(self, batch: int, states: Sequence[State]) -> list[tuple[int, str]]:
        """Return position and key (of the group, where the record was merged) of the rows in one of the states."""
        sql = f"""SELECT r.position, coalesce(s.record, c.record) FROM row r JOIN crosswalk c ON c.id = r.record
                  LEFT JOIN crosswalk s ON s.id = c.into_
                  WHERE r.batch = ? AND r.state IN ({_list(states)})"""
        return self.database.execute(sql, (batch,)).fetchall()

    def targets(self, records: Iterable[int]) -> dict[int, tuple[str, str | None]]:
        """Return key and target id of crosswalk ids, merged ones through the record that they went into."""
        wanted = _json(records)
        sql = """SELECT c.id, coalesce(s.record, c.record), coalesce(s.target_id, c.target_id)
                 FROM json_each(?) w JOIN crosswalk c ON c.id = w.value LEFT JOIN crosswalk s ON s.id = c.into_"""
        return {id_: (key, target_id) for id_, key, target_id in self.database.execute(sql, (wanted,))}

    def open_attempts(self, batch: int) -> list[Attempt]:
        """Return the attempts of a batch whose effect has not been written down yet, oldest first."""
        sql = """SELECT id, batch, start, stop, state, handle FROM attempt
                 WHERE batch = ? AND state IN ('intent', 'answered', 'unknown') ORDER BY id"""
        return [Attempt(*row) for row in self.database.execute(sql, (batch,))]

    def begin(self, batch: int, start: int, stop: int) -> Attempt:
        """Write down, before the first byte leaves, what is about to be sent."""
        with self.commit() as database:
            sql = "INSERT INTO attempt (batch, start, stop, state, at) VALUES (?, ?, ?, 'intent', ?)"
            id_ = database.execute(sql, (batch, start, stop, _now())).lastrowid
        return Attempt(int(id_ or 0), batch, start, stop, "intent", None)

    def handle(self, attempt: Attempt, handle: str) -> None:
        """Keep the target's name of a call before the call has any effect."""
        with self.commit() as database:
            database.execute("UPDATE attempt SET handle = ? WHERE id = ?", (handle, attempt.id))

    def close_attempt(self, attempt: Attempt, state: str) -> None:
        """Write down that an attempt ended without an answer: unsent, refused or unknown."""
        with self.commit() as database:
            database.execute("UPDATE attempt SET state = ? WHERE id = ?", (state, attempt.id))

    def answered(self, attempt: Attempt, body: bytes) -> None:
        """Keep the raw answer before anyone reads it."""
        with self.commit() as database:
            database.execute("INSERT OR REPLACE INTO answer VALUES (?, ?)", (attempt.id, body))
            database.execute("UPDATE attempt SET state = 'answered' WHERE id = ?", (attempt.id,))

    def answer(self, attempt: Attempt) -> bytes:
        """Return the raw answer of an attempt."""
        body: bytes = self._scalar("SELECT body FROM answer WHERE attempt = ?", attempt.id)
        return body

    def apply(self, batch: Batch, decided: Sequence[Decided], attempt: Attempt | None = None) -> None:
        """Write row states, crosswalk and the attempt's end in one commit; close the batch with its last row."""
        fates = _by_fate(decided)
        with self.commit() as database:
            for fate, positions in fates.items():
                first, last = min(positions), max(positions)
                rest = _json(positions) if last - first + 1 > len(positions) else None  # None: all of them
                database.execute(_SET_STATES, (STATES[fate], batch.id, first, last, rest, rest))
            if fates.keys() != {Fate.CREATED}:
                database.executemany(_SET_REASON, _reasons(batch.id, decided))
            if not batch.second_pass:
                database.execute(_SET_TARGETS, (*_targets(decided), batch.id))
            if Fate.DELETED in fates:
                removed = ((row.number,) for row, said in decided if said.fate is Fate.DELETED)
                database.executemany("UPDATE crosswalk SET target_id = NULL, hash = NULL WHERE id = ?", removed)
            if attempt:
                database.execute("UPDATE attempt SET state = 'applied' WHERE id = ?", (attempt.id,))
                database.execute("DELETE FROM answer WHERE attempt = ?", (attempt.id,))
            database.execute(CLOSE_BATCH, (batch.id, batch.id))

    def spend(self, calls: int) -> None:
        """Count calls of the target's API towards today's (UTC)."""
        with self.commit() as database:
            sql = "INSERT INTO spent VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET calls = calls + excluded.calls"
            database.execute(sql, (_now()[:10], calls))

    def spent(self) -> int:
        """Return how many calls of the target's API were made today (UTC)."""
        return int(self._scalar("SELECT calls FROM spent WHERE day = ?", _now()[:10]) or 0)

    def is_done(self, batch: int) -> bool:
        """Return whether every row of a batch has its final state."""
        return bool(self._scalar("SELECT done FROM batch WHERE id = ?", batch))

    def note(self, kind: str, detail: str) -> None:
        """Append to the journal's own history; counts and codes only."""
        with self.commit() as database:
            database.execute("INSERT INTO event (at, kind, detail) VALUES (?, ?, ?)", (_now(), kind, detail))

    def _scalar(self, sql: str, *values: str | int) -> Any:
        row = self.database.execute(sql, values).fetchone()
        return row[0] if row else None


_POSITION = itemgetter(Row._fields.index("position"))
_FATE, _TARGET_ID = itemgetter(Written._fields.index("fate")), itemgetter(Written._fields.index("target_id"))
_FROZEN = "SELECT CAST(p.body AS BLOB), b.hash FROM payload p JOIN batch b ON b.id = p.batch WHERE p.batch = ?"
_SET_STATES = """UPDATE row SET state = ?, code = NULL, field = NULL, message = NULL
                 WHERE batch = ? AND position BETWEEN ? AND ?
                 AND (? IS NULL OR position IN (SELECT value FROM json_each(?)))"""
_SET_REASON = "UPDATE row SET code = ?, field = ?, message = ? WHERE batch = ? AND position = ?"
# One statement for all rows takes half the time of one for each; CROSS JOIN keeps it from going through `row` first.
_SET_TARGETS = """WITH said AS MATERIALIZED (
                      SELECT r.record, r.hash, j.value AS target_id FROM json_each(?2) j
                      CROSS JOIN row r ON r.batch = ?3 AND r.position = ?1 + j.key WHERE j.value IS NOT NULL)
                  UPDATE crosswalk SET target_id = said.target_id, hash = said.hash
                  FROM said WHERE crosswalk.id = said.record"""
CLOSE_BATCH = "UPDATE batch SET done = NOT EXISTS (SELECT 1 FROM row WHERE batch = ? AND state = 0) WHERE id = ?"


def _by_fate(decided: Sequence[Decided]) -> dict[Fate, list[int]]:
    """Return fate -> positions."""
    places, fates = _columns(decided, _FATE)
    if len(set(fates)) == 1:  # the usual case, and in a batch of thousands much quicker
        return {fates[0]: places}
    positions: dict[Fate, list[int]] = {}
    for place, fate in zip(places, fates, strict=True):
        positions.setdefault(fate, []).append(place)
    return positions


def _targets(decided: Sequence[Decided]) -> tuple[int, str]:
    """Return the first position, and a JSON list of target ids from there on; null: none."""
    places, ids = _columns(decided, _TARGET_ID)
    first, height = min(places, default=0), len(places)
    if places == list(range(first, first + height)):
        return first, json.dumps(ids)
    known = dict(zip(places, ids, strict=True))
    return first, json.dumps([known.get(place) for place in range(first, max(places) + 1)])


def _columns(decided: Sequence[Decided], what: Callable[[Written], Any]) -> tuple[list[int], list[Any]]:
    """Return the positions, and one thing of each result."""
    rows, said = zip(*decided, strict=True) if decided else ((), ())
    return list(map(_POSITION, rows)), list(map(what, said))


def _reasons(batch: int, decided: Sequence[Decided]) -> Iterator[tuple[str | int | None, ...]]:
    for row, said in decided:
        code = PUT_OFF if said.fate is Fate.RETRY else said.code
        if code:
            yield code, said.field, said.message, batch, row.position


def _json(numbers: Iterable[int]) -> str:
    return "[" + ",".join(map(str, numbers)) + "]"


def _list(states: Iterable[State]) -> str:
    return ",".join(str(int(state)) for state in states)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def payload_digest(body: bytes) -> bytes:
    """Return what tells that the frozen rows of a batch were damaged."""
    return crc32(body).to_bytes(4)


def read_payload(database: sqlite3.Connection, batch: int) -> Payload:
    """Return the frozen rows of a batch.

    Raises:
        sqlite3.DatabaseError: they are not what was frozen; see `journal_failures`.
    """
    body, digest = database.execute(_FROZEN, (batch,)).fetchone()
    if payload_digest(body) != digest:
        raise sqlite3.DatabaseError
    payload: Payload = json.loads(body)
    return payload
