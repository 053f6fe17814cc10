"""A table of an SQLite file as a table of text. It is named like a file in a folder: `exports/crm.sqlite/contacts`."""

import sqlite3
from contextlib import closing
from pathlib import Path

from crmclean.files.opening import refuse
from crmclean.files.reading import Reading
from crmclean.files.records_of_text import reading_of

_TABLES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"


def read_database(path: Path, table: str | None, *, sha256: str, size: int) -> Reading:
    """Read one table or view; without a name the only one there is.

    Raises:
        InputError: no database, no such table, or several and none named.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            base.text_factory = lambda raw: raw.decode("utf-8", "replace")
            names = table_names(base)
            chosen = _chosen(path, names, table)
            quoted = chosen.replace('"', '""')
            cursor = base.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - the name is one of the file's own
            columns = [str(column[0]) for column in cursor.description]
            rows = [dict(zip(columns, map(_text, row), strict=True)) for row in cursor]
    except sqlite3.Error as error:
        raise refuse(path, "is damaged, or no SQLite database", "export it again, or as CSV", "file.damaged") from error
    return reading_of(rows, columns, "sqlite", f"table {chosen} of an SQLite database", sha256=sha256, size=size)


def table_names(base: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of the tables and views, sorted."""
    return tuple(str(name) for (name,) in base.execute(_TABLES))


def _chosen(path: Path, names: tuple[str, ...], wanted: str | None) -> str:
    if wanted in names:
        return wanted
    if wanted is None and len(names) == 1:
        return names[0]
    hint = f"name one of them, such as {path.name}/{names[0]}" if names else "export it again"
    problem = f"has no table {wanted}" if wanted else f"is a database of {len(names)} tables"
    raise refuse(path, problem, hint, "file.no-table")


def _text(value: object) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    return (
        repr(value)
        if isinstance(value, float) and not value.is_integer()
        else str(int(value) if isinstance(value, float) else value)
    )
