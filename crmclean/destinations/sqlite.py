"""The rehearsal: an embedded CRM that enforces the target's schema. Each batch is applied exactly once.

Rows and the mark of their batch share one transaction. Ids come from one sequence over all tables, so that a reference
to one of several objects is never ambiguous.
"""

import json
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.contract import (
    GONE,
    Capabilities,
    Cells,
    Made,
    Operation,
    Preflight,
    Request,
    Row,
    Settled,
    Written,
)
from crmclean.destinations.database_tables import ID, columns_of, faults_of, table_gone
from crmclean.destinations.journal import CHECKPOINT_PAGES
from crmclean.destinations.numbered import Done, Refused, answer, new_ids, read_answer
from crmclean.destinations.settings import Settings
from crmclean.destinations.sqlite_rows import insert_sql, present, table_there, update_sql
from crmclean.destinations.sqlite_schema import added_column, quoted, table_statements
from crmclean.errors import DestinationError, Fault
from crmclean.workspace.atomic import make_folder

_OURS = (
    "CREATE TABLE crmclean_identity (token TEXT NOT NULL) STRICT",
    "CREATE TABLE crmclean_sequence (last INTEGER NOT NULL) STRICT",
    "CREATE TABLE crmclean_applied (marker TEXT PRIMARY KEY, last INTEGER NOT NULL, refused TEXT NOT NULL) STRICT",
    "INSERT INTO crmclean_sequence VALUES (0)",
)
_NAMED = re.compile(r"(?:CHECK constraint failed: )?(\w+):([^:]+)")
_PLAIN = re.compile(r"(NOT NULL|UNIQUE) constraint failed: (?:[^,]*\.)?(.+)$")
_PLAIN_CODES = {"NOT NULL": "required", "UNIQUE": "unique"}
_PER_SECOND = 20_000.0  # rows; a laptop's disk


_Write = Callable[[sqlite3.Connection, Request, int], Done]


def opened(settings: Settings) -> "SqliteDestination":
    """Open the file that the URL names, `sqlite:///relative.sqlite` or `file:///absolute.sqlite`."""
    if settings.url.startswith("file:"):
        return SqliteDestination(Path(url2pathname(urlsplit(settings.url).path)))
    return SqliteDestination(settings.root / settings.url.removeprefix("sqlite:///"))


