"""The first look at an input: is there a readable file at all, and what is it by its first bytes."""

import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmclean.errors import Fault, InputError, nearest

HEAD = 1 << 16  # bytes that are looked at to tell what a file is


def refuse(path: Path, problem: str, hint: str, code: str) -> InputError:
    """Make the error for a file that cannot be used."""
    return InputError(Fault(str(path), problem, hint, code))


def container_of(path: Path) -> Path:
    """Return the file that holds `path`: itself, or the archive, workbook or database that it names a part of."""
    return next((parent for parent in path.parents if parent.is_file()), path)


def size_of(path: Path) -> int:
    """Return how many bytes the file has that holds `path`; 0 where there is none."""
    container = container_of(path)
    return container.stat().st_size if container.is_file() else 0


def sha256_of(content: memoryview) -> str:
    """Return the hash by which an input is known."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[memoryview]:
    """Give the content of a file, mapped into memory.

    Raises:
        InputError: missing, a folder, no permission, or empty.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else None
    except OSError as error:
        raise _unreadable(path, error) from error
    if mapped is None:
        raise refuse(path, "is empty (0 bytes)", "export it again, or take it out of the plan", "file.empty")
    with mapped, memoryview(mapped) as content:
        yield content


def _unreadable(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(missing(path))
    if path.is_dir():
        return refuse(path, "is a folder, not a file", "name the files in it", "file.is-folder")
    reason = os.strerror(error.errno) if error.errno else "cannot be read"
    return refuse(path, f"cannot be read: {reason}", "check the file's permissions", "file.cannot-read")


def missing(path: Path) -> Fault:
    """Say of a path that nothing is there, and what is meant where something beside it is called nearly so."""
    return Fault(str(path), "there is no such file", nearest_file(path), "file.missing")


def nearest_file(path: Path) -> str:
    """Return the hint for a path where nothing is: what is meant beside it, or that its folder is not there either."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either; check the path"
    beside = sorted(entry.name for entry in path.parent.iterdir())
    return nearest(path.name, beside, "check the path and the spelling")
