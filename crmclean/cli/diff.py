"""`crmclean diff`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def diff(
    terminal: Terminal,
    before: Annotated[
        Path | None, typer.Argument(metavar="A", help="A run, a workspace or a plan.", show_default="run.previous")
    ] = None,
    after: Annotated[Path | None, typer.Argument(metavar="B", help="Another one.", show_default="run")] = None,
    workspace: Workspace = HERE,
    cells: Annotated[
        Path | None, typer.Option("--cells", metavar="OUT", help="CSV to write, with both values of every cell.")
    ] = None,
    fail_above: Annotated[
        str | None,
        typer.Option("--fail-above", metavar="N|N%", help="End with 10 when more records differ.", show_default=False),
    ] = None,
) -> Result:
    """Say what two runs, or two plans, do differently.

    Records that end otherwise, and cells by object, field and reason. Without A and B: the last run and the one before.
    Plans (.toml) are tried up to validate on the exports of their workspace, without touching its run.
    """
    from crmclean.workflow.diff import diff as work

    first, second = before or workspace / "run.previous", after or workspace / "run"
    return work(first, second, here=workspace, cells=cells, fail_above=fail_above, notify=terminal.notify)
