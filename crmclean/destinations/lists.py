"""What a person looks at after a round, as CSV files beside the rejects; they hold cell values."""

import csv
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from crmclean.workspace.atomic import make_folder, replacing

Change = tuple[str, str, str, str | None, str | None]  # object, key, field, sent, found
Missing = tuple[str, str]  # object, key
_LISTS = {
    "conflict": (
        ("object", "_record", "target_id", "field", "sent_last", "ours", "theirs"),
        """SELECT o.name, c.record, c.target_id, x.field, x.sent, x.ours, x.theirs FROM conflict x
           JOIN round n ON n.id = x.round JOIN crosswalk c ON c.id = x.number JOIN object o ON o.id = c.object
           WHERE n.name = ? ORDER BY o.id, c.record, x.field""",
    ),
    "gone": (
        ("object", "_record", "target_id"),
        """SELECT o.name, c.record, c.target_id FROM gone x JOIN round n ON n.id = x.round
           JOIN crosswalk c ON c.id = x.number JOIN object o ON o.id = c.object
           WHERE n.name = ? ORDER BY o.id, c.record""",
    ),
}


def write_list(database: sqlite3.Connection, path: Path, which: str, round_: str) -> int:
    """Write the conflicts or the gone records of a round; return how many lines, and leave no file where none."""
    header, sql = _LISTS[which]
    return _write(path, header, database.execute(sql, (round_,)).fetchall())


def write_changes(path: Path, changes: Sequence[Change]) -> int:
    """Write the cells that the target changed by itself."""
    return _write(path, ("object", "_record", "field", "sent", "found"), changes)


def write_missing(path: Path, missing: Sequence[Missing]) -> int:
    """Write the records that were sent and are not at the target any more."""
    return _write(path, ("object", "_record"), missing)


def write_kept(path: Path, kept: Sequence[tuple[str, str, str | None, str]]) -> int:
    """Write what a rollback leaves alone, and why: object, record, target id, code."""
    return _write(path, ("object", "_record", "target_id", "_code"), kept)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> int:
    lines = list(rows)
    if not lines:
        path.unlink(missing_ok=True)
        return 0
    make_folder(path.parent)
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
    return len(lines)
