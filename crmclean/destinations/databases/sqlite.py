"""The rehearsal: an embedded CRM that enforces the target's schema. Each batch is applied exactly once.

Every cell is text, in the very form in which it would be sent to the CRM.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.contract import Cells, Made, Preflight
from crmclean.destinations.databases.batches import DatabaseDestination
from crmclean.destinations.databases.sqlite_rows import SqliteWriting, table_there
from crmclean.destinations.databases.sqlite_schema import added_column, quoted, table_statements
from crmclean.destinations.databases.tables import ID, columns_of, faults_of, table_gone
from crmclean.destinations.journal import CHECKPOINT_PAGES
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault
from crmclean.workspace.atomic import make_folder

_OURS = (
    "CREATE TABLE crmclean_identity (token TEXT NOT NULL) STRICT",
    "CREATE TABLE crmclean_sequence (last INTEGER NOT NULL) STRICT",
    "CREATE TABLE crmclean_applied (marker TEXT PRIMARY KEY, last INTEGER NOT NULL, refused TEXT NOT NULL) STRICT",
    "INSERT INTO crmclean_sequence VALUES (0)",
)
_PER_SECOND = 20_000.0  # rows; a laptop's disk
_BATCH_ROWS = 2_000


def opened(settings: Settings) -> "SqliteDestination":
    """Open the file that the URL names, `sqlite:///relative.sqlite` or `file:///absolute.sqlite`; else NAME.sqlite."""
    if settings.url.startswith("file:"):
        return SqliteDestination(Path(url2pathname(urlsplit(settings.url).path)))
    return SqliteDestination(settings.root / (settings.url.removeprefix("sqlite:///") or f"{settings.name}.sqlite"))


class SqliteDestination(DatabaseDestination):
    """An SQLite file with one table per target object."""

    def __init__(self, path: Path) -> None:
        super().__init__(_BATCH_ROWS)
        self.path = path
        self._objects: Mapping[str, TargetObject] = {}
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

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Look which tables are there already, and what they lack."""
        with _failures(self.path):
            found = {name: table_there(self._database, name) for name in schema.objects}
            there = {name: table for name, table in sorted(found.items()) if table}
            faults = [fault for name, table in there.items() for fault in faults_of(schema.objects[name], table)]
            faults += [table_gone(name) for name in found if name not in there and self._is_made()]
            counts = {name: self.count(name) for name in there}
            known = self._identity() if self._is_made() else ""
        return Preflight(
            account=self.path.stem,
            name=str(self.path),
            faults=tuple(faults),
            existing=counts,
            rows_per_second=_PER_SECOND,
            identity=known,
        )

    def _identity(self) -> str:
        return f"sqlite:{self._database.execute('SELECT token FROM crmclean_identity').fetchone()[0]}"

    def _is_made(self) -> bool:
        sql = "SELECT 1 FROM sqlite_master WHERE name = 'crmclean_identity'"
        return self._database.execute(sql).fetchone() is not None

    def prepare(self, schema: TargetSchema) -> str:
        """Create the tables where they are missing; return the token that was drawn when the file was made."""
        self._objects = schema.objects
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

    @contextmanager
    def writing(self) -> Iterator[SqliteWriting]:
        """Open a transaction of a batch."""
        with _failures(self.path), self._transaction() as database:
            yield SqliteWriting(database, self._objects)

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


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        hint = "check the free space, and close other programs that have the file open; then run the same command again"
        problem = f"the database failed ({type(error).__name__}: {getattr(error, 'sqlite_errorname', 'unknown')})"
        raise DestinationError(Fault(str(path), problem, hint, "destination.database")) from error
