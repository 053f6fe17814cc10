"""The group of all commands: wrong command lines are told as JSON, too, where a script asked for JSON."""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from crmclean.cli.console import Terminal
from crmclean.cli.faults import tell
from crmclean.errors import ExitCode, Fault, UsageError

_WRONG = typer.BadParameter.__mro__[1]  # click's UsageError, wherever this version of typer keeps click


class Group(TyperGroup):
    """All commands; with `--json` every error is one document."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command line."""
        given = sys.argv[1:] if args is None else list(args)
        if "--json" not in given:
            return super().main(args, *rest, **extra)
        try:
            code = super().main(args, *rest, **{**extra, "standalone_mode": False})
        except Exception as error:
            if not isinstance(error, _WRONG):
                raise
            tell(UsageError(_fault(error)), Terminal(json=True))
            code = ExitCode.USAGE
        sys.exit(code or 0)


def _fault(error: Any) -> Fault:
    where = error.ctx.command_path if error.ctx else "crmclean"
    return Fault(where, error.format_message().rstrip("."), f"{where} --help", "usage")
