"""`crmclean explain`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def explain(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    record: Annotated[str, typer.Argument(help="Record id, source id, target id, email or full name.")],
    field: Annotated[str | None, typer.Argument(help="One field of it.")] = None,
    workspace: Workspace = HERE,
) -> Result:
    """Tell the story of a record or of one cell.

    From file and row through each change, merge and decision to the target.
    """
    from crmclean.workflow.explain import explain as work

    return work(workspace, record, field)
