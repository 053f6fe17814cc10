"""`crmclean export`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.reports.results import Result


def export(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the tables.")],
    workspace: Workspace = HERE,
    destination: Annotated[
        str, typer.Option("--destination", metavar="NAME", help="Whose ids the tables and the crosswalk show.")
    ] = "rehearsal",
    csv: Annotated[bool, typer.Option("--csv", help="CSV instead of Parquet.", metavar="")] = False,
) -> Result:
    """Write the clean, linked tables for Power BI, DuckDB and the like.

    Parquet with typed columns: one table per object with the records that stay, the crosswalk, the ledger, stage
    history where the exports have it, and a data dictionary.
    """
    from crmclean.workflow.export import export as work

    return work(workspace, to, destination=destination, csv=csv)
