"""A Result as a short text or as one JSON document on stdout."""

import json
import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crmclean.cli.console import Terminal, safe, stdout
from crmclean.reports.results import Cell, Result, TableView

SCHEMA_VERSION = 1


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
        console.print(_table(view))
    if result.notes:
        console.print()
    for note in result.notes:
        console.print(Text(safe(note)))
    if result.next_step:
        console.print()
        console.print(Text("Next: ", style="heading") + Text(safe(result.next_step), style="hint"))


def _table(view: TableView) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="faint")
    for position, name in enumerate(view.columns):
        cells = [row[position] for row in view.rows]
        numeric = any(cell is not None for cell in cells) and all(not isinstance(cell, str) for cell in cells)
        width = max((len(shown(cell)) for cell in cells), default=0) if numeric else None
        table.add_column(
            Text(safe(name)), justify="right" if numeric else "left", min_width=width, no_wrap=True, overflow="ellipsis"
        )
    for row in view.rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    return table


def shown(cell: Cell) -> str:
    """Return a cell as people read it: 1,234 and 0.0114; nothing for null."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, int) or cell.is_integer():
        return f"{cell:,.0f}"
    return f"{cell:.4g}" if abs(cell) < 1 else f"{cell:,.2f}"
