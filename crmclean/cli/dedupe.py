"""`crmclean dedupe`: the phase; with FILE a tool that needs no plan."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, AsOf, Seed, Workspace, day
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result
from crmclean.reports.wording import as_typed

_FILE = "With FILE"


def dedupe(
    terminal: Terminal,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A list, without a plan; - is stdin.")] = None,
    workspace: Workspace = HERE,
    as_of: AsOf = None,
    seed: Seed = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="Learn how to weigh evidence from these records, for later runs, too.")
    ] = False,
    clusters: Annotated[
        Path | None, typer.Option("--clusters", metavar="OUT", help="CSV to write.", rich_help_panel=_FILE)
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="KNOWN", help="Look for its rows in this list.", rich_help_panel=_FILE),
    ] = None,
    object_: Annotated[
        str | None, typer.Option("--object", metavar="OBJECT", help="What the rows are.", rich_help_panel=_FILE)
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=HEADER", help="A field's column.", rich_help_panel=_FILE),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="CC", help="Country of phones.", rich_help_panel=_FILE)
    ] = None,
) -> Result:
    """Merge what is certain; list what a person must decide.

    With FILE and --clusters OUT: find the duplicates in one list, or with --against in another one, and change nothing.
    """
    if file is None:
        from crmclean.workflow.run import phase

        return phase(workspace, "dedupe", as_of=day(as_of), seed=seed, learn=learn, notify=terminal.notify)
    if learn:
        hint = "leave it out: a single list is weighed by itself"
        raise UsageError(Fault("--learn", "keeps weights in a workspace, not for a FILE", hint, "dedupe.learn"))
    if clusters is None:
        hint = f"crmclean dedupe {as_typed(file)} --clusters OUT.csv"
        raise UsageError(Fault("--clusters", "is missing", hint, "dedupe.no-clusters"))
    from crmclean.workflow.dedupe_file import ListOptions, check_against, dedupe_file

    options = ListOptions(object_, _columns(column or []), region, seed or 1)
    if against is not None:
        return check_against(file, against, clusters, options, terminal.notify)
    return dedupe_file(file, clusters, options, terminal.notify)


def _columns(pairs: list[str]) -> dict[str, str]:
    hint = "write FIELD=HEADER, such as email=Mail"
    faults = [Fault("--column", f"{pair} has no =", hint, "dedupe.column") for pair in pairs if "=" not in pair]
    if faults:
        raise UsageError(*faults)
    return dict(pair.split("=", 1) for pair in pairs)
