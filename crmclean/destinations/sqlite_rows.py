"""The statements that write rows into the rehearsal, and what its tables look like."""

import json
import sqlite3
from collections.abc import Sequence

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import Operation, Request
from crmclean.destinations.database_tables import ID, TableThere
from crmclean.destinations.sqlite_schema import quoted


def present(database: sqlite3.Connection, request: Request) -> dict[str, int]:
    """Return key -> id of the rows whose records are still there under the ids that the crosswalk knows."""
    wanted = {int(row.target_id): row.key for row in request.rows if row.target_id}
    sql = f"SELECT {ID} FROM {quoted(request.object)} WHERE {ID} IN (SELECT value FROM json_each(?))"
    return {wanted[number]: number for (number,) in database.execute(sql, (json.dumps(list(wanted)),))}


def table_there(database: sqlite3.Connection, name: str) -> TableThere | None:
    """Return what the file says of a table; None where there is none."""
    found = database.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    if not found:
        return None
    columns = {column: bool(required) and default is None for _, column, _, required, default, _ in found}
    sql = """SELECT min(i.name) FROM pragma_index_list(?) l, pragma_index_info(l.name) i
             WHERE l."unique" AND NOT l.partial GROUP BY l.name HAVING count(*) = 1"""
    return TableThere(columns, frozenset(column for (column,) in database.execute(sql, (name,))))


def insert_sql(object_: TargetObject, names: Sequence[str]) -> str:
    """Return the statement that makes a record: the fields, then its id and its key."""
    columns = ", ".join(map(quoted, (*names, ID, object_.key)))
    marks = ", ".join("?" * (len(names) + 2))
    return f"INSERT INTO {quoted(object_.name)} ({columns}) VALUES ({marks})"


def update_sql(object_: TargetObject, names: Sequence[str], *, operation: Operation) -> str:
    """Return the statement that writes the fields of a record, then its id and its key."""
    kept = [f"{quoted(name)} = ?{place}" for place, name in enumerate(names, start=1)]
    if operation is Operation.ADOPT:
        kept.append(f"{quoted(object_.key)} = ?{len(names) + 2}")
    where = f"{ID} = ?{len(names) + 1} AND ?{len(names) + 2} IS NOT NULL"
    return f"UPDATE {quoted(object_.name)} SET {', '.join(kept)} WHERE {where}"
