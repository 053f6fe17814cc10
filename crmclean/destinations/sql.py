"""An SQL database as a destination, through SQLAlchemy; PostgreSQL by COPY. Each batch is applied exactly once.

Rows and the mark of their batch share one transaction. Every transaction first takes the one row of the sequence for
itself, so that `settle` waits until the transaction of a process that was killed has ended one way or the other.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

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
from crmclean.destinations.numbered import Done, Refused, answer, new_ids, read_answer
from crmclean.destinations.settings import Settings
from crmclean.destinations.sql_connection import (
    add_column,
    connection_url,
    copy_rows,
    database_failures,
    height,
    is_one_of,
    tables_there,
    text_of,
)
from crmclean.destinations.sql_schema import IDENTITY, Tables
from crmclean.files.sql import secure_arguments

_NAME = re.compile(r"crmclean_c\d+")
_NOT_NULL = "23502"  # SQLSTATE
_PER_SECOND = 10_000.0  # rows
_Write = Callable[[sa.Connection, Request, int], Done]


class SqlDestination:
    """A database that SQLAlchemy speaks to, with one table per target object."""

    def __init__(self, settings: Settings) -> None:
        settings.refuse_password()
        self._settings = settings
        self.capabilities = Capabilities(
            key_enforced=True, same_transaction=True, keeps_answers=True, adopts=True, batch_rows=5_000
        )
        self._url = connection_url(settings)
        self._engine = sa.create_engine(self._url, connect_args=secure_arguments(self._url), hide_parameters=True)
        self._objects: Mapping[str, TargetObject] = {}
        self._tables: Tables | None = None

    @property
    def calls(self) -> int:
        """Nobody counts them."""
        return 0

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
        return Preflight(account, where, tuple(faults), existing=counts, rows_per_second=_PER_SECOND, identity=identity)

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

    def begin(self, request: Request) -> None:
        """Nothing to do: the mark in the transaction is what `settle` looks for."""

    def send(self, request: Request, handle: str | None) -> bytes:  # noqa: ARG002
        """Write the rows and the mark in one transaction; bad rows are left out and answered as rejected."""
        with self._failures():
            if request.operation is Operation.UPSERT:
                with suppress(IntegrityError), self._engine.begin() as connection:
                    return self._send(connection, request, self._make)
            with self._engine.begin() as connection:
                return self._send(connection, request, self._write)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:  # noqa: ARG002
        """Look for the mark once no other transaction is under way."""
        with self._failures(), self._engine.begin() as connection:
            self._take_turn(connection)
            return self._answer(connection, request) or Settled.ABSENT

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:
        """Read the answer that `send` or `settle` made."""
        return read_answer(request, answer)

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

    def _take_turn(self, connection: sa.Connection) -> int:
        """Lock the sequence until the transaction ends; return the highest id, whoever made it."""
        last = int(connection.execute(sa.select(self._ours.sequence.c.last).with_for_update()).scalar_one())
        return max(last, *(int(id_ or 0) for id_ in connection.execute(self._ours.highest).scalars()))

    def _answer(self, connection: sa.Connection, request: Request) -> bytes | None:
        applied = self._ours.applied
        found = connection.execute(sa.select(applied).where(applied.c.marker == request.marker)).one_or_none()
        if found is None:
            return None
        deleted = request.operation is Operation.DELETE
        ids = dict.fromkeys((row.key for row in request.rows), 0) if deleted else self._ids(connection, request)
        return answer(found.last, Done(ids, json.loads(found.refused)))

    def _ids(self, connection: sa.Connection, request: Request) -> dict[str, int]:
        table = self._table(request.object)
        key = table.c[self._objects[request.object].key]
        query = sa.select(key, table.c[ID]).where(is_one_of(self._engine, key, [row.key for row in request.rows]))
        return {str(found): number for found, number in connection.execute(query)}

    def _present(self, connection: sa.Connection, request: Request) -> dict[str, int]:
        """Return key -> id of the rows whose records are still there under the ids that the crosswalk knows."""
        wanted = {int(row.target_id): row.key for row in request.rows if row.target_id}
        column = self._table(request.object).c[ID]
        found = connection.execute(sa.select(column).where(is_one_of(self._engine, column, list(wanted)))).scalars()
        return {wanted[number]: number for number in found}

    def _send(self, connection: sa.Connection, request: Request, write: _Write) -> bytes:
        last = self._take_turn(connection)
        before = self._answer(connection, request)
        if before:
            return before
        done = write(connection, request, last)
        connection.execute(self._ours.sequence.update().values(last=last + done.made))
        mark = {"marker": request.marker, "last": last, "refused": json.dumps(done.refused)}
        connection.execute(self._ours.applied.insert().values(mark))
        return answer(last, done)

    def _make(self, connection: sa.Connection, request: Request, last: int) -> Done:
        """Take every row for a new record without a fault, which is the usual case: one that is not ends all of it."""
        ids = new_ids(request.rows, last)
        self._insert(connection, request, request.rows, ids)
        return Done({}, [], len(ids))

    def _write(self, connection: sa.Connection, request: Request, last: int) -> Done:
        if request.operation is Operation.DELETE:
            ids = dict.fromkeys((row.key for row in request.rows), 0)
            return Done(ids, self._load(connection, request, request.rows, ids, self._delete))
        by_id = request.operation in (Operation.UPDATE, Operation.ADOPT)
        ids = self._present(connection, request) if by_id else self._ids(connection, request)
        known = [row for row in request.rows if row.key in ids]
        fresh = [row for row in request.rows if row.key not in ids]
        if by_id:  # it must not come back to life
            gone: Refused = [(row.key, GONE, None) for row in fresh]
            return Done(ids, self._load(connection, request, known, ids, self._update) + gone)
        refused = self._load(connection, request, known, ids, self._update)
        refused += self._load(connection, request, fresh, new_ids(fresh, last), self._insert)
        return Done(ids, refused, len(fresh))

    def _load(
        self, connection: sa.Connection, request: Request, rows: Sequence[Row], ids: Mapping[str, int], write: Any
    ) -> Refused:
        """Write all rows at once; halve where a constraint fails, so that only bad rows stay out."""
        work, refused = [rows] if rows else [], []
        while work:
            part = work.pop()
            try:
                with connection.begin_nested():
                    write(connection, request, part, ids)
            except IntegrityError as error:
                if len(part) == 1:
                    refused.append((part[0].key, *self._reason(error)))
                else:
                    middle = len(part) // 2
                    work += [part[middle:], part[:middle]]
        return refused

    def _insert(self, connection: sa.Connection, request: Request, rows: Sequence[Row], ids: Mapping[str, int]) -> None:
        key = self._objects[request.object].key
        values = ((ids[row.key], row.key, *row.cells) for row in rows)
        if connection.dialect.driver == "psycopg":
            copy_rows(connection, self._table(request.object).name, (ID, key, *request.fields), values)
        else:
            names = (ID, key, *request.fields)
            connection.execute(
                self._table(request.object).insert(), [dict(zip(names, row, strict=True)) for row in values]
            )

    def _update(self, connection: sa.Connection, request: Request, rows: Sequence[Row], ids: Mapping[str, int]) -> None:
        table = self._table(request.object)
        values: dict[str, Any] = {
            name: sa.bindparam(f"cell{number}", type_=table.c[name].type) for number, name in enumerate(request.fields)
        }
        if request.operation is Operation.ADOPT:
            values[self._objects[request.object].key] = sa.bindparam("its_key")
        statement = table.update().where(table.c[ID] == sa.bindparam("its_id")).values(values)
        cells = [{f"cell{number}": cell for number, cell in enumerate(self._typed(request, row))} for row in rows]
        named = [{"its_id": ids[row.key], "its_key": row.key} for row in rows]
        adopts = request.operation is Operation.ADOPT
        keys = [one if adopts else {"its_id": one["its_id"]} for one in named]
        connection.execute(statement, [{**one, **each} for one, each in zip(keys, cells, strict=True)])

    def _delete(self, connection: sa.Connection, request: Request, rows: Sequence[Row], _ids: object) -> None:
        table = self._table(request.object)
        statement = table.delete().where(table.c[ID] == sa.bindparam("its_id"))
        connection.execute(statement, [{"its_id": int(row.target_id or 0)} for row in rows])

    def _typed(self, request: Request, row: Row) -> list[str | int | None]:
        fields = self._objects[request.object].fields
        return [
            int(cell) if cell is not None and fields[name].type == "reference" else cell
            for name, cell in zip(request.fields, row.cells, strict=True)
        ]

    def _reason(self, error: DBAPIError) -> tuple[str, str | None]:
        diagnosis = getattr(error.orig, "diag", None)
        if diagnosis is not None and diagnosis.sqlstate == _NOT_NULL:
            return "target.required", diagnosis.column_name
        name = _NAME.search(str(error.orig))
        return self._ours.meanings[name[0]] if name else ("target.refused", None)

    def _failures(self) -> AbstractContextManager[None]:
        return database_failures(self._settings, self._url)


def _identity(connection: sa.Connection) -> str:
    return f"sql:{connection.execute(sa.select(sa.column('token')).select_from(sa.table(IDENTITY))).scalar_one()}"
