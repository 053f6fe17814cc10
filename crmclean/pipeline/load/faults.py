"""Why a file cannot be loaded: it has no rows, or lacks a column that the plan names."""

from collections.abc import Sequence
from pathlib import Path

from crmclean.crm.sources import header_key
from crmclean.errors import Fault, InputError, nearest
from crmclean.files.read import Reading
from crmclean.plan.model import SourceFile


def no_rows(path: Path, reading: Reading) -> Fault:
    """Return what is wrong with a file without a row."""
    if reading.rejects.height:
        problem = f"no row fits its header: {reading.rejects.height} rows have more values than it has columns"
        return Fault(str(path), problem, "give every column a name in the first row", "file.no-rows")
    return Fault(str(path), "has a header but no rows", "export it again, or take it out of the plan", "file.no-rows")


def check_keys(path: Path, file: SourceFile, reading: Reading) -> None:
    """Refuse a plan that names headers which the file does not have.

    Raises:
        InputError: all such headers at once.
    """
    keys = {header_key(header) for header in reading.header}
    named_headers = [*file.columns, *([file.key] if file.key else [])]
    lost = [header for header in named_headers if header_key(header) not in keys]
    faults = [
        Fault(str(path), f"has no column {header}", nearest_header(header, reading.header), "plan.unknown-header")
        for header in lost
    ]
    if faults:
        raise InputError(*faults)


def nearest_header(header: str, known: Sequence[str]) -> str:
    """Return a hint with the header that was probably meant."""
    return nearest(header, known, "check [source.file] in the plan against the file's first row")
