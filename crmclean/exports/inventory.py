"""Every file of the exports folder has a line: used, ignored with a person's reason, or undecided."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

USED, IGNORED, UNDECIDED = "used", "ignored", "undecided"
_PASSED_OVER = {".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore"}


@dataclass(frozen=True)
class Entry:
    """One file. path: relative to the workspace, with `/`. why: the object that it is used as, or the reason."""

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
    return tuple(_entry(path, path.relative_to(root).as_posix(), used, ignored) for path in files)


def _entry(path: Path, name: str, used: Mapping[str, str], ignored: Mapping[str, str]) -> Entry:
    size = path.stat().st_size
    if name in used:
        return Entry(name, USED, used[name], size)
    reason = next((ignored[one] for one in (name, *_folders(name)) if one in ignored), None)
    return Entry(name, UNDECIDED, "", size) if reason is None else Entry(name, IGNORED, reason, size)


def _folders(name: str) -> Collection[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
