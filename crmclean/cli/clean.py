"""`crmclean clean`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.start import free_folder
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result


def clean(
    terminal: Terminal,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A list of contacts, companies or deals; - is stdin.")
    ] = None,
    target: Annotated[str, typer.Option("--for", metavar="CRM", help="The CRM that will import it.")] = "hubspot",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="A new folder.", show_default="FILE-clean, or FILE-clean-2 and so on"
        ),
    ] = None,
    object_: Annotated[
        str | None, typer.Option("--object", metavar="OBJECT", help="What the rows are, where no column tells.")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="CC", help="Country of phones, such as US.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CUR", help="Of amounts without one.")] = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="SHEET", help="Take the answers of 2-check-these over.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answered.")] = "reviewer",
) -> Result:
    """Clean one list, without a plan: ready to import.

    Only certain duplicates merge. Doubtful pairs, rows merged away and rows left out stand in files of their own. Fill
    in 2-check-these.xlsx, and --apply writes all files anew by your answers.
    """
    from crmclean.workflow.clean import apply_answers
    from crmclean.workflow.clean import clean as work
    from crmclean.workflow.initialize import Answers

    if apply is not None and file is None:
        return apply_answers(apply, out, by, terminal.notify)
    if file is not None and apply is None:
        answers = Answers(target, region.upper() if region else None, currency, object=object_)
        return work(file, out or free_folder(file), answers, terminal.notify)
    problem = "takes a file or --apply, not both" if file else "needs a file, or --apply with an answered sheet"
    raise UsageError(Fault("clean", problem, "type `crmclean clean contacts.csv --for hubspot`", "usage.clean"))
