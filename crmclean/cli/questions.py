"""Asks the questions of a command on a terminal: what was found, the choices, and Enter for the proposal."""

from textwrap import fill

import typer

from crmclean.cli.console import safe, stderr
from crmclean.workflow.initializing.asking import Question

_WIDE = 80


def ask(question: Question, number: int, of: int) -> str | None:
    """Return the answer as it is kept; None leaves the question open."""
    typer.echo(f"\n{number} of {of}  {question.text}", err=True)
    for line in question.found:
        typer.echo(fill(safe(line), min(stderr().width, _WIDE), initial_indent="  ", subsequent_indent="  "), err=True)
    for place, (name, meaning) in enumerate(question.options.items(), start=1):
        typer.echo(f"    {place}  {safe(name):<12}  {safe(meaning)}", err=True)
    while True:
        answer = str(typer.prompt(_prompt(question), default=question.proposal or "", show_default=False, err=True))
        if not answer.strip() or (answer.strip().casefold() == "none" and not question.options):
            return None
        kept = question.meant(answer)
        if kept is not None:
            return kept
        typer.echo(_again(question), err=True)


def _prompt(question: Question) -> str:
    if question.options:
        return f"  Number or name (Enter: {question.proposal})"
    if question.proposal is None:
        return "  Enter: leave it open"
    return f"  (Enter: {question.proposal}; none: leave it open)"


def _again(question: Question) -> str:
    if question.options:
        return f"  Type a number from 1 to {len(question.options)}, or a name."
    return "  That was not understood. Type it again, or press Enter."
