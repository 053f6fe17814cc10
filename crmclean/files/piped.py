"""Standard input as a file, where a command is told `-`: telling formats by content takes more than one look."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from crmclean.errors import CrmcleanError, Fault

PIPE = "-"
_NAME = "standard-input"


@contextmanager
def on_disk(paths: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Give the paths, with a private copy of standard input in place of `-`; it is gone afterwards.

    Faults in it name `standard input` instead of the copy.
    """
    if Path(PIPE) not in paths:
        yield tuple(paths)
        return
    with TemporaryDirectory(prefix="crmclean-") as folder:
        copy = Path(folder) / _NAME
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            yield tuple(copy if path == Path(PIPE) else path for path in paths)
        except CrmcleanError as error:
            raise type(error)(*_renamed(error, str(copy))) from error


def _renamed(error: CrmcleanError, copy: str) -> list[Fault]:
    shown = _NAME.replace("-", " ")
    return [
        replace(fault, where=fault.where.replace(copy, shown), hint=fault.hint.replace(copy, shown))
        for fault in error.faults
    ]
