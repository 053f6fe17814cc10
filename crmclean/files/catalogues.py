"""The tables and columns of an SQLite database, without a look at its rows."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crmclean.files.databases import table_names
from crmclean.files.opening import refuse


@dataclass(frozen=True)
class Column:
    """One column; type: as the database writes it. required: not null, and nothing is put in by default."""

    name: str
    type: str
    required: bool
    unique: bool


def sqlite_catalogue(path: Path) -> Mapping[str, Sequence[Column]]:
    """Return table -> columns.

    Raises:
        InputError: it is no database.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            return {table: _columns(base, table) for table in table_names(base)}
    except sqlite3.Error as error:
        raise refuse(path, "is damaged, or no SQLite database", "name another file", "file.damaged") from error


def _columns(base: sqlite3.Connection, table: str) -> list[Column]:
    keys = base.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', (table,)).fetchall()
    indexed = [base.execute("SELECT name FROM pragma_index_info(?)", (name,)).fetchall() for (name,) in keys]
    alone = {columns[0][0] for columns in indexed if len(columns) == 1}
    told = base.execute('SELECT name, type, "notnull", dflt_value FROM pragma_table_info(?)', (table,))
    return [Column(name, kind, bool(needed) and default is None, name in alone) for name, kind, needed, default in told]
