"""What people call a field: its own name, the header in the file, or what the target calls it."""

import json
from collections.abc import Iterator

from crmclean.errors import Fault, UsageError, nearest
from crmclean.pipeline.store import tables
from crmclean.workflow.explaining.lookup import Place
from crmclean.workflow.explaining.mapped_cells import made_of
from crmclean.workspace.paths import Workspace

CANONICAL = ("load", "normalize", "dedupe", "stale")  # later phases speak the target's language


def named_field(workspace: Workspace, place: Place, name: str) -> str:
    """Return the field that somebody names by its own name, by the header in the file, or by what the target calls it.

    Raises:
        UsageError: there is none; or a field of the target is made of several.
    """
    columns = [name for phase in CANONICAL for name in columns_of(workspace, phase, place.object)]
    if name in columns:
        return name
    headers = {column["header"].casefold(): column["column"] for column in _read_columns(workspace, place)}
    parts = [field for field in made_of(workspace, place, name) if field in columns]
    found = headers.get(name.casefold()) or (parts[0] if len(parts) == 1 else None)
    if found:
        return str(found)
    if parts:
        hint = f"name one of these: {', '.join(parts)}"
        raise UsageError(Fault("FIELD", f"{name} is made of several fields", hint, "record.several-fields"))
    problem = f"{place.object} has no field {name}"
    raise UsageError(Fault("FIELD", problem, nearest(name, columns), "record.unknown-field"))


def columns_of(workspace: Workspace, phase: str, object_: str) -> list[str]:
    """Return the fields of an object after a phase; none where the phase has no such table."""
    table = tables(workspace, phase).get(object_)
    names = table.collect_schema().names() if table is not None else []
    return [name for name in names if not name.startswith("_")]


def header_of(workspace: Workspace, place: Place, field: str | None) -> Iterator[str]:
    """Under which header the field stands in its file; none where it was derived."""
    for column in _read_columns(workspace, place):
        if column["column"] == field:
            yield f"In the file, the column is {column['header']}."


def _read_columns(workspace: Workspace, place: Place) -> list[dict[str, str]]:
    """Return the columns of the file of a record, each with its header."""
    path = workspace.phase("load") / "columns.json"
    files = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return list(files.get(place.file, {}).get("columns", ()))
