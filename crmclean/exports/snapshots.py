"""Exports that come again and again under a new day: `exports/2026-01-05/contacts.csv`, `contacts_20260105.csv`.

The plan writes the day as `{date}`: the newest one is migrated, older ones are history.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crmclean.files.opening import container_of

DATE = "{date}"
_DAY = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Snapshot:
    """One export of a series. path: relative to the workspace, with `/`."""

    day: date
    path: str


def snapshots(root: Path, pattern: str) -> tuple[Snapshot, ...]:
    """Return the files that a path with `{date}` stands for, oldest first; several of one day by their names."""
    parts = pattern.split("/")
    place = next((number for number, part in enumerate(parts) if DATE in part), None)
    if place is None:
        return ()
    folder = root.joinpath(*parts[:place])
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    found = []
    for name in names:
        path = "/".join((*parts[:place], name, *parts[place + 1 :]))
        known = series(path)
        if known and known[0] == pattern and container_of(root / path).is_file():
            found.append(Snapshot(known[1], path))
    return tuple(sorted(found, key=lambda one: (one.day, one.path)))


def series(path: str) -> tuple[str, date] | None:
    """Return the pattern that a dated path belongs to and its day; None where it names no day, or several."""
    days = [(found, day) for found in _DAY.finditer(path) for day in _day(found)]
    if len(days) != 1:
        return None
    found, day = days[0]
    return path[: found.start()] + DATE + path[found.end() :], day


def _day(found: re.Match[str]) -> Iterator[date]:
    try:
        yield date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:  # such as the 31st of February
        return
