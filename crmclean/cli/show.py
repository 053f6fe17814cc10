"""A Result as a short text or as one JSON document on stdout."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, OverflowMethod
from rich.table import Table
from rich.text import Text

from crmclean.cli.console import Terminal, safe, stdout
from crmclean.reports.results import Cell, Result, TableView

SCHEMA_VERSION = 1
_BETWEEN = 3  # cells between two columns
_NARROWEST = 6  # cells of a column of text, at least


def show(result: Result, terminal: Terminal) -> None:
    """Write the result to stdout."""
    if terminal.json:
        stdout().out(document(result))
    elif result.text is not None:
        sys.stdout.write(result.text)
    else:
        _text(result, stdout(), quiet=terminal.quiet)


def document(result: Result) -> str:
    """Return the `--json` document; ASCII only, so that it passes every terminal and pipe unharmed."""
    frame = {
        "schema_version": SCHEMA_VERSION,
        "command": result.command,
        "headline": result.headline,
        "exit_code": int(result.exit_code),
        "next_step": result.next_step,
    }
    return json.dumps(frame | dict(result.data), indent=2, default=str, allow_nan=False)


def _text(result: Result, console: Console, *, quiet: bool) -> None:
    console.print(Text(safe(result.headline), style="heading"))
    if quiet:
        return
    for view in result.tables:
        console.print()
        console.print(Text(safe(view.title), style="heading"))
        console.print(fitted(view, console.width if console.is_terminal else view.piped or console.width))
    if result.notes:
        console.print()
    for note in result.notes:
        console.print(Text(safe(note)))
    if result.next_step:
        console.print()
        console.print(Text("Next: ", style="heading") + Text(safe(result.next_step), style="hint"))


def fitted(view: TableView, room: int) -> Table:
    """Return a table that is at most `room` cells wide where its numbers allow it."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    columns = [_Column.of(name, [row[position] for row in view.rows]) for position, name in enumerate(view.columns)]
    widest = _widest(columns, room - _BETWEEN * (len(columns) - 1))
    for column in columns:
        width = column.width if column.numeric else min(column.width, widest)
        name = Text(column.name, justify="right" if column.numeric else "left")
        whole = view.folded and not column.numeric
        overflow: OverflowMethod = "fold" if whole else "ellipsis"
        table.add_column(name, justify=name.justify or "left", width=width, no_wrap=not whole, overflow=overflow)
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, row))
    return table


@dataclass(frozen=True)
class _Column:
    """One column as it is shown: texts, and cells that are the room it would like."""

    name: str
    cells: tuple[str, ...]
    numeric: bool

    @classmethod
    def of(cls, name: str, cells: Sequence[Cell]) -> "_Column":
        numeric = any(cell is not None for cell in cells) and all(not isinstance(cell, str) for cell in cells)
        return cls(safe(name), tuple(map(shown, cells)), numeric)

    @property
    def width(self) -> int:
        return max(map(cell_len, (self.name, *self.cells)))


def _widest(columns: Sequence[_Column], room: int) -> int:
    """How wide a column of text may be, so that all columns fit; numbers are never cut."""
    texts = sorted(column.width for column in columns if not column.numeric)
    left = room - sum(column.width for column in columns if column.numeric)
    for place, width in enumerate(texts):
        share = left // (len(texts) - place)
        if width > share:
            return max(share, _NARROWEST)
        left -= width
    return max(texts, default=0)


def shown(cell: Cell) -> str:
    """Return a cell as people read it: 1,234 and 0.0114; nothing for null."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, int) or cell.is_integer():
        return f"{cell:,.0f}"
    return f"{cell:.4g}" if abs(cell) < 1 else f"{cell:,.2f}"
