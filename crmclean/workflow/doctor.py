"""Checks what crmclean stands on: versions, extras, terminal, credentials, disk, workspace. Holds nothing personal."""

import os
import platform
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from crmclean import __version__
from crmclean.errors import CrmcleanError
from crmclean.plan.model import Plan
from crmclean.plan.read import read_plan
from crmclean.plan.secrets import are_set
from crmclean.records import OBJECTS, PHASES
from crmclean.reports.results import Result, TableView
from crmclean.workspace.atomic import write_text
from crmclean.workspace.paths import Workspace
from crmclean.workspace.shipped import shipped

_LIBRARIES = ("polars", "typer", "rich", "rapidfuzz", "phonenumbers", "email-validator", "fastexcel", "xlsxwriter")
_EXTRAS = {"api": ("httpx",), "sql": ("sqlalchemy", "psycopg"), "keyring": ("keyring",)}
_GIGABYTE = 1024**3
_LITTLE = 2  # gigabytes; a run over a million records writes about that much
_MISSING = "missing"


def doctor(root: Path, report: Path | None = None) -> Result:
    """Return what this machine has; `problems` in the data names what is missing.

    report: where a text for a bug report is written: the same facts without names of files, sources and destinations.
    """
    general = _system() | _versions() | _extras() | _terminal() | _places()
    private = _credentials() | _workspace(root)
    facts = general | private
    problems = [name for name, value in facts.items() if value.startswith(_MISSING)]
    headline = f"{len(problems)} problems: {', '.join(problems)}" if problems else "Everything is in place."
    notes: tuple[str, ...] = ()
    if report is not None:
        write_text(report, _report(general | _counted(root)))
        notes = (f"{report} is written: versions and counts, no names and no cells. Read it, then attach it.",)
    table = TableView("This machine", ("what", "found"), tuple(facts.items()))
    return Result(
        "doctor", headline, (table,), notes=notes, next_step=_next(root), data={"facts": facts, "problems": problems}
    )


def _next(root: Path) -> str:
    return "crmclean status" if Workspace(root).plan.is_file() else "crmclean demo"


def _system() -> dict[str, str]:
    free = shutil.disk_usage(Path.cwd()).free / _GIGABYTE
    return {
        "crmclean": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
        "free disk here": f"{_MISSING}: only {free:.1f} GB are free" if free < _LITTLE else f"{free:.1f} GB",
    }


def _versions() -> dict[str, str]:
    return {name: _version(name) or f"{_MISSING}: install crmclean again" for name in _LIBRARIES}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _extras() -> dict[str, str]:
    """Extras are for some users only, so one that is not there is no problem."""
    found = {}
    for name, libraries in _EXTRAS.items():
        there = all(_version(library) for library in libraries)
        found[f"extra {name}"] = "installed" if there else f'not installed: pip install "crmclean[{name}]"'
    return found


def _terminal() -> dict[str, str]:
    kind = "a terminal" if sys.stdout.isatty() else "no terminal"
    colours = "without colours (NO_COLOR)" if os.environ.get("NO_COLOR") else "with colours on a terminal"
    width = shutil.get_terminal_size().columns
    return {"terminal": f"{kind}, {width} columns, {(sys.stdout.encoding or 'no encoding').lower()}, {colours}"}


def _places() -> dict[str, str]:
    folders = {name: shipped(name).is_dir() for name in ("mappings", "sample_data")}
    return {name: "in place" if there else f"{_MISSING}: install crmclean again" for name, there in folders.items()}


def _credentials() -> dict[str, str]:
    """Tell which secrets are set, by the names of their variables; never a value."""
    names = are_set()
    return {"credentials set": ", ".join(names) or "none"}


def _workspace(root: Path) -> dict[str, str]:
    if not Workspace(root).plan.is_file():
        return {"workspace": "none here"}
    plan, codes = _plan(root)
    if plan is None:
        return {"workspace": f"{_MISSING}: the plan cannot be used ({', '.join(codes)})"}
    writable = os.access(root, os.W_OK)
    return {"workspace": "a plan is here" if writable else f"{_MISSING}: may not be written to"}


def _plan(root: Path) -> tuple[Plan | None, tuple[str, ...]]:
    try:
        return read_plan(root), ()
    except CrmcleanError as error:
        return None, tuple(dict.fromkeys(fault.code for fault in error.faults))


def _counted(root: Path) -> dict[str, str]:
    """Say of a workspace and of credentials what holds no name."""
    facts = {"credentials set": str(len(are_set()))}
    if not Workspace(root).plan.is_file():
        return facts | {"workspace": "none"}
    plan, codes = _plan(root)
    if plan is None:
        return facts | {"workspace": f"faults in the plan: {', '.join(codes)}"}
    kinds = Counter(source.kind for source in plan.sources)
    objects = Counter(file.object for _, file in plan.files if file.object in OBJECTS)
    places = sorted(each.kind.partition(":")[0] for each in plan.destinations.values())
    there = [name for name in PHASES if Workspace(root).phase(name).is_dir()]
    return facts | {
        "target": plan.target.crm,
        "sources": ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items())),
        "files": ", ".join(f"{count} x {object_}" for object_, count in sorted(objects.items())),
        "destinations": ", ".join(places) or "rehearsal only",
        "phases in run/": ", ".join(there) or "none",
    }


def _report(facts: Mapping[str, str]) -> str:
    return "\n".join([*_lines(facts), ""])


def _lines(facts: Mapping[str, str]) -> Iterator[str]:
    yield "# crmclean: bug report"
    yield ""
    yield "What I typed, what I expected, and what happened instead (with the code of the error):"
    yield ""
    yield ""
    yield ""
    yield "| what | found |"
    yield "| --- | --- |"
    for name, value in facts.items():
        yield f"| {name} | {value} |"
