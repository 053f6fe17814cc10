"""`crmclean codes`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def codes(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="Such as phones.no-region or plan.twice.")] = None,
) -> Result:
    """Say what a code means: its cause, an example, the cure.

    Codes stand below errors, and with every change, finding and outcome. Without CODE: the list of all.
    """
    from crmclean.workflow.catalogue import explain_code

    return explain_code(code)
