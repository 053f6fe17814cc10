"""`crmclean rollback`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Confirm, Destination, DryRun, Workspace
from crmclean.reports.results import Result


def rollback(
    terminal: Terminal,
    workspace: Workspace = HERE,
    to: Destination = "rehearsal",
    round_: Annotated[
        str | None, typer.Option("--round", metavar="NAME", help="Round to take back.", show_default="the last one")
    ] = None,
    confirm: Confirm = None,
    dry_run: DryRun = False,
) -> Result:
    """Take the last import back, as far as nobody touched it.

    Deletes what it created and gives back what it overwrote; the rest is listed. The same command goes on where it was
    interrupted.
    """
    from crmclean.workflow.rollback import rollback as work

    return work(workspace, to=to, round_=round_, confirm=confirm, dry_run=dry_run, notify=terminal.notify)
