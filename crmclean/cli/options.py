"""Options that several commands share, each declared once."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

HERE = Path()
_OUTPUT = "Output"


class Phase(StrEnum):
    """A phase as the command line takes it; equal to records.PHASES."""

    LOAD = "load"
    NORMALIZE = "normalize"
    DEDUPE = "dedupe"
    STALE = "stale"
    MAP = "map"
    VALIDATE = "validate"
    IMPORT = "import"
    AUDIT = "audit"


Workspace = Annotated[
    Path,
    typer.Option("--workspace", "-w", metavar="DIR", help="Folder with migration.toml.", show_default="this folder"),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Date that ages are counted from.",
        show_default="the plan's, else the newest in the exports",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Seed of samples and spot checks.", show_default="the plan's"),
]

Destination = Annotated[
    str, typer.Option("--to", metavar="NAME", help="Destination of the plan, or the embedded rehearsal database.")
]

_WAIVERS = "Waivers"
Waived = Annotated[
    list[str] | None,
    typer.Option("--waive", metavar="GATE", help="Go on past this closed gate.", rich_help_panel=_WAIVERS),
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why.", show_default=False, rich_help_panel=_WAIVERS)
]
By = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Who says so.", show_default=False, rich_help_panel=_WAIVERS)
]

Confirm = Annotated[
    str | None,
    typer.Option("--confirm", metavar="ACCOUNT", help="The production account, as read back.", show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Look at everything, send nothing.", metavar="")]
Round = Annotated[
    str | None,
    typer.Option("--round", metavar="NAME", help="Import fresh exports as a later round.", show_default=False),
]
OneStage = Annotated[
    str | None, typer.Option("--stage", metavar="NAME", help="Import this stage only.", show_default="all")
]
Until = Annotated[str | None, typer.Option("--until", metavar="NAME", help="Last stage to import.", show_default="all")]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1, help="First a pilot slice of N people.", show_default="10 in production"
    ),
]
Where = Annotated[
    str | None, typer.Option("--where", metavar="EXPR", help="Who is in the pilot slice.", show_default=False)
]

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.", metavar="", rich_help_panel=_OUTPUT)]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Only the headline, no progress.", metavar="", rich_help_panel=_OUTPUT)
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show where a bug happened.", metavar="", rich_help_panel=_OUTPUT)
]
NoProgress = Annotated[
    bool, typer.Option("--no-progress", help="Plain lines instead of bars.", metavar="", rich_help_panel=_OUTPUT)
]
ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help="End with 0 instead of 10 or 11.", metavar="", rich_help_panel=_OUTPUT)
]


def day(moment: datetime | None) -> date | None:
    """Return the day of a moment; typer knows no plain dates."""
    return moment.date() if moment else None
