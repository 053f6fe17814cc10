"""What is wrong with a journal that cannot be used: a newer version wrote it, it is damaged, or the disk is full."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmclean.errors import CrmcleanError, DestinationError, Fault, RefusedError

VERSION = 1  # of the tables
# What the operating system, another program or a full disk is to blame for: it may pass.
_OUTSIDE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_LOCKED")


def damaged(path: Path) -> RefusedError:
    """Return the error for a journal whose content cannot be trusted."""
    hint = (
        "put state/ back from a backup, as it was after the last command; without one, move this file away: "
        "records are found at the target by their key, so that none is doubled"
    )
    return RefusedError(Fault(str(path), "the journal is damaged", hint, "journal.damaged"))


def failure(path: Path, error: Exception) -> CrmcleanError:
    """Return what to say of an error of SQLite's or of the file system's."""
    reason = getattr(error, "sqlite_errorname", type(error).__name__)
    if isinstance(error, OSError) or reason.startswith(_OUTSIDE):
        hint = "check the permissions and the free space, then run the same command again: nothing is lost"
        problem = f"the journal cannot be written ({reason})"
        return DestinationError(Fault(str(path), problem, hint, "journal.cannot-write"))
    return damaged(path)


@contextmanager
def journal_failures(path: Path) -> Iterator[None]:
    """Say what is wrong with the journal wherever SQLite cannot work with it."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise failure(path, error) from error


def check_version(database: sqlite3.Connection, path: Path) -> None:
    """Refuse a journal whose tables this version does not know.

    Raises:
        RefusedError: a newer version wrote it.
    """
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'migration'").fetchone():
        return
    row = database.execute("SELECT version FROM migration").fetchone()
    if row is None:
        raise damaged(path)
    if row[0] > VERSION:
        hint = "update crmclean, here and wherever else this workspace is used"
        raise RefusedError(Fault(str(path), "was written by a newer version", hint, "journal.newer-version"))
