"""`crmclean dedupe`: the phase; with FILE a tool that needs no plan."""

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, AsOf, Seed, Workspace, day
from crmclean.reports.results import Result


def dedupe(terminal: Terminal, workspace: Workspace = HERE, as_of: AsOf = None, seed: Seed = None) -> Result:
    """Merge what is certain; list what a person must decide."""
    from crmclean.workflow.run import phase as work

    return work(workspace, "dedupe", as_of=day(as_of), seed=seed, notify=terminal.notify)
