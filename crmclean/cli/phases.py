"""One command per phase; those that prepare differ in name and help only."""

from pathlib import Path
from typing import Annotated

import typer

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
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result

_HELP = {
    Phase.LOAD: "Read the exports as text; keep file and row of each record.",
    Phase.NORMALIZE: "Bring phones, countries, dates and names into one form.",
    Phase.STALE: "Archive who has shown no sign of life; nothing is deleted.",
}


def _preparing(phase: Phase, words: str) -> Command:
    def command(terminal: Terminal, workspace: Workspace = HERE, as_of: AsOf = None, seed: Seed = None) -> Result:
        from crmclean.workflow.run import phase as work

        return work(workspace, phase.value, as_of=day(as_of), seed=seed, notify=terminal.notify)

    return _named(command, phase, words)


def validate(
    terminal: Terminal,
    workspace: Workspace = HERE,
    as_of: AsOf = None,
    seed: Seed = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="SHEET", help="Take over verdicts on the spot check.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who judged; with --apply.", show_default=False)] = "",
) -> Result:
    """Check every record against the target; draw a spot check.

    The spot check is a sheet of run/report/before-import.xlsx: write ok or wrong, and give it back with --apply.
    """
    if apply is not None:
        from crmclean.workflow.spot_checking import apply_spot_check

        if not by.strip():
            hint = f"crmclean validate --apply {apply} --by NAME"
            raise UsageError(Fault("--by", "is missing: say who judged", hint, "spot-check.who"))
        return apply_spot_check(workspace, apply, by)
    from crmclean.workflow.run import phase as work

    return work(workspace, "validate", as_of=day(as_of), seed=seed, notify=terminal.notify)


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
    from crmclean.workflow.importing.rounds import Sending
    from crmclean.workflow.run import phase as work
    from crmclean.workflow.waiving import Waive

    sending = Sending(round_, stage, until, limit, where, confirm, dry_run)
    waive, when = Waive(tuple(waived or ()), reason, by), day(as_of)
    return work(workspace, "import", to=to, sending=sending, as_of=when, seed=seed, waive=waive, notify=terminal.notify)


def audit(
    terminal: Terminal,
    workspace: Workspace = HERE,
    to: Destination = "rehearsal",
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="Read a fresh export of the target instead: a file or a folder; may be given again.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    seed: Seed = None,
) -> Result:
    """Read the target back and compare it with the sources.

    With --against no network is needed: CSV or XLSX as the target's CRM exports it. What such an export does not show
    is named as "not in this export", and counts as neither good nor bad.
    """
    from crmclean.workflow.run import phase as work

    when, files = day(as_of), tuple(against or ())
    return work(workspace, "audit", to=to, as_of=when, seed=seed, against=files, notify=terminal.notify)


def _named(command: Command, phase: Phase, words: str) -> Command:
    command.__name__, command.__doc__ = phase.value, words
    return command


load, normalize, stale = (_preparing(phase, words) for phase, words in _HELP.items())
