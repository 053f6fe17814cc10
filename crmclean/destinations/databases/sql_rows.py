"""The statements that write a batch into a database that SQLAlchemy speaks to, inside one transaction."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import Operation, Request, Row
from crmclean.destinations.databases.batches import ConstraintError
from crmclean.destinations.databases.numbered import Done, Refused
from crmclean.destinations.databases.sql_connection import copy_rows, is_one_of
from crmclean.destinations.databases.sql_schema import Tables
from crmclean.destinations.databases.tables import ID

_NAME = re.compile(r"crmclean_c\d+")
_NOT_NULL = "23502"  # SQLSTATE


@dataclass(frozen=True)
class SqlWriting:
    """What is said to the database in a transaction; see database.Writing."""

    connection: sa.Connection
    objects: Mapping[str, TargetObject]
    tables: Tables

    def last_id(self) -> int:
        """Lock the one row of the sequence, and ask it and all tables."""
        last = int(self.connection.execute(sa.select(self.tables.sequence.c.last).with_for_update()).scalar_one())
        return max(last, *(int(id_ or 0) for id_ in self.connection.execute(self.tables.highest).scalars()))

    def mark_of(self, request: Request) -> tuple[int, Refused] | None:
        """Look for the request's marker."""
        applied = self.tables.applied
        found = self.connection.execute(sa.select(applied).where(applied.c.marker == request.marker)).one_or_none()
        return None if found is None else (found.last, json.loads(found.refused))

    def set_mark(self, request: Request, last: int, done: Done) -> None:
        """Move the sequence on and store the marker."""
        self.connection.execute(self.tables.sequence.update().values(last=last + done.made))
        mark = {"marker": request.marker, "last": last, "refused": json.dumps(done.refused)}
        self.connection.execute(self.tables.applied.insert().values(mark))

    def with_keys(self, request: Request) -> dict[str, int]:
        """Look the keys up."""
        table = self._table(request)
        key = table.c[self.objects[request.object].key]
        keys = [row.key for row in request.rows]
        query = sa.select(key, table.c[ID]).where(is_one_of(self.connection.engine, key, keys))
        return {str(found): number for found, number in self.connection.execute(query)}

    def still_there(self, request: Request) -> dict[str, int]:
        """Look the ids up."""
        wanted = {int(row.target_id): row.key for row in request.rows if row.target_id}
        column = self._table(request).c[ID]
        query = sa.select(column).where(is_one_of(self.connection.engine, column, list(wanted)))
        return {wanted[number]: number for number in self.connection.execute(query).scalars()}

    def insert(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Insert, by COPY where there is one."""
        names = (ID, self.objects[request.object].key, *request.fields)
        values = ((id_, row.key, *row.cells) for row, id_ in zip(rows, ids, strict=True))
        with self._told():
            if self.connection.dialect.driver == "psycopg":
                copy_rows(self.connection, self._table(request).name, names, values)
            else:
                named = [dict(zip(names, row, strict=True)) for row in values]
                self.connection.execute(self._table(request).insert(), named)

    def update(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Update by id."""
        table, names = self._table(request), [f"cell{number}" for number in range(len(request.fields))]
        values: dict[str, Any] = {
            field: sa.bindparam(name, type_=table.c[field].type)
            for field, name in zip(request.fields, names, strict=True)
        }
        named = [
            {"its_id": id_, **dict(zip(names, self._typed(request, row), strict=True))}
            for row, id_ in zip(rows, ids, strict=True)
        ]
        if request.operation is Operation.ADOPT:
            values[self.objects[request.object].key] = sa.bindparam("its_key")
            named = [each | {"its_key": row.key} for each, row in zip(named, rows, strict=True)]
        statement = table.update().where(table.c[ID] == sa.bindparam("its_id")).values(values)
        with self._told():
            self.connection.execute(statement, named)

    def delete(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:  # noqa: ARG002
        """Delete by the ids that the crosswalk knows."""
        table = self._table(request)
        statement = table.delete().where(table.c[ID] == sa.bindparam("its_id"))
        with self._told():
            self.connection.execute(statement, [{"its_id": int(row.target_id or 0)} for row in rows])

    @contextmanager
    def part(self) -> Iterator[None]:
        """Set a savepoint."""
        with self.connection.begin_nested():
            yield

    def _table(self, request: Request) -> sa.Table:
        return self.tables.objects[request.object]

    def _typed(self, request: Request, row: Row) -> list[str | int | None]:
        fields = self.objects[request.object].fields
        return [
            int(cell) if cell is not None and fields[name].type == "reference" else cell
            for name, cell in zip(request.fields, row.cells, strict=True)
        ]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise ConstraintError(*self._reason(error)) from None

    def _reason(self, error: DBAPIError) -> tuple[str, str | None]:
        diagnosis = getattr(error.orig, "diag", None)
        if diagnosis is not None and diagnosis.sqlstate == _NOT_NULL:
            return "target.required", diagnosis.column_name
        name = _NAME.search(str(error.orig))
        return self.tables.meanings[name[0]] if name else ("target.refused", None)
