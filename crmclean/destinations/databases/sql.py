"""An SQL database as a destination, through SQLAlchemy; PostgreSQL by COPY.

Every transaction first takes the one row of the sequence for itself, so that `settle` waits until the transaction of a
process that was killed has ended one way or the other.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import sqlalchemy as sa

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.contract import Cells, Made, Preflight
from crmclean.destinations.databases.batches import DatabaseDestination
from crmclean.destinations.databases.sql_connection import (
    add_column,
    connection_url,
    database_failures,
    height,
    is_one_of,
    tables_there,
    text_of,
)
from crmclean.destinations.databases.sql_rows import SqlWriting
from crmclean.destinations.databases.sql_schema import IDENTITY, Tables
from crmclean.destinations.databases.tables import ID, columns_of, faults_of, table_gone
from crmclean.destinations.settings import Settings
from crmclean.files.sql import secure_arguments

_PER_SECOND = 10_000.0  # rows
_BATCH_ROWS = 5_000


class SqlDestination(DatabaseDestination):
    """A database that SQLAlchemy speaks to, with one table per target object."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(_BATCH_ROWS)
        settings.refuse_password()
        self._settings = settings
        self._url = connection_url(settings)
        self._engine = sa.create_engine(self._url, connect_args=secure_arguments(self._url), hide_parameters=True)
        self._objects: Mapping[str, TargetObject] = {}
        self._tables: Tables | None = None

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Look which tables are there already, and whether we may make those that are not."""
        with self._failures(), self._engine.connect() as connection:
            there = tables_there(connection, schema)
            faults = [fault for name, table in there.items() for fault in faults_of(schema.objects[name], table)]
            identity = _identity(connection) if sa.inspect(connection).has_table(IDENTITY) else ""
            if identity:
                faults += [table_gone(name) for name in schema.objects if name not in there]
            counts = {name: height(connection, name) for name in there}
        where = self._url.render_as_string(hide_password=True)
        account = str(self._url.database)
        return Preflight(
            account=account,
            name=where,
            faults=tuple(faults),
            existing=counts,
            rows_per_second=_PER_SECOND,
            identity=identity,
        )

    def prepare(self, schema: TargetSchema) -> str:
        """Create the tables where they are missing; return the token that was drawn when they were made."""
        self._objects = schema.objects
        self._tables = tables = Tables(schema)
        with self._failures(), self._engine.begin() as connection:
            if not sa.inspect(connection).has_table(tables.identity.name):
                tables.metadata.create_all(connection)
                connection.execute(tables.sequence.insert().values(last=0))
                connection.execute(tables.identity.insert().values(token=uuid.uuid4().hex))
            return _identity(connection)

    def create_missing(self, schema: TargetSchema) -> list[Made]:
        """Create the tables and columns that are missing; what is there stays as it is."""
        wanted = Tables(schema)
        with self._failures(), self._engine.connect() as connection:
            there = tables_there(connection, schema)
        self.prepare(schema)
        with self._failures(), self._engine.begin() as connection:
            wanted.metadata.create_all(connection)
        made = [Made(name, None) for name in schema.objects if name not in there]
        with self._failures(), self._engine.begin() as connection:
            for name, table in there.items():
                for column in wanted.objects[name].columns:
                    if column.name not in table.columns:
                        connection.execute(sa.text(add_column(connection, column)))
                        made.append(Made(name, column.name))
        return made

    @contextmanager
    def writing(self) -> Iterator[SqlWriting]:
        """Open a transaction of a batch."""
        with self._failures(), self._engine.begin() as connection:
            yield SqlWriting(connection, self._objects, self._ours)

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read records back by key."""
        table = self._table(object_)
        wanted = is_one_of(self._engine, table.c[self._objects[object_].key], keys)
        for key, target_id, cells in self._select(object_, sa.select(table).where(wanted)):
            yield str(key), target_id, cells

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all records of an object back."""
        table = self._table(object_)
        yield from self._select(object_, sa.select(table).order_by(table.c[ID]))

    def count(self, object_: str) -> int:
        """Return the number of records."""
        with self._failures(), self._engine.connect() as connection:
            count = sa.select(sa.func.count()).select_from(self._table(object_))
            return int(connection.execute(count).scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def _ours(self) -> Tables:
        assert self._tables is not None  # noqa: S101 - the engine prepares first
        return self._tables

    def _table(self, object_: str) -> sa.Table:
        return self._ours.objects[object_]

    def _select(self, object_: str, query: sa.Select[Any]) -> Iterator[tuple[str | None, str, Cells]]:
        schema = self._objects[object_]
        fields = columns_of(schema)
        with self._failures(), self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=5000).execute(query).mappings():
                cells = {field.name: text_of(row[field.name]) for field in fields}
                yield row[schema.key], str(row[ID]), cells

    def _failures(self) -> AbstractContextManager[None]:
        return database_failures(self._settings, self._url)


def _identity(connection: sa.Connection) -> str:
    return f"sql:{connection.execute(sa.select(sa.column('token')).select_from(sa.table(IDENTITY))).scalar_one()}"
