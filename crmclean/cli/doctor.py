"""`crmclean doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def doctor(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    workspace: Workspace = HERE,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a text for a bug report, without names.")
    ] = None,
) -> Result:
    """Check versions, extras, terminal, credentials, disk and workspace.

    It says which credentials are set, never their values. The report holds versions and counts only: no cells, and no
    names of files, sources or destinations.
    """
    from crmclean.workflow.doctor import doctor as work

    return work(workspace, report)
