"""`crmclean handover`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Destination, Workspace
from crmclean.reports.results import Result


def handover(
    terminal: Terminal,
    workspace: Workspace = HERE,
    to: Destination = "rehearsal",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to.", show_default="handover")
    ] = None,
    source_report: Annotated[
        list[Path] | None,
        typer.Option(
            help="Report that the source CRM makes of its deals: must tie to the exports; may be given again.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
) -> Result:
    """Write the sign-off: one page to print, with lines to sign on.

    Reads the target back: records and money by owner, stage, currency and close month, opt-outs, losses, waivers, the
    spot check, open items, and until when the import can be taken back. Ends with 11 while something is open.
    """
    from crmclean.workflow.handover import handover as work

    return work(workspace, out, to=to, source_reports=source_report or (), notify=terminal.notify)
