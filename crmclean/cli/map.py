"""`crmclean map`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, AsOf, Seed, Workspace, day
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result


def map_(
    terminal: Terminal,
    workspace: Workspace = HERE,
    as_of: AsOf = None,
    seed: Seed = None,
    *,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Propose a field for each undecided column.", metavar="")
    ] = False,
    sheet: Annotated[Path | None, typer.Option("--sheet", metavar="OUT", help="Write the sign-off sheet.")] = None,
    apply: Annotated[Path | None, typer.Option("--apply", metavar="SHEET", help="Take its decisions over.")] = None,
) -> Result:
    """Write the records in the target's fields; or propose, sign off and take over what becomes of each column."""
    from crmclean.workflow.map_columns import apply_sheet, suggest_columns, write_sheet
    from crmclean.workflow.run import phase

    if suggest + (sheet is not None) + (apply is not None) > 1:
        hint = "crmclean map --suggest; crmclean map --sheet OUT.xlsx; crmclean map --apply OUT.xlsx"
        raise UsageError(Fault("map", "takes one of --suggest, --sheet and --apply", hint, "usage.contradiction"))
    if suggest:
        return suggest_columns(workspace, as_of=day(as_of), notify=terminal.notify)
    if sheet is not None:
        return write_sheet(workspace, sheet, as_of=day(as_of), notify=terminal.notify)
    if apply is not None:
        return apply_sheet(workspace, apply)
    return phase(workspace, "map", as_of=day(as_of), seed=seed, notify=terminal.notify)
