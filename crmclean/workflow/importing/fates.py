"""What a destination's journal says of records; without all that it takes to import them."""

import sqlite3

import polars as pl

from crmclean.destinations.outcomes import last_round, ledger_rows, reading
from crmclean.destinations.registry import REHEARSAL
from crmclean.files.tables import schema_of
from crmclean.pipeline.ledger import IMPORTED
from crmclean.workspace.paths import Workspace


def imported(workspace: Workspace, to: str = REHEARSAL) -> pl.DataFrame | None:
    """Return what the journal of a destination says of records (pipeline.ledger IMPORTED); None before an import."""
    if not workspace.journal(to).is_file():
        return None
    with reading(workspace.journal(to)) as database:
        last = last_round(database)
        return None if last is None else imported_in(database, last.name)


def imported_in(database: sqlite3.Connection, round_: str) -> pl.DataFrame:
    """Return what a journal says of the records of one round."""
    rows = pl.DataFrame(ledger_rows(database, round_), schema=schema_of(IMPORTED), orient="row")
    return rows.sort("record")


def where_imported(workspace: Workspace, to: str, option: str = "--to") -> str:
    """Return a hint for who asks for an import that `to` never had: where there was one, or how to make one."""
    others = sorted(path.parent.name for path in workspace.state.glob("*/journal.sqlite") if path.parent.name != to)
    if others:
        return f"imports have gone to: {', '.join(others)}; name one with {option}"
    if workspace.purged.is_file():
        return "`crmclean purge` removed what was known of imports: kept/README.txt says when"
    return f"type `crmclean run --to {to}` first"
