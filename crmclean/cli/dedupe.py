"""`crmclean dedupe`: the phase; with FILE a tool that needs no plan."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, AsOf, Seed, Workspace, day
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result


def dedupe(
    terminal: Terminal,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="One list, without a plan.")] = None,
    clusters: Annotated[
        Path | None, typer.Option("--clusters", metavar="OUT", help="With FILE: where the answer goes.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", metavar="FILE", help="Look for the rows of FILE in this list.")
    ] = None,
    object_: Annotated[
        str | None, typer.Option("--object", metavar="OBJECT", help="What the rows are, such as contacts.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="FIELD=HEADER", help="What a column holds; repeatable.")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="CC", help="Country of phones, such as US.")] = None,
    workspace: Workspace = HERE,
    as_of: AsOf = None,
    seed: Seed = None,
) -> Result:
    """Merge what is certain; list what a person must decide.

    With FILE: write record, row, cluster, band and probability of each row to OUT, without a plan.
    """
    if file is None:
        from crmclean.workflow.run import phase as work

        return work(workspace, "dedupe", as_of=day(as_of), seed=seed, notify=terminal.notify)
    if clusters is None:
        raise UsageError(
            Fault("--clusters", "is missing", "say where the answer goes: --clusters OUT.csv", "dedupe.out")
        )
    from crmclean.workflow.dedupe_file import ListOptions, check_against, dedupe_file

    options = ListOptions(object_, _columns(column or []), region, seed or 1)
    if against is not None:
        return check_against(file, against, clusters, options, terminal.notify)
    return dedupe_file(file, clusters, options, terminal.notify)


def _columns(given: list[str]) -> dict[str, str]:
    wrong = [each for each in given if "=" not in each]
    if wrong:
        raise UsageError(
            *(Fault("--column", f"{each} has no =", "--column email=Mail", "dedupe.column") for each in wrong)
        )
    return {each.partition("=")[0].strip(): each.partition("=")[2].strip() for each in given}
