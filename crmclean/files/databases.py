"""A table or query of an SQLite file as a table of text.

A table is named like a file in a folder: `exports/crm.sqlite/contacts`. The file is opened for reading only.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.files.dialects import Dialect, unique_names
from crmclean.files.opening import refuse
from crmclean.files.reading import Reading

_TABLES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
_BATCH = 20_000  # rows that are turned into text at a time
_Row = Sequence[object]


def read_database(path: Path, table: str | None, *, sha256: str, size: int) -> Reading:
    """Read one table or view; without a name the only one there is.

    Raises:
        InputError: no database, no such table, or several and none named.
    """
    try:
        with closing(_opened(path)) as base:
            chosen = _chosen(path, table_names(base), table)
            cells = _answer(base, all_of(chosen))
    except sqlite3.Error as error:
        raise refuse(path, "is damaged, or no SQLite database", "export it again, or as CSV", "file.damaged") from error
    header = tuple(cells.columns)
    names = unique_names(header)
    rows = cells.rename(dict(zip(header, names, strict=True)))
    return Reading(
        frame=rows.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_row")).lazy(),
        header=header,
        names=names,
        dialect=Dialect("sqlite", "", None, ""),
        evidence=(f"table {chosen} of an SQLite database",),
        rows=rows.height,
        sha256=sha256,
        size=size,
    )


def read_sqlite(path: Path, query: str) -> pl.DataFrame:
    """Return what a query answers, as text.

    Raises:
        InputError: no database, or it refuses the query.
    """
    if not path.is_file():
        raise refuse(path, "there is no such database", "check the path; it starts at the workspace", "file.missing")
    try:
        with closing(_opened(path)) as base:
            return _answer(base, query)
    except sqlite3.Error as error:
        problem = f"refuses the query: {_harmless(error)}"
        hint = "try it in the database's own shell"
        raise InputError(Fault(str(path), problem, hint, "database.query")) from error


def table_names(base: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of the tables and views, sorted."""
    return tuple(str(name) for (name,) in base.execute(_TABLES))


def all_of(*names: str) -> str:
    """Return the query for all rows of a table; `names`: the table's, behind that of its schema where it has one."""
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in names)
    return f"SELECT * FROM {quoted}"  # noqa: S608 - quoted above


def frame_of(columns: Sequence[str], batches: Iterable[Sequence[_Row]]) -> pl.DataFrame:
    """Return rows of values as a frame of text: dates in ISO form, no `.0`, null for what is empty or binary."""
    schema = dict.fromkeys(unique_names(columns), pl.String())
    frames = [_batch(rows, schema) for rows in batches]
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def _batch(rows: Sequence[_Row], schema: dict[str, pl.String]) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pl.DataFrame({name: list(map(_text, cells)) for name, cells in zip(schema, columns, strict=True)}, schema)


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    base.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return base


def _answer(base: sqlite3.Connection, query: str) -> pl.DataFrame:
    cursor = base.execute(query)
    return frame_of([str(column[0]) for column in cursor.description or ()], _batches(cursor))


def _batches(cursor: sqlite3.Cursor) -> Iterator[list[_Row]]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


def _chosen(path: Path, names: tuple[str, ...], wanted: str | None) -> str:
    if wanted in names:
        return wanted
    if wanted is None and len(names) == 1:
        return names[0]
    hint = f"name one of them, such as {path.name}/{names[0]}" if names else "export it again"
    problem = f"has no table {wanted}" if wanted else f"is a database of {len(names)} tables"
    raise refuse(path, problem, hint, "file.no-table")


def _harmless(error: sqlite3.Error) -> str:
    """Return the message of an error where it names tables and columns only."""
    message = str(error)
    return message if message.startswith("no such") else type(error).__name__


def _text(value: object) -> str | None:
    if value is None or isinstance(value, bytes | memoryview):
        return None
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)
