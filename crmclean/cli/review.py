"""`crmclean review`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result


def review(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    workspace: Workspace = HERE,
    *,
    export: Annotated[bool, typer.Option("--export", help="Write doubtful pairs to run/review/.", metavar="")] = False,
    apply: Annotated[Path | None, typer.Option("--apply", metavar="FILE", help="Take over a filled-in file.")] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME", help="Who decides. With --export: owner or territory, a file for each."),
    ] = None,
) -> Result:
    """Answer doubtful duplicates one by one; or write them to a sheet, and take its answers over."""
    from crmclean.workflow.review import apply_review, export_review

    if export and apply is not None:
        hint = "crmclean review --export, fill in the column decision, crmclean review --apply FILE --by NAME"
        raise UsageError(Fault("review", "takes --export or --apply FILE, not both", hint, "review.what"))
    if export:
        return export_review(workspace, by)
    if apply is not None:
        return apply_review(workspace, apply, by)
    if by is None:
        hint = "say who decides: --by NAME; or write a sheet: --export"
        raise UsageError(Fault("--by", "is missing", hint, "review.what"))
    from crmclean.cli.review_prompt import ask
    from crmclean.workflow.review_session import ReviewSession

    return ask(ReviewSession(workspace, by))
