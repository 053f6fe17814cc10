"""What SQL databases have in common, whether they are read from or written to; through SQLAlchemy (extra `sql`)."""

from collections.abc import Iterator

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from crmclean.errors import Fault, InputError
from crmclean.files.databases import frame_of

_LOOPBACK = frozenset((None, "", "localhost", "127.0.0.1", "::1"))
_BATCH = 20_000  # rows that are turned into text at a time


def sql_url(url: str, password: str | None) -> sa.URL:
    """Return a URL as SQLAlchemy takes it; PostgreSQL is spoken to by psycopg.

    Raises:
        SQLAlchemyError: it cannot be read.
    """
    made = sa.make_url(url)
    if made.drivername == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
    return made.set(password=password)


def secure_arguments(url: sa.URL) -> dict[str, str]:
    """Ask for TLS unless the connection stays on this machine."""
    if not url.drivername.startswith("postgresql") or url.host in _LOOPBACK or "sslmode" in url.query:
        return {}
    return {"sslmode": "require"}


def read_sql(url: str, query: str, password: str | None) -> pl.DataFrame:
    """Return what a query answers, as text, in a transaction that can only read and is never committed.

    Raises:
        InputError: the URL cannot be read, nobody answers, or the database refuses the query.
    """
    try:
        known = sql_url(url, password)
        engine = sa.create_engine(known, connect_args=secure_arguments(known), hide_parameters=True)
    except (SQLAlchemyError, ImportError) as error:
        hint = 'write it like "postgresql://user@host/database"; its driver must be installed'
        raise InputError(Fault(_shown(url), "the database's URL cannot be used", hint, "database.url")) from error
    try:
        with engine.connect() as connection:
            options = {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}
            reading = connection.execution_options(stream_results=True, **options)
            answer = reading.exec_driver_sql(query)
            return frame_of(list(answer.keys()), _batches(answer))
    except SQLAlchemyError as error:
        raise _refused(known, error) from error
    finally:
        engine.dispose()


def _batches(answer: sa.CursorResult[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    for rows in answer.partitions(_BATCH):
        yield [tuple(row) for row in rows]


def _refused(url: sa.URL, error: SQLAlchemyError) -> InputError:
    """Name the kind of failure; the driver's own words may hold values."""
    kind = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
    if kind == "OperationalError":
        hint = "check host, database, user and the password in the environment, and that the server can be reached"
        return InputError(Fault(_shown(str(url)), "does not let us in", hint, "database.unreachable"))
    hint = "try the query in the database's own shell, as the same user"
    return InputError(Fault(_shown(str(url)), f"refuses the query: {kind}", hint, "database.query"))


def _shown(url: str) -> str:
    return url.partition("?")[0].replace("+psycopg", "").replace(":***@", "@")
