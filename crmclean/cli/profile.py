"""`crmclean profile`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def profile(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports, or folders of them; - is stdin.")],
) -> Result:
    """Say what exports are, and what their columns hold."""
    from crmclean.workflow.profiling import profile_files

    return profile_files(files)
