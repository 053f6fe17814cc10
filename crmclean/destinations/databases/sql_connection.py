"""How an SQL database is reached, and what is said to it in more than one place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.databases.tables import TableThere
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault, PlanError, RefusedError
from crmclean.files.sql import sql_url


def connection_url(settings: Settings) -> sa.URL:
    """Return the URL of a destination with its secret.

    Raises:
        PlanError: it cannot be read.
    """
    try:
        return sql_url(settings.url, settings.secret("password"))
    except SQLAlchemyError as error:
        where = f"migration.toml [destinations.{settings.name}]"
        hint = "write url = 'postgresql://user@host/database'"
        raise PlanError(Fault(where, "url cannot be read", hint, "destination.url")) from error


# What PostgreSQL's codes (SQLSTATE, or its first two characters) call for; other databases get the general words.
_URL = "url"  # takes the place of the address
_ERRORS = {
    "28": Fault(_URL, "does not let the user in", "check the user in the url, and PASSWORD", "destination.not-allowed"),
    "3D000": Fault(_URL, "has no such database", "check the url, or create the database", "destination.no-database"),
    "42501": Fault(_URL, "forbids it", "grant it to the user of the url, or name another", "destination.not-allowed"),
}
_TURNED_AWAY = {
    "28000": re.compile('authentication failed|no password supplied|no pg_hba.conf entry|role ".*" (does|is) not'),
    "3D000": re.compile('database ".*" does not exist'),
}
_FULL = "53100"


@contextmanager
def database_failures(settings: Settings, url: sa.URL) -> Iterator[None]:
    """Say what is wrong wherever the database cannot be worked with; never in its own words, they quote cells.

    Raises:
        RefusedError: its user may not do this. DestinationError: it failed.
    """
    try:
        yield
    except SQLAlchemyError as error:
        where, state = url.render_as_string(hide_password=True), _state(error)
        known = _ERRORS.get(state) or _ERRORS.get(state[:2])
        if known:
            hint = known.hint.replace("PASSWORD", settings.variable("password"))
            raise RefusedError(replace(known, where=where, hint=hint)) from None
        reason = f"{type(error).__name__}, {state or 'no code'}"
        full = state == _FULL
        hint = "make room on its disk" if full else "check that it runs, and that nobody changed its tables meanwhile"
        fault = Fault(
            where, f"the database failed ({reason})", f"{hint}; then run the same again", "destination.database"
        )
        raise DestinationError(fault) from None


def _state(error: SQLAlchemyError) -> str:
    """Return the SQLSTATE; an attempt to connect has none, but says in words why it was turned away."""
    cause = getattr(error, "orig", None)
    state = getattr(cause, "sqlstate", None)
    if state:
        return str(state)
    return next((code for code, words in _TURNED_AWAY.items() if words.search(str(cause))), "")


def is_one_of(engine: sa.Engine, column: sa.Column[Any], values: Sequence[object]) -> sa.ColumnElement[bool]:
    """Return the condition that a column holds one of many values; PostgreSQL takes them as one array."""
    if engine.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), sa.ARRAY(type(column.type))))
    return column.in_(list(values))


def copy_rows(connection: sa.Connection, table: str, names: Sequence[str], values: Iterable[Sequence[object]]) -> None:
    """Load rows by PostgreSQL's COPY; errors come out as those of SQLAlchemy."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    sql = f"COPY {quote(table)} ({', '.join(map(quote, names))}) FROM STDIN"
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(sql) as copy:
            for row in values:
                copy.write_row(row)
    except (cursor.connection.IntegrityError, cursor.connection.DataError) as error:
        raise IntegrityError(sql, None, error) from error
    except cursor.connection.Error as error:
        raise OperationalError(sql, None, error) from error
    finally:
        cursor.close()


def add_column(connection: sa.Connection, column: sa.Column[Any]) -> str:
    """Rows that are there have no value for it, so that the new column is never NOT NULL."""
    prepared = connection.dialect.identifier_preparer
    kind = column.type.compile(connection.dialect)
    table, name = prepared.quote(column.table.name), prepared.quote(column.name)
    return f"ALTER TABLE {table} ADD COLUMN {name} {kind}"


def height(connection: sa.Connection, table: str) -> int:
    """Return the number of rows of a table."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one())


def tables_there(connection: sa.Connection, schema: TargetSchema) -> dict[str, TableThere]:
    """Return what the database says of the tables that are there already."""
    look = sa.inspect(connection)
    return {name: _table_there(look, name) for name in schema.objects if look.has_table(name)}


def _table_there(look: sa.Inspector, name: str) -> TableThere:
    columns = {
        str(column["name"]): not column["nullable"] and column["default"] is None and not column.get("identity")
        for column in look.get_columns(name)
    }
    alone: list[list[Any]] = [[*each["column_names"]] for each in look.get_unique_constraints(name)]
    alone += [[*each["column_names"]] for each in look.get_indexes(name) if each["unique"]]
    alone.append([*look.get_pk_constraint(name)["constrained_columns"]])
    return TableThere(columns, frozenset(str(names[0]) for names in alone if len(names) == 1))


def text_of(value: object) -> str | None:
    """Return a cell as text."""
    return None if value is None else str(value)
