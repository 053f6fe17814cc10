"""`crmclean sample`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def sample(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    rows: Annotated[int, typer.Option("--rows", metavar="N", help="Contacts in all.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Other seeds, other people.")] = 1,
) -> Result:
    """Write invented, messy exports, and the truth about them."""
    from crmclean.workflow.sample import sample as work

    return work(directory, rows=rows, seed=seed)
