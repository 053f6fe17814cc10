"""`crmclean schema`."""

from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def schema(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    crm: Annotated[str, typer.Argument(metavar="CRM", help="hubspot, salesforce, pipedrive, zoho, ...")],
    object_: Annotated[
        str | None, typer.Argument(metavar="OBJECT", help="One of its objects, with all fields.")
    ] = None,
) -> Result:
    """Show what a target takes, and which fields of ours fill it."""
    from crmclean.workflow.schema import describe_schema

    return describe_schema(crm, object_)
