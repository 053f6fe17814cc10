"""Takes over the schema that an account really has: from the CRM's own description, or a database's catalogue."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from crmclean.crm.live_documents import LiveObject, Objects, live_objects, saved
from crmclean.crm.live_fields import column
from crmclean.crm.live_overlay import live_name
from crmclean.crm.targets import TargetSchema, target
from crmclean.destinations.registry import catalogue_of
from crmclean.errors import Fault, InputError, UsageError, nearest
from crmclean.files.catalogues import Column, sqlite_catalogue
from crmclean.plan.account_schema import FOLDER, saved_objects
from crmclean.plan.edit import with_setting
from crmclean.plan.model import Plan
from crmclean.plan.read import read_plan
from crmclean.reports.results import Result, TableView
from crmclean.workspace.atomic import make_folder, write_text
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

_SQLITE = b"SQLite format 3\0"
_SHAPES = (
    "a Salesforce describe, HubSpot properties, Pipedrive fields, Zoho fields, Dynamics 365 attributes or "
    "Odoo fields_get as JSON, an SQLite file, or the URL of a database"
)


def import_schema(root: Path, source: str, object_: str | None = None) -> Result:
    """Save the schema in the workspace, name it in the plan, and say how it differs from the shipped one.

    source: a file, or the URL of a database. object_: the target's object, where the file does not say it.

    Raises:
        InputError: it cannot be read, or is of another CRM. UsageError: no such object.
    """
    with held(Workspace(root)):
        plan = read_plan(root)
        schema = target(plan.target.crm)
        found = _objects(plan, schema, source, object_)
        path = root / (plan.target.schema or f"{FOLDER}/{schema.name}.json")
        before = dict(saved_objects(path, schema)) if path.is_file() else {}
        make_folder(path.parent)
        write_text(path, saved(schema.name, {**before, **found}))
        if plan.target.schema is None:
            _name_in_plan(root, path)
    return _result(schema, found, path.relative_to(root))


def described(path: Path) -> str | None:
    """Return the CRM whose fields a file describes, None where it does not say."""
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) == _SQLITE:
            return None
    crms = {each.crm for each in live_objects(_document(path))}
    return crms.pop() if len(crms) == 1 else None


def _name_in_plan(root: Path, path: Path) -> None:
    text = Workspace(root).plan.read_text(encoding="utf-8-sig")
    write_text(Workspace(root).plan, with_setting(text, "target", "schema", path.relative_to(root).as_posix()))


def _objects(plan: Plan, schema: TargetSchema, source: str, object_: str | None) -> Objects:
    if "://" in source:
        return _tables(schema, catalogue_of(source, Workspace(plan.root)), source)
    path = Path(source)
    if not path.is_file():
        raise InputError(Fault(source, "there is no such file", f"name {_SHAPES}", "file.missing"))
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) == _SQLITE:
            return _tables(schema, sqlite_catalogue(path), path.name)
    found = live_objects(_document(path))
    if not found:
        raise InputError(Fault(path.name, "describes no fields that we know", f"name {_SHAPES}", "schema.unknown"))
    _refuse_other_crm(schema, path, found)
    return {_object_of(schema, each, path, object_): each.fields for each in found}


def _document(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError(Fault(path.name, "is not JSON", f"name {_SHAPES}", "schema.unreadable")) from error


def _refuse_other_crm(schema: TargetSchema, path: Path, found: Sequence[LiveObject]) -> None:
    others = {each.crm for each in found} - {schema.name}
    if others:
        other = target(min(others)).label
        hint = f'name a description of {schema.label}, or write crm = "{min(others)}" under [target]'
        problem = f"describes {other}, and the plan aims at {schema.label}"
        raise InputError(Fault(path.name, problem, hint, "schema.wrong-crm"))


def _object_of(schema: TargetSchema, live: LiveObject, path: Path, wanted: str | None) -> str:
    """Return the target's object that a description is of: as named, as it says, or as its file is called."""
    names = {_folded(known): name for name, each in schema.objects.items() for known in (each.label, name)}
    if wanted is not None:
        if _folded(wanted) not in names:
            hint = nearest(wanted, tuple(schema.objects))
            raise UsageError(Fault("--object", f"no object {wanted}", hint, "usage.unknown-name"))
        return names[_folded(wanted)]
    for said in (live.name, path.stem, path.stem.removesuffix("Fields"), path.stem.partition(".")[0]):
        for known in (said, f"{said}s") if said else ():
            if _folded(known) in names:
                return names[_folded(known)]
    hint = f"say it with --object, one of {', '.join(schema.objects)}"
    raise InputError(Fault(path.name, "does not say which object it is of", hint, "schema.no-object"))


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _tables(schema: TargetSchema, tables: Mapping[str, Sequence[Column]], where: str) -> Objects:
    """Return the tables that are called as objects of the target."""
    ours = {_folded(name): name for name in schema.objects}
    found = {
        ours[_folded(table)]: {
            each.name: column(each.name, each.type, required=each.required, unique=each.unique) for each in columns
        }
        for table, columns in tables.items()
        if _folded(table) in ours
    }
    if not found:
        hint = f"tables are matched by name: {', '.join(schema.objects)}"
        raise InputError(Fault(where, f"has no table of {schema.label}", hint, "schema.unknown"))
    return found


def _result(schema: TargetSchema, found: Objects, path: Path) -> Result:
    rows = []
    for name, live in found.items():
        fields = schema.objects[name].fields
        matched = {live_name(field, live) for field in fields.values()} - {None}
        gone = sum(live_name(field, live) is None and not field.custom for field in fields.values())
        ours = sum(live_name(field, live) is None and field.custom for field in fields.values())
        rows.append((name, len(live), len(matched), gone, ours))
    columns = ("object", "fields there", "known to us", "not there", "ours, to create")
    return Result(
        command="schema import",
        headline=f"{path.as_posix()} holds {len(rows)} objects of {schema.label}; the plan names it.",
        tables=(TableView("Compared with the shipped schema", columns, tuple(rows)),),
        next_step="crmclean schema plan",
        data={"crm": schema.name, "file": path.as_posix(), "objects": [row[0] for row in rows]},
    )
