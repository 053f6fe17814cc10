"""`crmclean status`."""

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def status(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    workspace: Workspace = HERE,
) -> Result:
    """Show where things stand and what to type next."""
    from crmclean.workflow.status import status as work

    return work(workspace)
