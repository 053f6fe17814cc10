"""The tables and columns of a SQL database that SQLAlchemy speaks to."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from crmclean.destinations.databases.sql_connection import connection_url
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault
from crmclean.files.catalogues import Column
from crmclean.files.sql import secure_arguments


def sql_catalogue(settings: Settings) -> Mapping[str, Sequence[Column]]:
    """Return table -> columns.

    Raises:
        DestinationError: the database cannot be reached.
    """
    settings.refuse_password()
    url = connection_url(settings)
    engine = sa.create_engine(url, connect_args=secure_arguments(url), hide_parameters=True)
    try:
        inspector = sa.inspect(engine)
        return {table: _columns(inspector, table) for table in sorted(inspector.get_table_names())}
    except SQLAlchemyError as error:
        where, hint = url.render_as_string(hide_password=True), "check that it runs, and who may read its catalogue"
        problem = f"the database failed ({type(error).__name__})"
        raise DestinationError(Fault(where, problem, hint, "destination.database")) from None
    finally:
        engine.dispose()


def _columns(inspector: sa.Inspector, table: str) -> list[Column]:
    alone = {
        each["column_names"][0] for each in inspector.get_unique_constraints(table) if len(each["column_names"]) == 1
    }
    return [
        Column(
            each["name"],
            str(each["type"]),
            required=not each["nullable"] and each.get("default") is None,
            unique=each["name"] in alone,
        )
        for each in inspector.get_columns(table)
    ]
