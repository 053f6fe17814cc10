"""The points of a scorecard over time: one small SQLite file, only ever added to; ids, codes, days and amounts only."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from crmclean.errors import Fault, InputError, RefusedError
from crmclean.files.at_once import at_once
from crmclean.files.tables import parquet_of
from crmclean.workspace.atomic import make_folder

_APPLICATION, _VERSION = 0x43524D48, 1  # "CRMH"
_CLOSED = "keep it elsewhere with --history FILE, or check the permissions and the free space"
_SCHEMA = """
CREATE TABLE run (run INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, as_of TEXT NOT NULL, score REAL);
CREATE TABLE measure (run INTEGER NOT NULL REFERENCES run, measure TEXT NOT NULL, value REAL, numerator REAL,
    denominator REAL, target REAL, met INTEGER, exceptions INTEGER NOT NULL, rule TEXT NOT NULL,
    PRIMARY KEY (run, measure)) WITHOUT ROWID;
CREATE TABLE part (run INTEGER NOT NULL REFERENCES run, name TEXT NOT NULL, parquet BLOB NOT NULL,
    PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE accepted (number INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run);
"""
_KEPT = """CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table}
           BEGIN SELECT RAISE(ABORT, 'a history is only ever added to'); END"""
_PATIENCE = 600  # seconds to wait for another process
KNOWN_DEFECTS = {"measure": pl.String, "record": pl.String, "field": pl.String, "since": pl.Date}
KNOWN_DEALS = {
    "record": pl.String, "stage": pl.String, "status": pl.String, "amount": pl.Float64, "currency": pl.String,
    "close_date": pl.Date, "probability": pl.Float64,
}  # fmt: skip
PARTS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "defects": KNOWN_DEFECTS,
    "records": {"record": pl.String},
    "deals": KNOWN_DEALS,
}


@dataclass(frozen=True)
class Line:
    """One measure of one point. rule: a hash of how it was worked out."""

    value: float | None
    numerator: float
    denominator: float
    target: float | None
    met: bool | None
    exceptions: int
    rule: str


@dataclass(frozen=True)
class Point:
    """One run of the scorecard. run: its number in the file, from 1; the order in which points were added."""

    run: int
    fingerprint: str
    as_of: date
    score: float | None
    lines: Mapping[str, Line]


class History:
    """An open history."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path = path
        self._database = database

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for processes that work on the same file, then keep it: what is read holds until all is written."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def points(self) -> tuple[Point, ...]:
        """Return every point, in time; of equal days in the order of adding."""
        runs = self._database.execute("SELECT run, fingerprint, as_of, score FROM run ORDER BY as_of, run").fetchall()
        return tuple(
            Point(run, known, date.fromisoformat(as_of), score, self._lines(run)) for run, known, as_of, score in runs
        )

    def _lines(self, run: int) -> Mapping[str, Line]:
        rows = self._database.execute(
            "SELECT measure, value, numerator, denominator, target, met, exceptions, rule FROM measure WHERE run = ?",
            (run,),
        )
        return {row[0]: _line(row[1:]) for row in rows}

    def part(self, run: int, name: str) -> pl.DataFrame:
        """Return a frame that was kept with a point: defects, records or deals."""
        query = "SELECT parquet FROM part WHERE run = ? AND name = ?"
        row = self._database.execute(query, (run, name)).fetchone()
        return pl.read_parquet(BytesIO(row[0])) if row else pl.DataFrame(schema=dict(PARTS[name]))

    def accepted(self) -> int | None:
        """Return the run that was accepted last."""
        row = self._database.execute("SELECT run FROM accepted ORDER BY number DESC LIMIT 1").fetchone()
        return int(row[0]) if row else None

    def add(self, point: Point, parts: Mapping[str, Callable[[], pl.DataFrame]]) -> int:
        """Add a point, in a turn, and return its number; one that is there already stays as it is.

        parts: what makes the frames that are kept with it, two at a time.
        """
        known = self.find(point.fingerprint)
        if known is not None:
            return known
        row = (point.fingerprint, point.as_of.isoformat(), point.score)
        cursor = self._database.execute("INSERT INTO run (fingerprint, as_of, score) VALUES (?, ?, ?)", row)
        run = int(cursor.lastrowid or 0)
        rows = [(run, name, *vars(line).values()) for name, line in point.lines.items()]
        self._database.executemany("INSERT INTO measure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        bodies = at_once(lambda part: parquet_of(part()), parts.values())
        kept = [(run, name, body) for name, body in zip(parts, bodies, strict=True)]
        self._database.executemany("INSERT INTO part VALUES (?, ?, ?)", kept)
        return run

    def find(self, fingerprint: str) -> int | None:
        """Return the number of a point that was made from the same files, day and rules."""
        row = self._database.execute("SELECT run FROM run WHERE fingerprint = ?", (fingerprint,)).fetchone()
        return int(row[0]) if row else None

    def accept(self, run: int) -> None:
        """Note, in a turn, that a run is the one that later ones are compared with."""
        if self.accepted() != run:
            self._database.execute("INSERT INTO accepted (run) VALUES (?)", (run,))


def _line(row: Sequence[Any]) -> Line:
    value, numerator, denominator, target, met, exceptions, rule = row
    return Line(value, numerator, denominator, target, None if met is None else bool(met), exceptions, rule)


@contextmanager
def opened_history(path: Path) -> Iterator[History]:
    """Open a history, or begin one.

    Raises:
        InputError: the file is something else, or cannot be written. RefusedError: a newer crmclean wrote it.
    """
    make_folder(path.parent)
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)) as database:
            history = History(path, database)
            with history.turn():
                _checked(path, database)
            yield history
    except sqlite3.Error as error:
        closed = isinstance(error, sqlite3.OperationalError)
        hint = _CLOSED if closed else "it is damaged: restore it from a backup, or begin another with --history FILE"
        raise InputError(Fault(str(path), "cannot be used as a history", hint, "hygiene.history")) from error


def _checked(path: Path, database: sqlite3.Connection) -> None:
    if database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
        for statement in (
            *_SCHEMA.split(";"),
            f"PRAGMA application_id = {_APPLICATION}",
            f"PRAGMA user_version = {_VERSION}",
        ):
            database.execute(statement)
        for table in ("run", "measure", "part", "accepted"):
            for what in ("UPDATE", "DELETE"):
                database.execute(_KEPT.format(table=table, what=what))
        path.chmod(0o600)
    application = database.execute("PRAGMA application_id").fetchone()[0]
    if application != _APPLICATION:
        hint = "name a file of its own with --history"
        raise InputError(Fault(str(path), "is a database of something else", hint, "hygiene.history"))
    if database.execute("PRAGMA user_version").fetchone()[0] > _VERSION:
        hint = "install the crmclean that wrote it, or a newer one"
        raise RefusedError(Fault(str(path), "was written by a newer crmclean", hint, "hygiene.history-newer"))
