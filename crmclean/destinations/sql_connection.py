"""How an SQL database is reached, and what is said to it in more than one place."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from crmclean.crm.target_model import TargetField, TargetSchema
from crmclean.destinations.settings import Settings
from crmclean.errors import Fault, PlanError
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


def written(field: TargetField, old: sa.Column[Any], new: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return what an upsert leaves in a field that is there already."""
    if field.write == "never":
        return sa.case((new.is_(None), old), else_=old)  # the value is given all the same: every row has all cells
    if field.write == "append":
        known = sa.or_(new.is_(None), sa.func.replace(old, new, "") != old)
        return sa.case((old.is_(None), new), (known, old), else_=old + "\n" + new)
    return sa.func.coalesce(old, new) if field.insert_only or field.write == "fill_blank" else new


def add_column(connection: sa.Connection, column: sa.Column[Any]) -> str:
    """Rows that are there have no value for it, so that the new column is never NOT NULL."""
    prepared = connection.dialect.identifier_preparer
    kind = column.type.compile(connection.dialect)
    table, name = prepared.quote(column.table.name), prepared.quote(column.name)
    return f"ALTER TABLE {table} ADD COLUMN {name} {kind}"


def height(connection: sa.Connection, table: str) -> int:
    """Return the number of rows of a table."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one())


def columns_there(connection: sa.Connection, schema: TargetSchema) -> dict[str, set[str]]:
    """Return object -> columns of the tables that are there already."""
    look = sa.inspect(connection)
    names = [name for name in schema.objects if look.has_table(name)]
    return {name: {str(column["name"]) for column in look.get_columns(name)} for name in names}


def text_of(value: object) -> str | None:
    """Return a cell as text."""
    return None if value is None else str(value)
