"""`crmclean doctor`."""

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def doctor(terminal: Terminal, workspace: Workspace = HERE) -> Result:  # noqa: ARG001
    """Check versions, disk and workspace.

    Paste its output into a bug report; it holds no data of yours.
    """
    from crmclean.workflow.doctor import doctor as work

    return work(workspace)
