"""`crmclean hygiene`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import AsOf, day
from crmclean.reports.results import Result

_HISTORY = "History"


class FailOn(StrEnum):
    """When the command ends with 10."""

    WORSE = "worse"
    TARGET = "target"
    NEVER = "never"


class Duplicates(StrEnum):
    """How duplicates are found."""

    FULL = "full"
    EXACT = "exact"


def hygiene(
    terminal: Terminal,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="Exports, or a folder of exports or dated snapshots.")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", metavar="DIR", help="Exports and settings of its plan.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="Read this destination of the plan back instead.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the scorecard.", show_default="crmclean-hygiene"),
    ] = None,
    kpi: Annotated[
        Path | None, typer.Option("--kpi", metavar="FILE", help="Your targets, thresholds and measures (TOML).")
    ] = None,
    duplicates: Annotated[
        Duplicates, typer.Option("--duplicates", metavar="HOW", help="full, or exact: equal keys only, faster.")
    ] = Duplicates.FULL,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="Verdicts on pairs: rejected ones are no duplicates.",
            show_default="decisions/pairs.csv of the workspace",
        ),
    ] = None,
    as_of: AsOf = None,
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="CC", help="Country of phones, such as US.", show_default="the KPI file's"),
    ] = None,
    locale: Annotated[
        str | None,
        typer.Option("--locale", metavar="CODE", help="Of numbers and dates.", show_default="the KPI file's, en_US"),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", metavar="WHEN", help="End with 10: worse (than accepted), target, never.")
    ] = FailOn.WORSE,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="Earlier runs, added to.",
            show_default="hygiene.sqlite beside the exports",
            rich_help_panel=_HISTORY,
        ),
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", metavar="", help="Compare later runs with this one.", rich_help_panel=_HISTORY)
    ] = False,
    accepted: Annotated[
        Path | None,
        typer.Option(
            "--accepted",
            metavar="FILE",
            help="Accepted exceptions (CSV).",
            show_default="hygiene-accepted.csv beside the history",
            rich_help_panel=_HISTORY,
        ),
    ] = None,
) -> Result:
    """Score exports against targets, with the trend over time.

    Run it every two weeks on fresh exports. The first run is the accepted one; --accept moves it.
    """
    from crmclean.workflow.hygiene import Request
    from crmclean.workflow.hygiene import hygiene as work

    request = Request(
        files=tuple(files or ()),
        workspace=workspace,
        to=to,
        kpi=kpi,
        history=history,
        accepted=accepted,
        out=out,
        fail_on=fail_on.value,
        how=duplicates.value,
        as_of=day(as_of),
        accept=accept,
        locale=locale,
        region=region.upper() if region else None,
        decisions=decisions,
    )
    return work(request, terminal.notify)
