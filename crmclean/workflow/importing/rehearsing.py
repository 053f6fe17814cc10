"""The rehearsal starts over when its inputs change; see docs/decisions/0010."""

import shutil
from pathlib import Path

from crmclean.destinations.outcomes import last_round, reading
from crmclean.destinations.registry import REHEARSAL
from crmclean.workspace.atomic import make_folder
from crmclean.workspace.paths import Workspace

FIRST_ROUND = "first"


def start_over_if_changed(workspace: Workspace, inputs: str, round_: str | None) -> None:
    """Put the last rehearsal aside where it was of other inputs: it holds nothing that could be lost.

    round_: a later round, which needs what the rounds before it left behind.
    """
    journal, database = workspace.journal(REHEARSAL), workspace.rehearsal
    if journal.is_file() and database.is_file() and (round_ is not None or _is_of(journal, inputs)):
        return
    aside = workspace.state / f"{REHEARSAL}.previous"
    found = [path for path in (*_with_logs(journal), *_with_logs(database)) if path.is_file()]
    if found:
        shutil.rmtree(aside, ignore_errors=True)
        make_folder(aside)
    for path in found:
        path.replace(aside / path.name)


def _is_of(journal: Path, inputs: str) -> bool:
    with reading(journal) as database:
        last = last_round(database)
    return last is not None and last.inputs == inputs and not last.undone


def _with_logs(database: Path) -> tuple[Path, ...]:
    """Return the files that SQLite keeps for one database; the journal goes first, so that it never stands alone."""
    return (database, *(database.with_name(database.name + suffix) for suffix in ("-wal", "-shm")))
