"""Bare `crmclean` in a terminal: asks for a list and a CRM, and cleans the list."""

import shlex
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result

_WELCOME = """crmclean makes a list of contacts, companies or deals ready to import. Your file is not changed.
For everything else: crmclean --help
"""
_AT_THE_TOP = ("hubspot", "salesforce")


def start(terminal: Terminal) -> Result:
    """Ask three questions, clean the list, and offer to open the page that says what to do."""
    from crmclean.crm.targets import target_names
    from crmclean.workflow.clean import clean
    from crmclean.workflow.cleaning.files import PAGE
    from crmclean.workflow.initialize import Answers

    typer.echo(_WELCOME, err=True)
    file = _file()
    target = _choice([*_AT_THE_TOP, *(name for name in target_names() if name not in _AT_THE_TOP)])
    region = typer.prompt("Country of phone numbers that name none, such as US or DE (Enter: none)", "", err=True)
    out = free_folder(file)
    result = clean(file, out, Answers(target, region.strip().upper() or None), terminal.notify)
    if typer.confirm(f"Open {PAGE} now?", default=True, err=True):
        typer.launch(str(out / PAGE))
    return result


def _file() -> Path:
    while True:
        path = dropped(typer.prompt("Drag your list into this window and press Enter", err=True))
        if path.is_file():
            return path
        typer.echo(f"There is no file {path}. Drag it in, or type its whole path.", err=True)


def dropped(text: str, *, windows: bool = sys.platform == "win32") -> Path:
    """Return the path that a terminal wrote for a dropped file: quoted, escaped, a URL, or behind PowerShell's `&`."""
    text = text.strip()
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    if windows:
        return Path(text.removeprefix("&").strip().strip("\"'"))
    try:
        words = shlex.split(text)
    except ValueError:  # a lone quote is part of the name
        words = [text]
    return Path(words[0] if len(words) == 1 else text).expanduser()


def _choice(names: list[str]) -> str:
    for number, name in enumerate(names, start=1):
        typer.echo(f"  {number}  {name}", err=True)
    while True:
        answer = str(typer.prompt("Which CRM will import it?", "1", err=True)).strip().lower()
        if answer in names:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1]
        typer.echo(f"Type a number from 1 to {len(names)}, or a name.", err=True)


def free_folder(file: Path) -> Path:
    """Return a new folder beside the list: the first of list-clean, list-clean-2 and so on that is not there."""
    folder = file.with_name("clean" if str(file) == "-" else f"{file.stem}-clean")
    number = 2
    place = folder
    while place.exists():
        place, number = folder.with_name(f"{folder.name}-{number}"), number + 1
    return place
