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
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decided; needed with --apply.")] = None,
) -> Result:
    """Write doubtful duplicates to a sheet, or take answers over."""
    from crmclean.workflow.review import apply_review, export_review

    if export == (apply is not None):
        hint = "crmclean review --export, fill in the column decision, crmclean review --apply FILE --by NAME"
        raise UsageError(Fault("review", "needs either --export or --apply FILE", hint, "review.what"))
    if apply is None:
        return export_review(workspace)
    if by is None:
        raise UsageError(Fault("--by", "is missing", "say who decided: --by NAME", "review.who"))
    return apply_review(workspace, apply, by)
