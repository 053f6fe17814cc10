"""`crmclean settle`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Destination, Workspace
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result


def settle(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    records: Annotated[
        list[str] | None, typer.Argument(metavar="[RECORD]...", help="Record ids; without any: all without an answer.")
    ] = None,
    workspace: Workspace = HERE,
    to: Destination = "rehearsal",
    *,
    adopt: Annotated[bool, typer.Option("--adopt", help="They are there: look up their ids.", metavar="")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="They never arrived: send them again.", metavar="")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Give them up.", metavar="")] = False,
    id_: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="With --adopt, of one record.", show_default=False)
    ] = None,
) -> Result:
    """Decide about rows that were sent and never answered.

    Where the target enforces our key this is never needed. Without options it lists them.
    """
    from crmclean.workflow.settle import settle as work

    said = [name for name, flag in (("adopt", adopt), ("resend", resend), ("skip", skip)) if flag]
    if len(said) > 1 or (id_ and said != ["adopt"]):
        hint = "--id goes with --adopt only"
        raise UsageError(Fault("settle", "say one of --adopt, --resend, --skip", hint, "settle.one-way"))
    return work(workspace, records or (), to=to, how=said[0] if said else None, id_=id_)
