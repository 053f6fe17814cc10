"""Frames to files and back, written whole or not at all."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import polars as pl

from crmclean.workspace.atomic import replacing

_LEVEL = 1  # of zstd: a quarter less time than its default, and files of the same size
_STATISTICS = (
    False  # least and greatest of each column: nobody looks rows up by them, and they take a tenth of the time
)
_OS_ERROR = re.compile(r"IO error: .*\(os error (\d+)\)")
_TYPES: Mapping[str, type[pl.DataType]] = {"text": pl.String, "integer": pl.Int64, "decimal": pl.Float64}


def schema_of(shape: Mapping[str, str]) -> pl.Schema:
    """Return the polars schema of one of the shapes in crmclean.records."""
    return pl.Schema({name: _TYPES[kind]() for name, kind in shape.items()})


def empty(shape: Mapping[str, str]) -> pl.DataFrame:
    """Return a frame without rows in one of the shapes in crmclean.records."""
    return pl.DataFrame(schema=schema_of(shape))


def write_parquet(frame: pl.DataFrame | pl.LazyFrame, path: Path) -> None:
    """Write a Parquet file; equal frames give equal bytes.

    Raises:
        InputError: it cannot be written, such as on a full disk.
    """
    with replacing(path) as part, _own_words():
        if isinstance(frame, pl.LazyFrame):
            frame.sink_parquet(part, maintain_order=True, compression_level=_LEVEL, statistics=_STATISTICS)
        else:
            frame.write_parquet(part, compression_level=_LEVEL, statistics=_STATISTICS)


def parquet_of(frame: pl.DataFrame) -> bytes:
    """Return the bytes of a Parquet file, to be kept elsewhere than in a file; equal frames give equal bytes."""
    buffer = BytesIO()
    frame.write_parquet(buffer, compression_level=_LEVEL, statistics=_STATISTICS)
    return buffer.getvalue()


@contextmanager
def _own_words() -> Iterator[None]:
    """Raise what the operating system said where polars wraps it in an error of its own."""
    try:
        yield
    except pl.exceptions.ComputeError as error:
        if said := _OS_ERROR.search(str(error)):
            number = int(said[1])
            raise OSError(number, os.strerror(number)) from error
        raise


def scan_parquet(path: Path) -> pl.LazyFrame:
    """Scan a Parquet file."""
    return pl.scan_parquet(path)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write UTF-8 CSV with LF line ends and raw values; see files.guards for files that people open."""
    with replacing(path) as part:
        frame.write_csv(part, line_terminator="\n")
