"""`crmclean run`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import (
    HERE,
    AsOf,
    By,
    Confirm,
    Destination,
    DryRun,
    Limit,
    Phase,
    Reason,
    Round,
    Seed,
    Until,
    Waived,
    Where,
    Workspace,
    day,
)
from crmclean.reports.results import Result


def run(
    terminal: Terminal,
    workspace: Workspace = HERE,
    through: Annotated[Phase, typer.Option("--through", metavar="PHASE", help="Last phase to run.")] = Phase.AUDIT,
    to: Destination = "rehearsal",
    round_: Round = None,
    until: Until = None,
    limit: Limit = None,
    where: Where = None,
    confirm: Confirm = None,
    dry_run: DryRun = False,
    as_of: AsOf = None,
    seed: Seed = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Mask personal values in run/report, to mail it.", metavar="")
    ] = False,
    waived: Waived = None,
    reason: Reason = "",
    by: By = "",
) -> Result:
    """Run the whole pipeline; it goes on where it stopped.

    A phase whose exports, plan and decisions are unchanged is not run again. Nothing is imported past a closed gate,
    unless a person waives it by name; that holds for the value seen, and the report shows it.
    With --round, fresh exports go into a destination that an earlier import filled: only what changed is sent.
    """
    from crmclean.workflow.importing.rounds import Sending
    from crmclean.workflow.run import run as work
    from crmclean.workflow.waiving import Waive

    sending = Sending(round_, None, until, limit, where, confirm, dry_run)
    waive, when, last = Waive(tuple(waived or ()), reason, by), day(as_of), through.value
    return work(
        workspace,
        through=last,
        to=to,
        sending=sending,
        as_of=when,
        seed=seed,
        waive=waive,
        redact=redact,
        notify=terminal.notify,
    )
