"""Errors as people and scripts read them, on stderr: where and what, a hint, a stable code."""

import json
import tempfile
import traceback
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crmclean import __version__
from crmclean.cli.console import Terminal, safe, stderr
from crmclean.cli.show import SCHEMA_VERSION
from crmclean.errors import CrmcleanError, ExitCode, Fault


def tell(error: CrmcleanError, terminal: Terminal) -> None:
    """Write all faults of an error to stderr."""
    _write(error.faults, error.exit_code, terminal)


def tell_stopped(terminal: Terminal) -> None:
    """Say that Ctrl-C was heard."""
    hint = "type the same command again to go on where it stopped"
    _write(
        (Fault("crmclean", "stopped by Ctrl-C; nothing is half-written", hint, "stopped"),), ExitCode.STOPPED, terminal
    )


def tell_bug(error: Exception, folder: Path, terminal: Terminal) -> None:
    """Write where a bug happened to run.log, and one line about it to stderr."""
    story = _story(error)
    log = _log(folder, story)
    hint = f"please report it with {log}, which holds no data of yours"
    _write(
        (Fault("crmclean", f"a bug ({type(error).__name__}); nothing is half-written", hint, "bug"),),
        ExitCode.BUG,
        terminal,
    )
    if terminal.verbose:
        stderr().print(Text(story), soft_wrap=True)


def _write(faults: tuple[Fault, ...], exit_code: ExitCode, terminal: Terminal) -> None:
    console = stderr()
    if terminal.json:
        document = {"schema_version": SCHEMA_VERSION, "exit_code": int(exit_code), "errors": [vars(f) for f in faults]}
        console.out(json.dumps(document, indent=2))
        return
    for position, fault in enumerate(faults):
        if position:
            console.print()
        _print(fault, console)


def _print(fault: Fault, console: Console) -> None:
    lines = (
        Text("error: ", style="bad") + Text(safe(f"{fault.where}: {fault.problem}")),
        Text("hint: ", style="hint") + Text(safe(fault.hint)),
        Text(f"code: {fault.code}", style="faint"),
    )
    for line in lines:
        console.print(line, soft_wrap=not console.is_terminal)


def _story(error: BaseException) -> str:
    """Files, lines and types only: the message of an unknown exception may quote a cell."""
    lines = [f"crmclean {__version__}\n"]
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or link.__context__
    for link in reversed(links):
        lines += [*traceback.format_tb(link.__traceback__), f"{type(link).__module__}.{type(link).__qualname__}\n\n"]
    return "".join(lines)


def _log(folder: Path, story: str) -> Path:
    if (folder / "migration.toml").is_file() and (folder / "run").is_dir():
        path = folder / "run" / "run.log"
    else:
        path = Path(tempfile.mkdtemp(prefix="crmclean-")) / "run.log"
    with path.open("a", encoding="utf-8") as log:
        log.write(story)
    return path
