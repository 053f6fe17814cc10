"""What the plan reads from databases, copied into run/database, where the phases find it like an export.

The rows of a table have no order of their own: the copy has them in the order of their cells, so that equal tables make
equal files and nothing runs again. Beside a copy stands its hash, which stays where the copy goes again.
"""

from importlib import import_module

import polars as pl

from crmclean.errors import CrmcleanError, Fault, InputError, PlanError
from crmclean.files.databases import read_sqlite
from crmclean.files.tables import write_parquet
from crmclean.pipeline.caching import database_hash, file_hash
from crmclean.plan.model import Database, Plan, Source, SourceFile
from crmclean.plan.secrets import secret
from crmclean.plan.suppress import ERASE
from crmclean.workspace.atomic import make_folder, write_text
from crmclean.workspace.events import Event, Notify, silent

SQLITE = "sqlite:///"  # read without SQLAlchemy


def fetch(plan: Plan, notify: Notify = silent) -> None:
    """Read every table and query that the plan names, each through a connection that only reads.

    Raises:
        InputError: databases that cannot be used, all of them at once. PlanError: a library is missing.
    """
    wanted = [(source, file, file.database) for source, file in plan.files if file.database]
    faults: list[Fault] = []
    for source, file, database in wanted:
        try:
            rows = _copy(plan, source, file, database)
        except PlanError:
            raise
        except CrmcleanError as error:
            faults += error.faults
        else:
            notify(Event("progress", "fetch", file.path, done=rows))
    if faults:
        raise InputError(*faults)


def _copy(plan: Plan, source: Source, file: SourceFile, database: Database) -> int:
    answer = _answer(plan, source, database)
    rows = answer.sort(answer.columns, nulls_last=True) if answer.width else answer
    path = plan.root / file.path
    make_folder(path.parent)
    write_parquet(rows, path)
    write_text(database_hash(path), file_hash(path) or "")
    return rows.height


def drop_copies(plan: Plan) -> None:
    """Remove the copies where a list erases people: only their hashes stay, by which an unchanged table is known."""
    if any(entry.reason == ERASE for entry in plan.suppress):
        for _, file in plan.files:
            if file.database:
                (plan.root / file.path).unlink(missing_ok=True)


def _answer(plan: Plan, source: Source, database: Database) -> pl.DataFrame:
    if database.url.startswith(SQLITE):
        return read_sqlite(plan.root / database.url.removeprefix(SQLITE), database.query)
    try:
        read_sql = import_module("crmclean.files.sql").read_sql  # by name: few need SQLAlchemy
    except ImportError as error:
        hint = 'pip install "crmclean[sql]"'
        raise PlanError(Fault("migration.toml", "databases need SQLAlchemy", hint, "plan.not-installed")) from error
    answer: pl.DataFrame = read_sql(database.url, database.query, secret(source.name, "password"))
    return answer
