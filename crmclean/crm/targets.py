"""Finds and reads the target schemas in mappings/targets/<crm>.toml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from crmclean.crm.target_file import read_target_file
from crmclean.crm.target_model import RECORD_KEY, Limits, SourceRule, Split, TargetField, TargetObject, TargetSchema
from crmclean.errors import Fault, PlanError, nearest
from crmclean.workspace.shipped import shipped

__all__ = [
    "RECORD_KEY",
    "Limits",
    "SourceRule",
    "Split",
    "TargetField",
    "TargetObject",
    "TargetSchema",
    "target",
    "target_names",
]


def target_names() -> tuple[str, ...]:
    """Return the names of the shipped targets."""
    return tuple(sorted(_files()))


@cache
def target(name: str) -> TargetSchema:
    """Return the shipped schema of a CRM, such as "hubspot".

    Raises:
        PlanError: no such target, or its file has faults; every one is listed.
    """
    files = _files()
    if name not in files:
        problem = f"no target is called {name}"
        raise PlanError(Fault("target.crm", problem, nearest(name, sorted(files)), "target.unknown"))
    return read_target_file(files[name])


def _files() -> Mapping[str, Path]:
    return {path.stem: path for path in (shipped("mappings") / "targets").glob("*.toml")}
