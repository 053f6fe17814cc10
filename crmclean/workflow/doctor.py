"""Checks what crmclean stands on: versions, disk, workspace. Holds nothing personal."""

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from crmclean import __version__
from crmclean.reports.results import Result, TableView
from crmclean.workspace.paths import Workspace
from crmclean.workspace.shipped import shipped

_LIBRARIES = ("polars", "typer", "rich", "rapidfuzz", "phonenumbers", "email-validator", "fastexcel", "xlsxwriter")
_GIGABYTE = 1024**3


def doctor(root: Path) -> Result:
    """Return what this machine has; `problems` in the data names what is missing."""
    facts = _system() | _versions() | _places(root)
    problems = [name for name, value in facts.items() if value.startswith("missing")]
    headline = f"{len(problems)} problems: {', '.join(problems)}" if problems else "Everything is in place."
    table = TableView("This machine", ("what", "found"), tuple(facts.items()))
    return Result("doctor", headline, (table,), data={"facts": facts, "problems": problems})


def _system() -> dict[str, str]:
    free = shutil.disk_usage(Path.cwd()).free / _GIGABYTE
    return {
        "crmclean": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
        "free disk here": f"{free:.1f} GB",
    }


def _versions() -> dict[str, str]:
    return {name: _version(name) for name in _LIBRARIES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing: install crmclean again"


def _places(root: Path) -> dict[str, str]:
    folders = {name: shipped(name).is_dir() for name in ("mappings", "sample_data")}
    found = {name: "in place" if there else "missing: install crmclean again" for name, there in folders.items()}
    plan = "a plan is here" if Workspace(root).plan.is_file() else "none here"
    return found | {"workspace": plan}
