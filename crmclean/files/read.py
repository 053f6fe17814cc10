"""Any file that people export, as a table of text."""

from pathlib import Path

from crmclean.files.delimited import read_delimited
from crmclean.files.reading import Reading, ReadOptions

__all__ = ["ReadOptions", "Reading", "read_table"]

_DETECT = ReadOptions()


def read_table(path: Path, options: ReadOptions = _DETECT) -> Reading:
    """Read one table; the format is told from the content.

    Raises:
        InputError: the file cannot be used; the fault says why and what to do.
    """
    return read_delimited(path, options)
