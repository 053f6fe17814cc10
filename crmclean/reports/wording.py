"""Words that several reports and results share."""

import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import PurePath

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_LONGEST = 500  # letters of a text that a report shows
_TOLD = 200  # letters of a cell in a table on a terminal


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return "1 record" or "1,204 records"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def as_typed(path: PurePath, *, windows: bool = sys.platform == "win32") -> str:
    """Return a path as it is typed in a terminal: quoted where a blank or a sign of the shell's own is in it."""
    if windows:
        return f'"{path}"' if re.search(r"[^\w\\/:.~-]", str(path)) else str(path)
    return shlex.quote(str(path)) if re.search(r"[^\w/.,:+~-]", str(path)) else str(path)


def plain(value: object) -> str:
    """Return a value as text on one line, without control codes and direction marks, cut when very long."""
    text = "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
    return _CONTROL.sub(" ", shown)


def told_by_more(columns: Iterable[tuple[str, str]]) -> str:
    """Name the columns whose field was guessed; columns: (header, field)."""
    return f"told by more than their names: {', '.join(f'{header} as {field}' for header, field in columns)}"


def shortened(cell: str | None) -> str | None:
    """Return a cell as a table on a terminal shows it: 100 kB of one cell would hide the rest; --json has all of it."""
    return cell if cell is None or len(cell) <= _TOLD else f"{cell[: _TOLD - 1]}…"
