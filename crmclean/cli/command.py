"""The one boundary of every command: shared options in, exit codes out. No other `try` stands in a command."""

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import typer

from crmclean.cli import options
from crmclean.cli.console import Terminal
from crmclean.cli.faults import tell, tell_bug, tell_stopped
from crmclean.cli.show import show
from crmclean.errors import CrmcleanError, ExitCode, Fault, InputError
from crmclean.reports.results import Result

Command = Callable[..., Result]
_FINDINGS = (ExitCode.GATE, ExitCode.WAITING)
_SHARED = {
    "json": options.Json,
    "quiet": options.Quiet,
    "verbose": options.Verbose,
    "no_progress": options.NoProgress,
    "exit_zero": options.ExitZero,
}


def guarded(function: Command) -> Callable[..., None]:
    """Return the command with the shared options; its parameter `terminal` gets what they said."""
    own = [entry for entry in inspect.signature(function).parameters.values() if entry.name != "terminal"]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in _SHARED.items()
    ]

    def command(*, no_progress: bool, **arguments: object) -> None:
        shown = {name: bool(arguments.pop(name)) for name in _SHARED if name != "no_progress"}
        raise typer.Exit(call(function, Terminal(progress=not no_progress, **shown), arguments))

    command.__doc__ = _flowing(inspect.getdoc(function) or "")
    command.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    command.__annotations__ = {entry.name: entry.annotation for entry in (*own, *shared)}
    return command


def _flowing(words: str) -> str:
    """A docstring whose paragraphs wrap where the terminal ends, not where the source does."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in words.split("\n\n"))


def call(function: Command, terminal: Terminal, arguments: Mapping[str, object]) -> ExitCode:
    """Run a command, show its result or its error, and return the exit code."""
    try:
        result = _worked(function, terminal, arguments)
    except CrmcleanError as error:
        tell(error, terminal)
        return error.exit_code
    except OSError as error:
        return _operating_system(error, terminal)
    except KeyboardInterrupt:
        tell_stopped(terminal)
        return ExitCode.STOPPED
    except Exception as error:  # noqa: BLE001  the boundary: whatever is left is a bug
        tell_bug(error, _folder(arguments), terminal)
        return ExitCode.BUG
    _show(result, terminal)
    return ExitCode.DONE if terminal.exit_zero and result.exit_code in _FINDINGS else result.exit_code


def _worked(function: Command, terminal: Terminal, arguments: Mapping[str, object]) -> Result:
    try:
        return function(terminal=terminal, **arguments)
    finally:
        terminal.listener.stop()


def _folder(arguments: Mapping[str, object]) -> Path:
    """The workspace of a command, whatever it calls it."""
    return Path(str(arguments.get("workspace") or arguments.get("directory") or "."))


def _show(result: Result, terminal: Terminal) -> None:
    try:
        show(result, terminal)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _operating_system(error: OSError, terminal: Terminal) -> ExitCode:
    where = str(error.filename or "a file")
    hint = "check that it exists, that you may use it, and that the disk has room; close it in other programs"
    problem = os.strerror(error.errno).lower() if error.errno else "cannot be used"
    failure = InputError(Fault(where, problem, hint, "file.system"))
    tell(failure, terminal)
    return failure.exit_code
