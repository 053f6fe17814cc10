"""Files that are either there whole or not at all, readable by their owner only."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmclean.errors import Fault, InputError

_OWNER_ONLY = 0o600
_NUMBER = re.compile(r"\(os error (\d+)\)")  # of the operating system, in the words of polars
_OWNER_ONLY_FOLDER = 0o700


def make_folder(path: Path) -> Path:
    """Create the folder and its parents where they are missing; return it.

    Raises:
        InputError: the folder cannot be written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY_FOLDER)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; on success it takes the place of `path`, on failure it goes.

    Raises:
        InputError: no permission, disk full, or the file is open in a program that locks it.
    """
    make_folder(path.parent)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.chmod(_OWNER_ONLY)
        part.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with LF line ends."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, document: object) -> None:
    """Write JSON with sorted keys, so that equal documents are equal bytes."""
    write_text(path, json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path`; on success it takes the place of `path`, on failure it goes."""
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True, mode=_OWNER_ONLY_FOLDER)
        yield part
        _swap(part, path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _swap(part: Path, path: Path) -> None:
    old = path.with_name(f".{path.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    part.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def _cannot_write(path: Path, error: OSError) -> InputError:
    number = error.errno or next((int(told) for told in _NUMBER.findall(str(error))), None)
    reason = os.strerror(number) if number else str(error)
    hint = (
        "check the permissions and the free space, close the file in other programs (Excel locks what it opens), or "
        "name another place, with -o where the command has it"
    )
    return InputError(Fault(str(path), f"cannot be written: {reason}", hint, "file.cannot-write"))


def sweep(folder: Path) -> None:
    """Remove what a killed process has left half written; for who holds the workspace's lock."""
    for part in sorted(folder.rglob(".*.part"), reverse=True):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
