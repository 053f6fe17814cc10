"""`crmclean demo`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def demo(
    terminal: Terminal,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")] = Path("crmclean-demo"),
) -> Result:
    """Run a whole sample migration on this machine.

    Two invented systems go through all phases into the rehearsal database; look around in the folder afterwards.
    """
    from crmclean.workflow.demo import demo as work

    return work(directory, notify=terminal.notify)
