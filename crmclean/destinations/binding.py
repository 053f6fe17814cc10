"""What a journal belongs to: with another destination, account or mapping its crosswalk would be wrong."""

import sqlite3
import uuid
from dataclasses import replace
from pathlib import Path

from crmclean.destinations.entries import Binding
from crmclean.destinations.journal import Journal
from crmclean.destinations.journal_faults import VERSION
from crmclean.destinations.outcomes import reading
from crmclean.errors import Fault, RefusedError

_TABLES = Path(__file__).with_name("tables.sql")
_HINTS = {
    "destination": "give this destination a name of its own in the plan",
    "kind": "give the changed destination a new name in [destinations]",
    "identity": (
        "the address or the credentials lead elsewhere than last time, or the database was made anew: put the first "
        "one back, or give the new one a destination name of its own"
    ),
    "mapping": "the target's fields changed since the first import; import them under a new destination name",
}
_NAMES = {"identity": "account or database"}


def bind(journal: Journal, binding: Binding) -> None:
    """Tie a new journal to its destination, or check that this one belongs to it. Gates and samples have no part in it.

    Raises:
        RefusedError: it was written for another destination or mapping.
    """
    if not _is_made(journal.database):
        _create(journal, binding)
    journal.token = journal.database.execute("SELECT token FROM migration").fetchone()[0]
    faults = _differences(_bound(journal.database), binding, journal.path)
    if faults:
        raise RefusedError(*faults)


def check_identity(path: Path, identity: str | None) -> None:
    """Check, before anything is made at the target, that it is the one which its journal belongs to, if there is one.

    identity: of the target, as its preflight tells; None: it cannot.

    Raises:
        RefusedError: it is another one.
    """
    if identity is None or not path.is_file():
        return
    with reading(path) as database:
        bound = _bound(database) if _is_made(database) else None
    faults = _differences(bound, replace(bound, identity=identity), path) if bound else ()
    if faults:
        raise RefusedError(*faults)


def _bound(database: sqlite3.Connection) -> Binding:
    return Binding(*database.execute("SELECT destination, kind, identity, mapping FROM migration").fetchone())


def _is_made(database: sqlite3.Connection) -> bool:
    return bool(database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'migration'").fetchone()[0])


def _create(journal: Journal, binding: Binding) -> None:
    statements = [part for part in _TABLES.read_text(encoding="utf-8").split(";\n") if part.strip()]
    row = (VERSION, uuid.uuid4().hex, binding.destination, binding.kind, binding.identity, binding.mapping)
    with journal.commit() as database:
        for statement in statements:
            database.execute(statement)
        database.execute("INSERT INTO migration VALUES (1, ?, ?, ?, ?, ?, ?)", row)


def _differences(bound: Binding, wanted: Binding, path: Path) -> tuple[Fault, ...]:
    return tuple(
        Fault(str(path), f"belongs to another {_NAMES.get(name, name)}", hint, f"journal.other-{name}")
        for name, hint in _HINTS.items()
        if getattr(bound, name) != getattr(wanted, name)
    )
