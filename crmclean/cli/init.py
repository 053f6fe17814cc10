"""`crmclean init`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.questions import ask
from crmclean.reports.results import Result

_AT_TARGET = "The target"


def init(
    terminal: Terminal,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace; it is made where it is missing.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports, or folders of them; - is stdin.")],
    target: Annotated[str | None, typer.Option("--target", metavar="CRM", help="The CRM aimed at.")] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="CC", help="Country of phones, such as US.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CUR", help="Of amounts without one.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="EMAIL", help="Gets what nobody owns.")] = None,
    schema: Annotated[
        Path | None,
        typer.Option("--schema", metavar="FILE", help="Its fields, as for schema import.", rich_help_panel=_AT_TARGET),
    ] = None,
    owners: Annotated[
        Path | None, typer.Option("--owners", metavar="FILE", help="List of its users.", rich_help_panel=_AT_TARGET)
    ] = None,
    existing: Annotated[
        list[Path] | None,
        typer.Option(
            "--existing", metavar="FILE", help="Export of its records; can be repeated.", rich_help_panel=_AT_TARGET
        ),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.", metavar="")] = False,
) -> Result:
    """Recognise exports, ask what they leave open, and write a commented plan.

    Every column is decided: mapped, kept as a custom field, or dropped where it is empty. At most six questions follow,
    each with what was found and a proposal. With `--yes`, or without a terminal, proposals that are safe are taken and
    said; the others stay open in the plan.
    """
    from crmclean.workflow.initialize import Answers, initialize
    from crmclean.workflow.initializing.given import Given

    asked = not yes and not terminal.json and Path("-") not in files and sys.stdin.isatty()
    answers = Answers(target, region.upper() if region else None, currency, owner)
    given = Given(schema, owners, tuple(existing or ()))
    return initialize(directory, files, answers, terminal.notify, ask=ask if asked else None, given=given)
