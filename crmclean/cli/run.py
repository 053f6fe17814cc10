"""`crmclean run`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, AsOf, By, Destination, Phase, Reason, Seed, Waived, Workspace, day
from crmclean.reports.results import Result


def run(
    terminal: Terminal,
    workspace: Workspace = HERE,
    through: Annotated[Phase, typer.Option("--through", metavar="PHASE", help="Last phase to run.")] = Phase.AUDIT,
    to: Destination = "rehearsal",
    as_of: AsOf = None,
    seed: Seed = None,
    waived: Waived = None,
    reason: Reason = "",
    by: By = "",
) -> Result:
    """Run the whole pipeline; it goes on where it stopped.

    A phase whose exports, plan and decisions are unchanged is not run again. Nothing is imported past a closed gate,
    unless a person waives it by name; that holds for the value seen, and the report shows it.
    """
    from crmclean.workflow.run import run as work
    from crmclean.workflow.waiving import Waive

    waive = Waive(tuple(waived or ()), reason, by)
    last = through.value
    return work(workspace, through=last, to=to, as_of=day(as_of), seed=seed, waive=waive, notify=terminal.notify)
