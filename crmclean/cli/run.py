"""`crmclean run`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, AsOf, Destination, Phase, Seed, Workspace, day
from crmclean.reports.results import Result


def run(
    terminal: Terminal,
    workspace: Workspace = HERE,
    through: Annotated[Phase, typer.Option("--through", metavar="PHASE", help="Last phase to run.")] = Phase.AUDIT,
    to: Destination = "rehearsal",
    as_of: AsOf = None,
    seed: Seed = None,
) -> Result:
    """Run the whole pipeline; it goes on where it stopped.

    A phase whose exports, plan and decisions are unchanged is not run again. Nothing is imported past a closed gate.
    """
    from crmclean.workflow.run import run as work

    return work(workspace, through=through.value, to=to, as_of=day(as_of), seed=seed, notify=terminal.notify)
