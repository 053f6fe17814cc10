"""Every file of the exports folder has a line: used, ignored with a person's reason, or undecided.

An archive of several files has a line for each; a workbook or database has one for each sheet or table as soon as the
plan names one of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from crmclean.files.parts import parts_of

USED, IGNORED, UNDECIDED = "used", "ignored", "undecided"
_PASSED_OVER = {".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore"}


@dataclass(frozen=True)
class Entry:
    """One file, or a part of one.

    path: relative to the workspace, with `/`. why: the object that it is used as, or the reason. size: bytes of the
    file.
    """

    path: str
    status: str
    why: str
    size: int


def inventory(root: Path, folder: Path, used: Mapping[str, str], ignored: Mapping[str, str]) -> tuple[Entry, ...]:
    """List the files below `folder`, in order of their paths.

    used: path -> object. ignored: path, or a folder's path, -> reason.
    """
    if not folder.is_dir():
        return ()
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in _PASSED_OVER)
    named = [(path, name) for path in files for name in _names(path, path.relative_to(root).as_posix(), used, ignored)]
    return tuple(_entry(path, name, used, ignored) for path, name in named)


def _names(path: Path, name: str, used: Mapping[str, str], ignored: Mapping[str, str]) -> tuple[str, ...]:
    if name in used or name in ignored:
        return (name,)
    part_is_named = any(other.startswith(f"{name}/") for other in (*used, *ignored))
    inside = parts_of(path) if part_is_named or path.suffix.lower() == ".zip" else ()
    return tuple(f"{name}/{part}" for part in inside) or (name,)


def _entry(path: Path, name: str, used: Mapping[str, str], ignored: Mapping[str, str]) -> Entry:
    size = path.stat().st_size
    if name in used:
        return Entry(name, USED, used[name], size)
    reason = next((ignored[one] for one in (name, *_folders(name)) if one in ignored), None)
    return Entry(name, UNDECIDED, "", size) if reason is None else Entry(name, IGNORED, reason, size)


def _folders(name: str) -> Collection[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
