"""The two streams: results on stdout, everything else on stderr; text from data made safe for a terminal."""

import re
import sys
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console
from rich.theme import Theme

from crmclean.cli.progress import Listener, listener
from crmclean.workspace.events import Event

_THEME = Theme({"heading": "bold", "faint": "dim", "bad": "bold red", "good": "green", "hint": "cyan"})
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_PIPE_WIDTH = 10_000  # nothing is cut where a program reads


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the boundary decide; rich alone would end the process with 1."""
        raise BrokenPipeError


def safe(text: str) -> str:
    """Return the text on one line, control codes and direction marks spelled out: data must not steer a terminal."""
    return _UNSAFE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    character = match.group()
    return " " if character in "\n\r\t" else f"\\u{ord(character):04x}"


def stdout() -> Console:
    """Return the console of the result."""
    return _console(error=False)


def stderr() -> Console:
    """Return the console of everything else."""
    return _console(error=True)


def _console(*, error: bool) -> Console:
    terminal = (sys.stderr if error else sys.stdout).isatty()
    # Rich alone would colour and animate wherever FORCE_COLOR is set, which is common in CI.
    console = _Console(stderr=error, theme=_THEME, highlight=False, markup=False, emoji=False, force_terminal=terminal)
    if not terminal:
        console.width = _PIPE_WIDTH
    return console


@dataclass(frozen=True)
class Terminal:
    """How this call of a command talks: the options that every command shares."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    progress: bool = True
    exit_zero: bool = False

    @cached_property
    def listener(self) -> Listener:
        """Bars on a terminal, else one line per finished phase."""
        console = stderr()
        return listener(console, quiet=self.quiet, animate=self.progress and console.is_terminal)

    def notify(self, event: Event) -> None:
        """Show an event of the work."""
        self.listener.hear(event)
