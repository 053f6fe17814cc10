"""`crmclean restore`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def restore(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="Record id, source id, email or name.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided it.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why.", show_default=False)] = "",
    workspace: Workspace = HERE,
) -> Result:
    """Bring archived records back; the next run keeps them."""
    from crmclean.workflow.restore import restore as work

    return work(workspace, records, by=by, note=note)
