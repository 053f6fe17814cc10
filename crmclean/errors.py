"""Every way in which crmclean can fail, with its exit code.

CrmcleanError
├── UsageError        2   the command line asks for something that makes no sense
├── InputError        3   an input, plan or mapping cannot be used
│   └── PlanError     3   migration.toml or a mapping file has faults
├── RefusedError      4   doing it would not be safe
├── DestinationError  5   the target failed; retrying may help
└── BalanceError      1   a law was broken: a bug in crmclean, never in the data

Findings in the data are results, not errors: exit codes 10 and 11 come from a finished run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum

_NAMED = 20  # known names that a hint lists


class ExitCode(IntEnum):
    """The process exit codes; README and tests use this same table."""

    DONE = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    REFUSED = 4
    DESTINATION = 5
    GATE = 10
    WAITING = 11
    STOPPED = 130


EXIT_MEANINGS = {
    ExitCode.DONE: "done (rejects within the gate are a warning)",
    ExitCode.BUG: "a bug in crmclean, or a balance that does not close",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INPUT: "an input, plan or mapping cannot be used",
    ExitCode.REFUSED: "refused for safety",
    ExitCode.DESTINATION: "the destination failed; retrying may help",
    ExitCode.GATE: "stopped at a gate; nothing later was sent",
    ExitCode.WAITING: "something waits for a person",
    ExitCode.STOPPED: "stopped by Ctrl-C",
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where and what, what to do, and a stable code. Never holds a cell value."""

    where: str
    problem: str
    hint: str
    code: str


def nearest(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return the hint for a name that is not known: the one that is probably meant, otherwise which there are."""
    names = list(dict.fromkeys(known))
    folded = name.casefold()
    same = [one for one in names if one.casefold() == folded]
    parts = [one for one in names if folded and folded in one.casefold()]
    if close := same or get_close_matches(name, names, n=1) or parts:
        return f"did you mean {close[0]}?"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return otherwise or f"known here: {', '.join(names[:_NAMED])}{more}"


class CrmcleanError(Exception):
    """The root of the tree; carries one or several faults, so that all of a file are shown at once."""

    exit_code = ExitCode.BUG

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.where}: {fault.problem}" for fault in faults))
        self.faults = faults


class UsageError(CrmcleanError):
    """The command line asks for something that makes no sense."""

    exit_code = ExitCode.USAGE


class InputError(CrmcleanError):
    """An input, plan or mapping cannot be used; trying again as it is will not help."""

    exit_code = ExitCode.INPUT


class PlanError(InputError):
    """migration.toml or a mapping file has faults; lists every one of them."""


class RefusedError(CrmcleanError):
    """Doing it would not be safe."""

    exit_code = ExitCode.REFUSED


class DestinationError(CrmcleanError):
    """The destination failed; retrying may help."""

    exit_code = ExitCode.DESTINATION


class BalanceError(CrmcleanError):
    """One of the five laws was broken, which is a bug in crmclean."""

    exit_code = ExitCode.BUG
