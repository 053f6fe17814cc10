"""What the journal says of records: fates for the ledger, counts of a stage, and rejects as files to correct.

Everything here only reads the journal.
"""

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crmclean.destinations.entries import Payload, State
from crmclean.destinations.journal import read_payload
from crmclean.destinations.journal_faults import check_version, journal_failures
from crmclean.records import Outcome
from crmclean.workspace.atomic import make_folder, replacing

NOT_SENT = "import.not-sent"
_OUTCOMES = {
    State.PLANNED: (Outcome.HELD, NOT_SENT),
    State.CREATED: (Outcome.IMPORTED, "import.created"),
    State.UPDATED: (Outcome.UPDATED, "import.updated"),
    State.UNCHANGED: (Outcome.UNCHANGED, "import.unchanged"),
    State.REJECTED: (Outcome.REJECTED, "import.rejected"),
    State.HELD: (Outcome.HELD, "import.held"),
    State.UNKNOWN: (Outcome.HELD, "import.unknown"),
    State.UNDONE: (Outcome.READY, "import.rolled-back"),
}
_ROWS = """
    SELECT coalesce(p.record, c.record), r.state, r.code, s.name,
    CASE WHEN r.code = 'round.other-object' THEN h.name ELSE o.name END, c.target_id
    FROM round n JOIN stage s ON s.round = n.id JOIN batch b ON b.stage = s.id JOIN row r ON r.batch = b.id
    JOIN crosswalk c ON c.id = r.record JOIN object o ON o.id = b.object JOIN object h ON h.id = c.object
    LEFT JOIN speaker p ON p.round = n.id AND p.number = r.record
    WHERE n.name = ? AND NOT b.second_pass ORDER BY b.id, r.position"""
_OUTSIDE = "SELECT o.record, o.code FROM outside o JOIN round n ON n.id = o.round WHERE n.name = ? ORDER BY o.record"
_DROPPED = """
    SELECT d.object, d.field, count(*) FROM dropped d JOIN round n ON n.id = d.round WHERE n.name = ?
    GROUP BY d.object, d.field ORDER BY d.object, d.field"""
_COUNTS = """
    SELECT r.state, b.second_pass, count(*) FROM batch b JOIN row r ON r.batch = b.id
    WHERE b.stage = ? GROUP BY r.state, b.second_pass"""
_IN_STATES = """
    SELECT count(*) FROM round n JOIN stage s ON s.round = n.id JOIN batch b ON b.stage = s.id
    JOIN row r ON r.batch = b.id WHERE n.name = ? AND NOT b.second_pass
    AND r.state IN (SELECT value FROM json_each(?))"""
_REJECTED = f"""
    SELECT b.id, o.name, s.name, r.position, c.record, r.code, r.field, r.message
    FROM round n JOIN stage s ON s.round = n.id JOIN batch b ON b.stage = s.id JOIN row r ON r.batch = b.id
    JOIN crosswalk c ON c.id = r.record JOIN object o ON o.id = b.object
    WHERE n.name = ? AND r.state IN ({State.REJECTED:d}, {State.HELD:d}, {State.UNKNOWN:d})
    ORDER BY o.id, b.id, r.position"""
_DOUBTS = f"""
    SELECT (SELECT count(*) FROM row WHERE state = {State.UNKNOWN:d})
         + (SELECT coalesce(sum(stop - start), 0) FROM attempt WHERE state IN ('intent', 'answered', 'unknown'))"""
ANNOUNCED = "announced"  # kind of event
_REASON = ("_record", "_stage", "_code", "_field", "_message")


