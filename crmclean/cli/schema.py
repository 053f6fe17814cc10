"""`crmclean schema`."""

from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.cli.options import HERE, Workspace
from crmclean.errors import Fault, UsageError
from crmclean.reports.results import Result


def schema(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    what: Annotated[str, typer.Argument(metavar="CRM|import|plan|apply", help="A target, or what to do.")],
    name: Annotated[
        str | None, typer.Argument(metavar="[OBJECT|FILE]", help="One of its objects; or what to import.")
    ] = None,
    workspace: Workspace = HERE,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help="Destination to create fields at.")] = None,
    object_: Annotated[
        str | None, typer.Option("--object", metavar="NAME", help="What FILE describes, where it does not say.")
    ] = None,
) -> Result:
    """Show what a target takes; take over your account's own schema; create what it lacks.

    `schema hubspot contacts` shows an object. `schema import FILE` saves what your CRM or database says of its fields
    (describe, properties, fields_get, an SQLite file or a database URL) and names it in the plan. `schema plan` lists
    what is lacking there, `schema apply --to NAME` creates it and never alters what is there.
    """
    from crmclean.workflow.schema import describe_schema
    from crmclean.workflow.schema_changes import apply_schema, plan_schema
    from crmclean.workflow.schema_import import import_schema

    if what == "import":
        return import_schema(workspace, _needed(name, "FILE", "crmclean schema import FILE"), object_)
    if what == "plan":
        return plan_schema(workspace)
    if what == "apply":
        return apply_schema(workspace, _needed(to, "--to", "crmclean schema apply --to NAME"))
    return describe_schema(what, name, _plan_of(workspace))


def _needed(given: str | None, what: str, hint: str) -> str:
    if given is None:
        raise UsageError(Fault(what, "is missing", f"type `{hint}`", "usage.missing"))
    return given


def _plan_of(workspace: Path) -> Path | None:
    return workspace if (workspace / "migration.toml").is_file() else None
