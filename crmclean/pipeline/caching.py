"""Keys of phases: a phase whose inputs, plan and code are unchanged is not run again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import cache
from operator import attrgetter
from pathlib import Path

from crmclean import __version__
from crmclean.files.at_once import at_once
from crmclean.files.opening import container_of, size_of
from crmclean.plan.model import Plan
from crmclean.plan.suppress import ERASE
from crmclean.values.phones import metadata_version
from crmclean.workspace.paths import Workspace
from crmclean.workspace.shipped import shipped

# What of the plan each phase depends on; a phase also depends on all that the phases before it depend on.
_PLAN_PARTS = {
    "load": ("sources", "objects", "ignored", "suppress", "derive_companies"),
    "normalize": ("defaults",),
    "dedupe": ("dedupe", "target.crm", "target.existing"),
    "stale": ("stale", "complete", "lifecycle"),
    "map": ("target", "columns", "fields", "values", "unlisted"),
    "validate": ("checks", "gates", "spot_check", "stages"),
}
# What dedupe depends on; an erasure takes the cells out of what `load` wrote, so that nobody can look for more without
# reading the exports again.
_LOAD_WITH_ERASURE = ("defaults", "dedupe", "target.crm", "target.existing")
_PERSONS_FILES = {"dedupe": ("pairs.csv",), "stale": ("restored.csv",), "validate": ("spot-check.csv",)}


def file_hash(path: Path) -> str | None:
    """Return the SHA-256 of a file in hex, or None where there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def input_hashes(plan: Plan) -> Mapping[str, str | None]:
    """Return path -> SHA-256 of every file that the plan reads."""
    further = [*(extra.path for extra in plan.objects), *(entry.path for entry in plan.suppress)]
    named = {*(file.path for _, file in plan.files), *further}
    copies = {file.path for _, file in plan.files if file.database}
    paths = sorted(named)
    hashes = at_once(
        lambda path: _hash(plan.root / path, is_copy=path in copies), paths, lambda path: size_of(plan.root / path)
    )
    return dict(zip(paths, hashes, strict=True))


def _hash(path: Path, *, is_copy: bool) -> str | None:
    """Return the hash of a file; of what was read from a database the hash that was kept, as the copy may be gone."""
    kept = database_hash(path)
    if is_copy and kept.is_file():
        return kept.read_text(encoding="utf-8")
    return file_hash(container_of(path))


def database_hash(path: Path) -> Path:
    """Return the file with the hash of a copy of a database's table."""
    return path.with_suffix(".sha256")


def phase_key(phase: str, plan: Plan, before: str, *, seed: int, as_of: str | None) -> str:
    """Return the key of a phase; `before` is the key of the phase before it, or of the inputs."""
    erases = phase == "load" and any(entry.reason == ERASE for entry in plan.suppress)
    names = (*_PLAN_PARTS[phase], *(_LOAD_WITH_ERASURE if erases else ()))
    parts = {name: _plain(attrgetter(name)(plan)) for name in names}
    workspace = Workspace(plan.root)
    files = _PERSONS_FILES["dedupe" if erases else phase] if erases or phase in _PERSONS_FILES else ()
    people = {name: file_hash(workspace.decisions / name) for name in files}
    if phase == "dedupe":
        people[workspace.weights.name] = file_hash(workspace.weights)
    if phase == "map" and plan.target.schema:
        people[plan.target.schema] = file_hash(plan.root / plan.target.schema)
    known = {"code": code_version(), "before": before, "plan": parts, "people": people, "seed": seed, "as_of": as_of}
    return digest({"phase": phase, **known})


def digest(document: object) -> str:
    """Return a hash of a JSON document."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def plan_hash(plan: Plan) -> str:
    """Return the hash of the whole plan; the folder that it stands in has no part in it."""
    return digest({part.name: _plain(getattr(plan, part.name)) for part in fields(plan) if part.name != "root"})


@cache
def code_version() -> str:
    """Return a hash over the version, the code, the mappings and the phone metadata."""
    package = Path(__file__).resolve().parents[1]
    files = sorted([*package.rglob("*.py"), *package.rglob("*.csv"), *shipped("mappings").rglob("*.toml")])
    return digest([__version__, metadata_version(), *(file_hash(path) for path in files)])


def _plain(value: object) -> object:
    """Turn dataclasses into dicts; mappings keep their entries, whatever their type."""
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in sorted(value.items())}
    return value
