"""`crmclean explain`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result


def explain(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    record: Annotated[str, typer.Argument(help="Record id, source id, target id, email or name.")],
    field: Annotated[str | None, typer.Argument(help="A field of it, or its header; or a second record.")] = None,
    workspace: Workspace = HERE,
    *,
    why_not: Annotated[
        bool, typer.Option("--why-not", help="Say why RECORD and a second one were not merged.", metavar="")
    ] = False,
) -> Result:
    """Tell the story of a record or of one cell; or why two records were not merged.

    From file and row through each change, merge and decision to the target.
    """
    if why_not:
        if field is None:
            hint = "crmclean explain --why-not A B"
            raise UsageError(Fault("--why-not", "takes two records", hint, "record.two"))
        from crmclean.workflow.why_not import why_not as compare

        return compare(workspace, record, field)
    from crmclean.workflow.explain import explain as work

    return work(workspace, record, field)
