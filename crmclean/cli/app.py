"""The command line: the one visible list of commands, in the groups that the help shows."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from crmclean import __version__
from crmclean.cli.clean import clean
from crmclean.cli.codes import codes
from crmclean.cli.command import Command, call, guarded
from crmclean.cli.console import Terminal
from crmclean.cli.dedupe import dedupe
from crmclean.cli.demo import demo
from crmclean.cli.diff import diff
from crmclean.cli.doctor import doctor
from crmclean.cli.explain import explain
from crmclean.cli.export import export
from crmclean.cli.group import Group
from crmclean.cli.handover import handover
from crmclean.cli.hygiene import hygiene
from crmclean.cli.init import init
from crmclean.cli.map import map_
from crmclean.cli.phases import audit, import_, load, normalize, stale, validate
from crmclean.cli.profile import profile
from crmclean.cli.purge import purge
from crmclean.cli.restore import restore
from crmclean.cli.review import review
from crmclean.cli.rollback import rollback
from crmclean.cli.run import run
from crmclean.cli.sample import sample
from crmclean.cli.schema import schema
from crmclean.cli.settle import settle
from crmclean.cli.start import start
from crmclean.cli.status import status
from crmclean.cli.unmerge import unmerge
from crmclean.cli.values import values
from crmclean.errors import ExitCode

COMMANDS: dict[str, tuple[Command, ...]] = {
    "Start": (demo, init, clean),
    "Migrate": (
        *(run, load, normalize, dedupe, stale, map_, validate, import_, audit),
        *(review, status, explain, diff, handover, purge),
    ),
    "Keep clean": (hygiene,),
    "Undo": (rollback, unmerge, restore, settle),
    "Tools": (export, profile, values, schema, sample, codes, doctor),
}

app = typer.Typer(
    name="crmclean",
    cls=Group,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"crmclean {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001  its callback answers
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True, metavar="")
    ] = False,
) -> None:
    """From raw CRM exports to a clean, de-duplicated, mapped, validated, loaded and audited target CRM."""
    if context.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        raise typer.Exit(call(start, Terminal(), {}))
    typer.echo(context.get_help())
    raise typer.Exit(ExitCode.USAGE)


for _group, _functions in COMMANDS.items():
    for _function in _functions:
        app.command(name=_function.__name__.strip("_"), rich_help_panel=_group)(guarded(_function))


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console without UTF-8 shows codes and goes on
    app()