class SqliteDestination:
    """An SQLite file with one table per target object."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.capabilities = Capabilities(
            key_enforced=True, same_transaction=True, keeps_answers=True, adopts=True, batch_rows=2_000
        )
        self._objects: dict[str, TargetObject] = {}
        self._last = ""
        self._database = self._open()

    def _open(self) -> sqlite3.Connection:
        make_folder(self.path.parent)
        with _failures(self.path):
            self.path.touch(mode=0o600)
            database = sqlite3.connect(self.path, isolation_level=None, timeout=30)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            database.execute("PRAGMA foreign_keys = ON")
        return database

    @property
    def calls(self) -> int:
        """Nobody counts them."""
        return 0

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Look which tables are there already, and what they lack."""
        with _failures(self.path):
            found = {name: table_there(self._database, name) for name in schema.objects}
            there = {name: table for name, table in sorted(found.items()) if table}
            faults = [fault for name, table in there.items() for fault in faults_of(schema.objects[name], table)]
            faults += [table_gone(name) for name in found if name not in there and self._is_made()]
            counts = {name: self.count(name) for name in there}
            known = self._identity() if self._is_made() else ""
        return Preflight(self.path.stem, str(self.path), tuple(faults), (), counts, None, None, _PER_SECOND, (), known)

    def _identity(self) -> str:
        return f"sqlite:{self._database.execute('SELECT token FROM crmclean_identity').fetchone()[0]}"

    def _is_made(self) -> bool:
        sql = "SELECT 1 FROM sqlite_master WHERE name = 'crmclean_identity'"
        return self._database.execute(sql).fetchone() is not None

    def prepare(self, schema: TargetSchema) -> str:
        """Create the tables where they are missing; return the token that was drawn when the file was made."""
        self._objects = dict(schema.objects)
        ids = "".join(f" UNION ALL SELECT max({ID}) FROM {quoted(name)}" for name in schema.objects)
        self._last = f"SELECT max(last) FROM (SELECT last FROM crmclean_sequence{ids})"  # others may have made records
        with _failures(self.path), self._transaction() as database:
            if not self._is_made():
                missing = [name for name in schema.objects if not table_there(database, name)]
                made = (statement for name in missing for statement in table_statements(schema, name))
                for statement in (*_OURS, *made):
                    database.execute(statement)
                database.execute("INSERT INTO crmclean_identity VALUES (?)", (uuid.uuid4().hex,))
            return self._identity()

    def create_missing(self, schema: TargetSchema) -> list[Made]:
        """Create the tables and columns that are missing; what is there stays as it is."""
        there = {name: table_there(self._database, name) for name in schema.objects}
        self.prepare(schema)
        made = [Made(name, None) for name, table in there.items() if not table]
        with _failures(self.path), self._transaction() as database:
            for name, table in there.items():
                if not table:
                    for statement in [] if table_there(self._database, name) else table_statements(schema, name):
                        database.execute(statement)
                    continue
                for field in columns_of(schema.objects[name]):
                    if field.name not in table.columns:
                        database.execute(f"ALTER TABLE {quoted(name)} ADD COLUMN {added_column(field)}")
                        made.append(Made(name, field.name))
        return made

    def begin(self, request: Request) -> None:
        """Nothing to do: the mark in the transaction is what `settle` looks for."""

    def send(self, request: Request, handle: str | None) -> bytes:  # noqa: ARG002
        """Write the rows and the mark in one transaction; bad rows are left out and answered as rejected."""
        with _failures(self.path):
            if request.operation is Operation.UPSERT:
                with suppress(sqlite3.IntegrityError), self._transaction() as database:
                    return self._send(database, request, self._make)
            with self._transaction() as database:
                return self._send(database, request, self._write)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:  # noqa: ARG002
        """Look for the mark: with it the rows are in, without it they are not and never will be."""
        with _failures(self.path):
            if not _applied(self._database, request.marker):
                return Settled.ABSENT
            return self._answer(self._database, request)

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:
        """Read the answer that `send` or `settle` made."""
        return read_answer(request, answer)

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read records back by key."""
        key = quoted(self._objects[object_].key)
        where = f"WHERE {key} IN (SELECT value FROM json_each(?))"
        for found, target_id, cells in self._select(object_, where, json.dumps(list(keys))):
            yield str(found), target_id, cells

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all records of an object back."""
        yield from self._select(object_, f"ORDER BY {ID}")

    def count(self, object_: str) -> int:
        """Return the number of records."""
        with _failures(self.path):
            return int(self._database.execute(f"SELECT count(*) FROM {quoted(object_)}").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _select(self, object_: str, rest: str, *values: str) -> Iterator[tuple[str | None, str, Cells]]:
        schema = self._objects[object_]
        fields = columns_of(schema)
        columns = [
            f"CAST({quoted(field.name)} AS TEXT)" if field.type == "reference" else quoted(field.name)
            for field in fields
        ]
        names = [field.name for field in fields]
        sql = f"SELECT {', '.join([quoted(schema.key), ID, *columns])} FROM {quoted(object_)} {rest}"
        with _failures(self.path):
            for key, number, *cells in self._database.execute(sql, values):
                yield key, str(number), dict(zip(names, cells, strict=True))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
        except BaseException:
            if self._database.in_transaction:  # a full disk has rolled it back already
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _send(self, database: sqlite3.Connection, request: Request, write: _Write) -> bytes:
        if _applied(database, request.marker):
            return self._answer(database, request)
        last = int(database.execute(self._last).fetchone()[0])
        done = write(database, request, last)
        database.execute("UPDATE crmclean_sequence SET last = ?", (last + done.made,))
        mark = (request.marker, last, json.dumps(done.refused))
        database.execute("INSERT INTO crmclean_applied VALUES (?, ?, ?)", mark)
        return answer(last, done)

    def _make(self, database: sqlite3.Connection, request: Request, last: int) -> Done:
        """Take every row for a new record without a fault, which is the usual case: one that is not ends all of it."""
        ids = new_ids(request.rows, last)
        sql = insert_sql(self._objects[request.object], request.fields)
        database.executemany(sql, ((*row.cells, ids[row.key], row.key) for row in request.rows))
        return Done({}, [], len(ids))

    def _write(self, database: sqlite3.Connection, request: Request, last: int) -> Done:
        if request.operation is Operation.DELETE:
            return self._delete(database, request)
        by_id = request.operation in (Operation.UPDATE, Operation.ADOPT)
        ids = present(database, request) if by_id else self._ids(database, request)
        known = [row for row in request.rows if row.key in ids]
        fresh = [row for row in request.rows if row.key not in ids]
        refused: Refused = []
        if by_id:  # it must not come back to life
            refused, fresh = [(row.key, GONE, None) for row in fresh], []
        places = ids | new_ids(fresh, last)
        object_ = self._objects[request.object]
        update = update_sql(object_, request.fields, operation=request.operation)
        insert = insert_sql(object_, request.fields)
        for sql, rows in ((update, known), (insert, fresh)):
            if rows:
                refused += _load(database, sql, rows, [(*row.cells, places[row.key], row.key) for row in rows])
        return Done(ids, refused, len(fresh))

    def _delete(self, database: sqlite3.Connection, request: Request) -> Done:
        sql = f"DELETE FROM {quoted(request.object)} WHERE {ID} = ?"
        refused = _load(database, sql, request.rows, [(row.target_id,) for row in request.rows])
        return Done({row.key: 0 for row in request.rows}, refused)

    def _ids(self, database: sqlite3.Connection, request: Request) -> dict[str, int]:
        key = quoted(self._objects[request.object].key)
        sql = f"SELECT {key}, {ID} FROM {quoted(request.object)} WHERE {key} IN (SELECT value FROM json_each(?))"
        return dict(database.execute(sql, (json.dumps([row.key for row in request.rows]),)))

    def _answer(self, database: sqlite3.Connection, request: Request) -> bytes:
        sql = "SELECT last, refused FROM crmclean_applied WHERE marker = ?"
        last, refused = database.execute(sql, (request.marker,)).fetchone()
        deleted = request.operation is Operation.DELETE
        ids = dict.fromkeys((row.key for row in request.rows), 0) if deleted else self._ids(database, request)
        return answer(last, Done(ids, json.loads(refused)))


def _applied(database: sqlite3.Connection, marker: str) -> bool:
    return database.execute("SELECT 1 FROM crmclean_applied WHERE marker = ?", (marker,)).fetchone() is not None


def _load(database: sqlite3.Connection, sql: str, rows: Sequence[Row], values: Sequence[tuple[object, ...]]) -> Refused:
    """Write all rows at once; halve where a constraint fails, so that only bad rows stay out: key, code, field."""
    work, refused = [(0, len(rows))], Refused()
    while work:
        start, stop = work.pop()
        database.execute("SAVEPOINT part")
        try:
            database.executemany(sql, values[start:stop])
        except sqlite3.IntegrityError as error:
            database.execute("ROLLBACK TO part")
            if stop - start == 1:
                refused.append((rows[start].key, *_reason(str(error))))
            else:
                middle = (start + stop) // 2
                work += [(middle, stop), (start, middle)]
        database.execute("RELEASE part")
    return refused


def _reason(message: str) -> tuple[str, str | None]:
    plain = _PLAIN.search(message)
    if plain:
        return f"target.{_PLAIN_CODES[plain[1]]}", plain[2]
    named = _NAMED.fullmatch(message)
    if named:
        return f"target.{named[1]}", named[2]
    return ("target.reference" if message.startswith("FOREIGN KEY") else "target.refused"), None


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        hint = "check the free space, and close other programs that have the file open; then run the same command again"
        problem = f"the database failed ({type(error).__name__}: {getattr(error, 'sqlite_errorname', 'unknown')})"
        raise DestinationError(Fault(str(path), problem, hint, "destination.database")) from error
