"""The statements that write a batch into an SQLite file, inside one transaction."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import Operation, Request, Row
from crmclean.destinations.databases.batches import ConstraintError
from crmclean.destinations.databases.numbered import Done, Refused
from crmclean.destinations.databases.sqlite_schema import quoted
from crmclean.destinations.databases.tables import ID, TableThere

_NAMED = re.compile(r"(?:CHECK constraint failed: )?(\w+):([^:]+)")
_PLAIN = re.compile(r"(NOT NULL|UNIQUE) constraint failed: (?:[^,]*\.)?(.+)$")
_PLAIN_CODES = {"NOT NULL": "required", "UNIQUE": "unique"}


@dataclass(frozen=True)
class SqliteWriting:
    """What is said to SQLite in a transaction; see database.Writing."""

    database: sqlite3.Connection
    objects: Mapping[str, TargetObject]

    def last_id(self) -> int:
        """Ask the sequence and all tables; the file is ours until the end."""
        tables = "".join(f" UNION ALL SELECT max({ID}) FROM {quoted(name)}" for name in self.objects)
        sql = f"SELECT max(last) FROM (SELECT last FROM crmclean_sequence{tables})"  # others may have made records
        return int(self.database.execute(sql).fetchone()[0])

    def mark_of(self, request: Request) -> tuple[int, Refused] | None:
        """Look for the request's marker."""
        sql = "SELECT last, refused FROM crmclean_applied WHERE marker = ?"
        found = self.database.execute(sql, (request.marker,)).fetchone()
        return found and (found[0], json.loads(found[1]))

    def set_mark(self, request: Request, last: int, done: Done) -> None:
        """Move the sequence on and store the marker."""
        self.database.execute("UPDATE crmclean_sequence SET last = ?", (last + done.made,))
        mark = (request.marker, last, json.dumps(done.refused))
        self.database.execute("INSERT INTO crmclean_applied VALUES (?, ?, ?)", mark)

    def with_keys(self, request: Request) -> dict[str, int]:
        """Look the keys up."""
        key = quoted(self.objects[request.object].key)
        sql = f"SELECT {key}, {ID} FROM {quoted(request.object)} WHERE {key} IN (SELECT value FROM json_each(?))"
        return dict(self.database.execute(sql, (json.dumps([row.key for row in request.rows]),)))

    def still_there(self, request: Request) -> dict[str, int]:
        """Look the ids up."""
        wanted = {int(row.target_id): row.key for row in request.rows if row.target_id}
        sql = f"SELECT {ID} FROM {quoted(request.object)} WHERE {ID} IN (SELECT value FROM json_each(?))"
        return {wanted[number]: number for (number,) in self.database.execute(sql, (json.dumps(list(wanted)),))}

    def insert(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Insert."""
        columns = (*request.fields, ID, self.objects[request.object].key)
        names, marks = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
        self._put(f"INSERT INTO {quoted(request.object)} ({names}) VALUES ({marks})", rows, ids)

    def update(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Update by id."""
        names, last = request.fields, len(request.fields)
        kept = [f"{quoted(name)} = ?{place}" for place, name in enumerate(names, start=1)]
        if request.operation is Operation.ADOPT:
            kept.append(f"{quoted(self.objects[request.object].key)} = ?{last + 2}")
        where = f"{ID} = ?{last + 1} AND ?{last + 2} IS NOT NULL"
        self._put(f"UPDATE {quoted(request.object)} SET {', '.join(kept)} WHERE {where}", rows, ids)

    def delete(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:  # noqa: ARG002
        """Delete by the ids that the crosswalk knows."""
        with _told():
            sql = f"DELETE FROM {quoted(request.object)} WHERE {ID} = ?"
            self.database.executemany(sql, ((row.target_id,) for row in rows))

    @contextmanager
    def part(self) -> Iterator[None]:
        """Set a savepoint."""
        self.database.execute("SAVEPOINT part")
        try:
            yield
        except ConstraintError:
            self.database.execute("ROLLBACK TO part")
            raise
        finally:
            if self.database.in_transaction:  # a full disk has rolled it back already
                self.database.execute("RELEASE part")

    def _put(self, sql: str, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Run a statement on the cells, the id and the key of each row."""
        cells, keys = map(itemgetter(1), rows), map(itemgetter(0), rows)  # a third faster than by name
        with _told():
            self.database.executemany(sql, ([*own, id_, key] for own, id_, key in zip(cells, ids, keys, strict=True)))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise ConstraintError(*_reason(str(error))) from None


def _reason(message: str) -> tuple[str, str | None]:
    plain = _PLAIN.search(message)
    if plain:
        return f"target.{_PLAIN_CODES[plain[1]]}", plain[2]
    named = _NAMED.fullmatch(message)
    if named:
        return f"target.{named[1]}", named[2]
    return ("target.reference" if message.startswith("FOREIGN KEY") else "target.refused"), None


def table_there(database: sqlite3.Connection, name: str) -> TableThere | None:
    """Return what the file says of a table; None where there is none."""
    found = database.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    if not found:
        return None
    columns = {column: bool(required) and default is None for _, column, _, required, default, _ in found}
    sql = """SELECT min(i.name) FROM pragma_index_list(?) l, pragma_index_info(l.name) i
             WHERE l."unique" AND NOT l.partial GROUP BY l.name HAVING count(*) = 1"""
    return TableThere(columns, frozenset(column for (column,) in database.execute(sql, (name,))))
