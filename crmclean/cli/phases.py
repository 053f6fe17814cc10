"""One command per phase; they differ in name and help only."""

from crmclean.cli.command import Command
from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, AsOf, Destination, Phase, Seed, Workspace, day
from crmclean.reports.results import Result

_HELP = {
    Phase.LOAD: "Read the exports as text; keep file and row of each record.",
    Phase.NORMALIZE: "Bring phones, countries, dates and names into one form.",
    Phase.STALE: "Archive who has shown no sign of life; nothing is deleted.",
    Phase.VALIDATE: "Check every record against the target; draw a spot check.",
}
_SENDING_HELP = {
    Phase.IMPORT: "Import in stages, with a check between them.",
    Phase.AUDIT: "Read the target back and compare it with the sources.",
}


def _preparing(phase: Phase, words: str) -> Command:
    def command(terminal: Terminal, workspace: Workspace = HERE, as_of: AsOf = None, seed: Seed = None) -> Result:
        from crmclean.workflow.run import phase as work

        return work(workspace, phase.value, as_of=day(as_of), seed=seed, notify=terminal.notify)

    return _named(command, phase, words)


def _sending(phase: Phase, words: str) -> Command:
    def command(
        terminal: Terminal,
        workspace: Workspace = HERE,
        to: Destination = "rehearsal",
        as_of: AsOf = None,
        seed: Seed = None,
    ) -> Result:
        from crmclean.workflow.run import phase as work

        return work(workspace, phase.value, to=to, as_of=day(as_of), seed=seed, notify=terminal.notify)

    return _named(command, phase, words)


def _named(command: Command, phase: Phase, words: str) -> Command:
    command.__name__, command.__doc__ = phase.value, words
    return command


load, normalize, stale, validate = (_preparing(phase, words) for phase, words in _HELP.items())
import_, audit = (_sending(phase, words) for phase, words in _SENDING_HELP.items())
