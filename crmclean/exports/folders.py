"""Which files in the folders that a command is given are exports, and which tables a file holds."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crmclean.errors import Fault, InputError
from crmclean.exports.attachments import folder_of
from crmclean.exports.inventory import PASSED_OVER
from crmclean.exports.snapshots import series
from crmclean.files.opening import container_of, missing
from crmclean.files.parts import parts_of

_NAMED = 5  # folders that a hint names


def check_there(paths: Sequence[Path]) -> None:
    """Raise InputError with every path that is not there; a table may be named inside the file that holds it."""
    if faults := [missing(path) for path in paths if not container_of(path).exists()]:
        raise InputError(*faults)


def exports_in(given: Path) -> Iterator[tuple[Path, str]]:
    """Give a file, or the files of a folder and of the snapshots in it, with their names below what was given.

    A table that is named inside the file that holds it stands below that file's name.
    """
    if not given.is_dir():
        yield given, given.relative_to(container_of(given).parent).as_posix()
        return
    for path in sorted(given.rglob("*")):
        *folders, name = path.relative_to(given).parts
        if path.is_file() and not name.startswith(".") and name not in PASSED_OVER and all(map(belongs, folders)):
            yield path, "/".join((*folders, name))


def belongs(folder: str) -> bool:
    """Whether a folder inside a folder of exports is part of them: snapshots of a day, or attachments."""
    return series(folder) is not None or folder_of(f"{folder}/x") is not None


def tables_in(path: Path, name: str) -> tuple[tuple[Path, str], ...]:
    """Return each member, sheet or table of a file that holds several, by the path that it is read by; else the file.

    name: of the file; each table stands below it.
    """
    inside = parts_of(path)
    return tuple((path / part, f"{name}/{part}") for part in inside) if len(inside) > 1 else ((path, name),)


def holds_nothing(folder: Path) -> Fault:
    """Say of a folder that no export stands in it, and which folders in it might be meant."""
    inside = sorted(each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    hint = (
        "name " + " ".join(f"{folder / name}" for name in inside[:_NAMED]) if inside else "name a folder with exports"
    )
    problem = "holds no exports itself, only folders" if inside else "holds no exports"
    return Fault(str(folder), problem, hint, "file.missing")
