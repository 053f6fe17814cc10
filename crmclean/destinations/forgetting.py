"""Takes erased records out of a journal: their payload, the target's words about them, and the id that they had.

The crosswalk keeps the target's id under the hash, so that what has to be erased at the target can be told.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import polars as pl

from crmclean.destinations.entries import State
from crmclean.errors import DestinationError, Fault

_KNOWN = "SELECT id FROM crosswalk WHERE record = ?"
_ROWS = "SELECT batch, position FROM row WHERE record = ?"
_STOP = f"UPDATE row SET state = {State.REJECTED.value}, code = ? WHERE record = ? AND state = {State.PLANNED.value}"
_AT_TARGET = """SELECT o.name, coalesce(s.target_id, c.target_id), c.record FROM crosswalk c
                JOIN object o ON o.id = c.object LEFT JOIN crosswalk s ON s.id = c.into_
                WHERE c.record LIKE ? AND coalesce(s.target_id, c.target_id) IS NOT NULL ORDER BY c.record"""


def forget(path: Path, ids: Mapping[str, str], code: str, redacted: Callable[[str], pl.Expr]) -> None:
    """Take records out of the journal at `path`; rows that were not sent yet are never sent (`code` says why).

    ids: record -> the id that stays. redacted: column -> its texts without what identifies erased people.

    Raises:
        DestinationError: the journal cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as database:
            _forget(database, ids, code, redacted)
    except sqlite3.Error as error:
        problem = f"the journal cannot be written ({getattr(error, 'sqlite_errorname', type(error).__name__)})"
        hint = "check the permissions and the free space, then run the same command again: nothing is lost"
        raise DestinationError(Fault(str(path), problem, hint, "journal.cannot-write")) from error


def _forget(
    database: sqlite3.Connection, ids: Mapping[str, str], code: str, redacted: Callable[[str], pl.Expr]
) -> None:
    known = {old: row[0] for old in ids if (row := database.execute(_KNOWN, (old,)).fetchone())}
    database.execute("PRAGMA secure_delete = ON")
    database.execute("BEGIN IMMEDIATE")
    for old, number in known.items():
        for batch, position in database.execute(_ROWS, (number,)).fetchall():
            _blank(database, batch, position, ids[old])
        database.execute(_STOP, (code, number))
        database.execute("UPDATE row SET message = NULL WHERE record = ?", (number,))
        database.execute("UPDATE crosswalk SET record = ?, hash = NULL WHERE id = ?", (ids[old], number))
        database.execute("DELETE FROM conflict WHERE number = ?", (number,))
        database.execute("UPDATE preimage SET cells = '{}' WHERE number = ?", (number,))
    for old, new in ids.items():
        database.execute("UPDATE outside SET record = ? WHERE record = ?", (new, old))
        database.execute("UPDATE speaker SET record = ? WHERE record = ?", (new, old))
        database.execute("UPDATE dropped SET record = ? WHERE record = ?", (new, old))
        database.execute("UPDATE dropped SET parent = ? WHERE parent = ?", (new, old))
    _redact(database, redacted)
    database.execute("COMMIT")
    database.execute("VACUUM")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _blank(database: sqlite3.Connection, batch: int, position: int, key: str) -> None:
    row = database.execute("SELECT body FROM payload WHERE batch = ?", (batch,)).fetchone()
    if row is None:
        return
    body = json.loads(row[0])
    if not body["rows"]:  # rows that were not sent again keep no payload
        return
    frozen = body["rows"][position]
    body["rows"][position] = {"key": key, "cells": [None] * len(frozen["cells"]), "refs": [None] * len(frozen["refs"])}
    database.execute("UPDATE payload SET body = ? WHERE batch = ?", (json.dumps(body), batch))


def _redact(database: sqlite3.Connection, redacted: Callable[[str], pl.Expr]) -> None:
    """Take what identifies erased people out of the frozen cells of others."""
    for (batch,) in database.execute("SELECT batch FROM payload ORDER BY batch").fetchall():
        body = json.loads(database.execute("SELECT body FROM payload WHERE batch = ?", (batch,)).fetchone()[0])
        cells = pl.DataFrame({"cell": pl.Series([row["cells"] for row in body["rows"]], dtype=pl.List(pl.String))})
        clean = cells.with_row_index("row").explode("cell", empty_as_null=False).with_columns(redacted("cell"))
        again = clean.group_by("row", maintain_order=True).agg("cell")
        texts = dict(again.iter_rows())
        if any(texts.get(number, []) != row["cells"] for number, row in enumerate(body["rows"])):
            rows = [row | {"cells": texts.get(number, [])} for number, row in enumerate(body["rows"])]
            whole = json.dumps(body | {"rows": rows})
            database.execute("UPDATE payload SET body = ? WHERE batch = ?", (whole, batch))


def erased_at_target(path: Path, mark: str) -> Iterator[tuple[str, str, str]]:
    """Return target object, target id and hashed record of what the target still has of erased records."""
    with closing(sqlite3.connect(path, timeout=30)) as database:
        yield from database.execute(_AT_TARGET, (f"%:{mark}%",)).fetchall()