@dataclass(frozen=True)
class StageCounts:
    """Rows of one stage by what became of them.

    held: a person decides. unknown: nobody can tell what became of them. open: not sent yet.
    """

    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    held: int
    unknown: int
    open: int

    @property
    def at_target(self) -> int:
        """Rows that the target has."""
        return self.created + self.updated + self.unchanged


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal for reading only, for reports and checkers.

    Raises:
        RefusedError: a newer version wrote it, or it is damaged. DestinationError: it cannot be read now.
    """
    with (
        journal_failures(path),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database,
    ):
        check_version(database, path)
        yield database


@dataclass(frozen=True)
class LastRound:
    """The newest round that is no rollback. doubts: rows of it or of earlier ones whose fate is not known yet."""

    name: str
    inputs: str
    newest: str | None
    undone: bool
    doubts: int


def last_round(database: sqlite3.Connection) -> LastRound | None:
    """Return the last round of a journal; None where nothing has been frozen."""
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'round'").fetchone():
        return None
    sql = "SELECT name, inputs, newest, undone FROM round WHERE undoes IS NULL ORDER BY id DESC LIMIT 1"
    row = database.execute(sql).fetchone()
    if row is None:
        return None
    name, inputs, newest, undone = row
    return LastRound(name, inputs, newest, bool(undone), int(database.execute(_DOUBTS).fetchone()[0]))


def unsent(database: sqlite3.Connection) -> int:
    """Return how many rows of the last round have not been sent yet."""
    return _in_states(database, State.PLANNED)


def left_behind(database: sqlite3.Connection) -> int:
    """Return how many rows of the last round the target refused, or wait for a person."""
    return _in_states(database, State.REJECTED, State.HELD)


def _in_states(database: sqlite3.Connection, *states: State) -> int:
    last = last_round(database)
    if last is None:
        return 0
    return int(database.execute(_IN_STATES, (last.name, json.dumps(states))).fetchone()[0])


@dataclass(frozen=True)
class Standing:
    """What a target has of ours over all rounds. later: whether other rounds came before the last one."""

    counts: dict[str, int]
    later: bool


def standing(database: sqlite3.Connection) -> Standing:
    """Return object -> records with an id at the target, those that no export has any more among them."""
    sql = """SELECT o.name, count(*) FROM crosswalk c JOIN object o ON o.id = c.object
             WHERE c.target_id IS NOT NULL GROUP BY o.name"""
    rounds = database.execute("SELECT count(*) FROM round WHERE undoes IS NULL AND NOT undone").fetchone()[0]
    return Standing(dict(database.execute(sql).fetchall()), rounds > 1)


def crosswalk(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Return object, id at the target and record of everything that the target has of ours, over all rounds."""
    sql = """SELECT o.name, c.target_id, c.record FROM crosswalk c JOIN object o ON o.id = c.object
             WHERE c.target_id IS NOT NULL ORDER BY c.record, o.id"""
    return database.execute(sql).fetchall()


def announced(database: sqlite3.Connection) -> dict[str, str | int | None] | None:
    """Return what was said before the last production import: round, rows, ends, undo_until (UTC, ISO 8601)."""
    row = database.execute("SELECT detail FROM event WHERE kind = ? ORDER BY id DESC", (ANNOUNCED,)).fetchone()
    told: dict[str, str | int | None] | None = json.loads(row[0]) if row else None
    return told


Line = tuple[str, str, str, str | None, str | None, str | None]


def ledger_rows(database: sqlite3.Connection, round_: str) -> Iterator[Line]:
    """Yield record, outcome, code, stage, target object and target id of every live record of a round."""
    for record, state, code, stage, object_, target_id in database.execute(_ROWS, (round_,)):
        outcome, usual = _OUTCOMES[State(state)]
        yield record, outcome.value, code or usual, stage, object_, target_id
    for record, code in database.execute(_OUTSIDE, (round_,)):
        yield record, Outcome.EXCLUDED.value, code, None, None, None


def dropped_references(database: sqlite3.Connection, round_: str) -> list[tuple[str, str, int]]:
    """Return object, field and number of the references that stay empty because the parent does not come."""
    return database.execute(_DROPPED, (round_,)).fetchall()


def stage_counts(database: sqlite3.Connection, stage: int) -> StageCounts:
    """Count the rows of a stage."""
    found = {(State(state), second): n for state, second, n in database.execute(_COUNTS, (stage,))}
    rows = {state: found.get((state, 0), 0) for state in State}
    return StageCounts(
        rows=sum(rows.values()),
        created=rows[State.CREATED],
        updated=rows[State.UPDATED],
        unchanged=rows[State.UNCHANGED],
        rejected=rows[State.REJECTED],
        held=rows[State.HELD],
        unknown=rows[State.UNKNOWN],
        open=rows[State.PLANNED],
    )


def write_rejects(database: sqlite3.Connection, round_: str, folder: Path) -> tuple[Path, ...]:
    """Write the rows that did not make it, per object with all their cells and the reason, and return the files.

    Files of an earlier run that have no rows any more are removed.
    """
    make_folder(folder)
    stale = set(folder.glob("rejects-*.csv"))
    written = []
    for object_, rows in _by_object(database, round_):
        path = folder / f"rejects-{object_}.csv"
        _write(path, rows)
        written.append(path)
    for path in stale - set(written):
        path.unlink()
    return tuple(written)


def _by_object(database: sqlite3.Connection, round_: str) -> Iterator[tuple[str, list[dict[str, str | None]]]]:
    rows: dict[str, list[dict[str, str | None]]] = {}
    batch: int | None = None
    payload = Payload(fields=[], refs=[], rows=[])
    for number, object_, stage, position, record, *reason in database.execute(_REJECTED, (round_,)):
        if number != batch:
            batch, payload = number, read_payload(database, number)
        cells = dict(zip(payload["fields"], payload["rows"][position]["cells"], strict=True))
        why = dict(zip(_REASON, (record, stage, *reason), strict=True))
        rows.setdefault(object_, []).append(why | cells)
    yield from rows.items()


def _write(path: Path, rows: list[dict[str, str | None]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
