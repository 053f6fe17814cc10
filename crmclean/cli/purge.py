"""`crmclean purge`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def purge(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    keep: Annotated[
        str, typer.Option("--keep", metavar="LIST", help="What stays, masked, in the folder kept.")
    ] = "report,ledger,crosswalk",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; nothing brings it back.", metavar="")] = False,
    exports: Annotated[bool, typer.Option("--exports", help="Remove exports/, too.", metavar="")] = False,
    workspace: Workspace = HERE,
) -> Result:
    """Remove personal data when the project ends.

    Goes: run, archive, state and the rehearsal database. Stays: the plan, decisions, and what --keep names, with
    personal values masked. Refused while the fate of rows at a target is not known.
    """
    from crmclean.workflow.purge import purge as work

    return work(workspace, [name.strip() for name in keep.split(",") if name.strip()], yes=yes, exports=exports)
