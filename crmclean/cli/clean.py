"""`crmclean clean`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def clean(
    terminal: Terminal,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list of contacts, companies or deals; - is stdin.")],
    target: Annotated[str, typer.Option("--for", metavar="CRM", help="The CRM that will import it.")] = "hubspot",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="A new folder.", show_default="FILE-clean")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="CC", help="Country of phones, such as US.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CUR", help="Of amounts without one.")] = None,
) -> Result:
    """Clean one list, without a plan: ready to import.

    Only certain duplicates merge. Doubtful pairs, rows merged away and rows left out stand in files of their own.
    """
    from crmclean.workflow.clean import clean as work
    from crmclean.workflow.initialize import Answers

    answers = Answers(target, region.upper() if region else None, currency)
    return work(
        file, out or file.with_name("clean" if str(file) == "-" else f"{file.stem}-clean"), answers, terminal.notify
    )
