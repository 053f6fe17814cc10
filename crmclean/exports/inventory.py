"""Every file of the exports folder has a line: used, an older snapshot, ignored with a person's reason, or undecided.

An archive of several files has a line for each; a workbook or database has one for each sheet or table as soon as the
plan names one of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from crmclean.files.parts import parts_of

USED, OLDER, IGNORED, UNDECIDED = "used", "older", "ignored", "undecided"
OURS = ("hygiene.sqlite", "hygiene-accepted.csv")  # the scorecard keeps them beside the exports
PASSED_OVER = {".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore", *OURS}


@dataclass(frozen=True)
class Entry:
    """One file, or a part of one.

    path: relative to the workspace, with `/`. why: the object that it is used as, the newer snapshot, or the reason.
    size: bytes of the file.
    """

    path: str
    status: str
    why: str
    size: int


def inventory(
    root: Path,
    folder: Path,
    used: Mapping[str, str],
    ignored: Mapping[str, str],
    older: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Entry, ...]:
    """List the files below `folder`, in order of their paths.

    used: path -> object. ignored: path, or a folder's path, -> reason. older: snapshot -> the newer one that is used.
    """
    if not folder.is_dir():
        return ()
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in PASSED_OVER)
    told = {
        **{name: (IGNORED, reason) for name, reason in ignored.items()},
        **{name: (OLDER, f"snapshot before {newer}") for name, newer in older.items()},
        **{name: (USED, object_) for name, object_ in used.items()},
    }
    named = [(path, name) for path in files for name in _names(path, path.relative_to(root).as_posix(), told)]
    return tuple(_entry(path, name, told) for path, name in named)


def _names(path: Path, name: str, told: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    if name in told:
        return (name,)
    part_is_named = any(other.startswith(f"{name}/") for other in told)
    inside = parts_of(path) if part_is_named or path.suffix.lower() == ".zip" else ()
    return tuple(f"{name}/{part}" for part in inside) or (name,)


def _entry(path: Path, name: str, told: Mapping[str, tuple[str, str]]) -> Entry:
    size = path.stat().st_size
    by_folder = (told[folder] for folder in _folders(name) if told.get(folder, ("",))[0] == IGNORED)
    status, why = told.get(name) or next(by_folder, (UNDECIDED, ""))
    return Entry(name, status, why, size)


def _folders(name: str) -> Collection[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
