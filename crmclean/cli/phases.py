"""One command per phase; those that prepare differ in name and help only."""

from crmclean.cli.command import Command
from crmclean.cli.console import Terminal
from crmclean.cli.options import (
    HERE,
    AsOf,
    By,
    Confirm,
    Destination,
    DryRun,
    Limit,
    OneStage,
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

_HELP = {
    Phase.LOAD: "Read the exports as text; keep file and row of each record.",
    Phase.NORMALIZE: "Bring phones, countries, dates and names into one form.",
    Phase.STALE: "Archive who has shown no sign of life; nothing is deleted.",
    Phase.VALIDATE: "Check every record against the target; draw a spot check.",
}


def _preparing(phase: Phase, words: str) -> Command:
    def command(terminal: Terminal, workspace: Workspace = HERE, as_of: AsOf = None, seed: Seed = None) -> Result:
        from crmclean.workflow.run import phase as work

        return work(workspace, phase.value, as_of=day(as_of), seed=seed, notify=terminal.notify)

    return _named(command, phase, words)


def import_(
    terminal: Terminal,
    workspace: Workspace = HERE,
    to: Destination = "rehearsal",
    round_: Round = None,
    stage: OneStage = None,
    until: Until = None,
    limit: Limit = None,
    where: Where = None,
    confirm: Confirm = None,
    dry_run: DryRun = False,
    as_of: AsOf = None,
    seed: Seed = None,
    waived: Waived = None,
    reason: Reason = "",
    by: By = "",
) -> Result:
    """Import in stages, with a check between them.

    Killed or stopped at any moment, the same command goes on: nothing is lost, nothing doubled.
    """
    from crmclean.workflow.rounds import Sending
    from crmclean.workflow.run import phase as work
    from crmclean.workflow.waiving import Waive

    sending = Sending(round_, stage, until, limit, where, confirm, dry_run)
    waive, when = Waive(tuple(waived or ()), reason, by), day(as_of)
    return work(workspace, "import", to=to, sending=sending, as_of=when, seed=seed, waive=waive, notify=terminal.notify)


def audit(
    terminal: Terminal,
    workspace: Workspace = HERE,
    to: Destination = "rehearsal",
    as_of: AsOf = None,
    seed: Seed = None,
) -> Result:
    """Read the target back and compare it with the sources."""
    from crmclean.workflow.run import phase as work

    return work(workspace, "audit", to=to, as_of=day(as_of), seed=seed, notify=terminal.notify)


def _named(command: Command, phase: Phase, words: str) -> Command:
    command.__name__, command.__doc__ = phase.value, words
    return command


load, normalize, stale, validate = (_preparing(phase, words) for phase, words in _HELP.items())
