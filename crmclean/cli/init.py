"""`crmclean init`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def init(
    terminal: Terminal,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace; it is made where it is missing.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports, or folders of them; - is stdin.")],
    target: Annotated[str | None, typer.Option("--target", metavar="CRM", help="The CRM aimed at.")] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="CC", help="Country of phones, such as US.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CUR", help="Of amounts without one.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="EMAIL", help="Gets what nobody owns.")] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.", metavar="")] = False,
) -> Result:
    """Recognise exports and write a commented plan.

    Every column is decided: mapped, kept as a custom field, or dropped where it is empty. What was not recognised stays
    open, and validation stops until you have said what it is.
    """
    from crmclean.crm.targets import target_names
    from crmclean.workflow.initialize import Answers, initialize

    if not yes and not terminal.json and Path("-") not in files and sys.stdin.isatty():
        target = target or typer.prompt(f"Target CRM ({', '.join(target_names())})", default="hubspot", err=True)
        region = region or typer.prompt("Country of phones that name none, such as US", default="", err=True) or None
    answers = Answers(target or "hubspot", region.upper() if region else None, currency, owner)
    return initialize(directory, files, answers, terminal.notify)
