"""`crmclean unmerge`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def unmerge(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    record: Annotated[str, typer.Argument(help="Any record of the merge: record id, source id, email or name.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided it.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why they are not the same.")],
    members: Annotated[
        list[str] | None,
        typer.Option("--member", metavar="RECORD", help="Only this one leaves; may be repeated.", show_default="all"),
    ] = None,
    workspace: Workspace = HERE,
) -> Result:
    """Take a merge apart, also after the import.

    The next run gives the records back with their own cells, references and links, and never merges them again;
    whatever else was decided since stays.
    """
    from crmclean.workflow.unmerge import unmerge as work

    return work(workspace, record, members or (), by=by, note=note)
