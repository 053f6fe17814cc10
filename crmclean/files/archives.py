"""Gzip and ZIP files: what is in them, within bounds.

A member of an archive is named like a file in a folder: `exports/WE_1.zip/Account.csv`.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from crmclean.files.opening import refuse

LARGEST = 4 << 30  # bytes that an archive may unpack to
_RATIO = 200  # a table of text never shrinks this much beyond the first megabytes
_FREE = 64 << 20  # bytes that may unpack whatever the ratio
_BLOCK = 1 << 20


def gunzipped(path: Path, content: memoryview) -> bytes:
    """Unpack a gzip file.

    Raises:
        InputError: cut off, damaged, or it unpacks to far more than tables do.
    """
    out = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            while block := file.read(_BLOCK):
                out.write(block)
                _check_size(path, out.tell(), len(content))
    except (EOFError, OSError, zlib.error) as error:
        raise refuse(path, "is cut off or damaged", "copy or export it again", "file.damaged") from error
    return out.getvalue()


def members(path: Path, content: memoryview) -> tuple[str, ...]:
    """Return the names of the files in a ZIP archive, sorted.

    Raises:
        InputError: damaged, or a name that leads out of the archive.
    """
    with _archive(path, content) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    outside = [name for name in names if name.startswith(("/", "\\")) or ".." in Path(name).parts or ":" in name]
    if outside:
        hint = "do not open it; ask for a new export"
        raise refuse(
            path, f"{len(outside)} of its members have a path that leads out of it", hint, "file.unsafe-archive"
        )
    return tuple(sorted(name for name in names if not _is_furniture(name)))


def unzipped(path: Path, content: memoryview, name: str) -> bytes:
    """Unpack one member of a ZIP archive.

    Raises:
        InputError: no such member, protected by a password, damaged, or far larger than tables are.
    """
    out = io.BytesIO()
    for block in unzipped_blocks(path, content, name):
        out.write(block)
    return out.getvalue()


def unzipped_blocks(path: Path, content: memoryview, name: str) -> Iterator[bytes]:
    """Unpack one member of a ZIP archive piece by piece; see `unzipped`."""
    with _archive(path, content) as archive:
        try:
            entry = archive.getinfo(name)
        except KeyError as error:
            known = ", ".join(members(path, content)[:10])
            raise refuse(path, f"holds no {name}", f"it holds {known}", "file.no-member") from error
        _check_size(path, entry.file_size, max(entry.compress_size, 1))
        if entry.flag_bits & 1:
            raise refuse(path, "is protected by a password", "unpack it first", "file.password")
        try:
            yield from _blocks(path, archive, entry)
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            raise refuse(path, "is cut off or damaged", "copy or export it again", "file.damaged") from error


def _blocks(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as file:
        size = 0
        while block := file.read(_BLOCK):
            size += len(block)
            _check_size(path, size, max(entry.compress_size, 1))
            yield block


def _archive(path: Path, content: memoryview) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refuse(path, "is cut off or damaged", "copy or export it again", "file.damaged") from error


def _check_size(path: Path, unpacked: int, packed: int) -> None:
    if unpacked > LARGEST or (unpacked > _FREE and unpacked > packed * _RATIO):
        problem = f"unpacks to more than {unpacked >> 20:,} MB from {packed >> 10:,} KB"
        raise refuse(path, problem, "no export shrinks like this; unpack it yourself if you trust it", "file.zip-bomb")


def _is_furniture(name: str) -> bool:
    return name.startswith("__MACOSX/") or Path(name).name.startswith(".")
