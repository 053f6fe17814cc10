"""`[[source]]` and `[[source.file]]` of the plan, and `[target.existing]`, which has the same shape."""

from collections.abc import Sequence
from pathlib import Path

from crmclean.crm.canonical import canonical
from crmclean.errors import nearest
from crmclean.plan.model import Source, SourceFile
from crmclean.plan.places import Place, read_place
from crmclean.plan.toml_table import TomlTable
from crmclean.records import DERIVED
from crmclean.workspace.shipped import shipped

PLAIN = "plain"
ENRICHMENT = "enrichment"
ROLES = ("records", ENRICHMENT)
ENRICHING = ("companies", "contacts", "leads")
TARGET = "target"  # name of the source that stands for what the target holds already


def read_existing(root: Path, table: TomlTable, crm: str) -> Source | None:
    """Read `[target.existing]`, the exports of what the target holds already; None where there is no such table.

    The table may name a destination instead, see `read_existing_from`.
    """
    if not table.body or "from" in table.body:
        return None
    kind = table.text("kind", crm if crm in _kinds() else PLAIN) or PLAIN
    _check_kind(table, kind)
    existing = Source(TARGET, kind, 0, _files(root, table, "target.existing.file", TARGET), table.text("region"))
    table.finish()
    return existing


def read_existing_from(table: TomlTable, destinations: Sequence[str]) -> str | None:
    """Read the destination that `[target.existing]` is read back from; None where it names exports."""
    if "from" not in table.body:
        return None
    name = table.text("from")
    if name not in destinations:
        hint = nearest(name or "", list(destinations)) if destinations else "name it under [destinations.NAME]"
        table.fault("from", f"{name} is no destination of this plan", hint, "plan.unknown-destination")
    if "file" in table.body:
        table.fault("file", "stands beside from", "name exports or a destination, not both", "plan.wrong-value")
        table.tables("file")
    table.finish()
    return name


def read_sources(root: Path, table: TomlTable) -> tuple[Source, ...]:
    """Read every source; a source without a priority gets its place in the file."""
    sources: list[Source] = []
    for place, entry in enumerate(table.tables("source"), start=1):
        source = _source(root, entry, place)
        if source.name in [other.name for other in sources]:
            hint = "record ids start with the source's name: give every source its own"
            entry.fault("name", f"a second source is called {source.name}", hint, "plan.twice")
        sources.append(source)
    if not sources:
        hint = "write [[source]] with name, kind and [[source.file]] entries, or run `crmclean init`"
        table.fault("source", "is missing", hint, "plan.missing-key")
    return tuple(sources)


def _source(root: Path, entry: TomlTable, place: int) -> Source:
    name, kind = entry.text("name", required=True) or "", entry.text("kind", required=True) or ""
    _check_kind(entry, kind)
    if name in (TARGET, DERIVED):
        hint = "it stands for what the target holds already, or for derived companies; call this source otherwise"
        entry.fault("name", f"{name} is taken", hint, "plan.wrong-value")
    if ":" in name or "~" in name:
        entry.fault("name", "holds : or ~", "use letters, digits and - only", "plan.wrong-value")
    files = _files(root, entry, "source.file", name)
    role = entry.text("role", ROLES[0]) or ROLES[0]
    _check_role(entry, role, files)
    source = Source(name, kind, int(entry.number("priority", place)), files, entry.text("region"), role)
    entry.finish()
    return source


def _check_role(entry: TomlTable, role: str, files: tuple[SourceFile, ...]) -> None:
    if role not in ROLES:
        entry.fault("role", f"{role} is no role", nearest(role, ROLES), "plan.wrong-value")
    for file in files:
        if role == ENRICHMENT and file.object not in ENRICHING:
            hint = (
                f"an enrichment source fills blanks of {', '.join(ENRICHING)}; leave role out for a source of records"
            )
            entry.fault("role", f"{file.object} cannot be filled", hint, "plan.wrong-value")


def _kinds() -> list[str]:
    return sorted(path.stem for path in (shipped("mappings") / "sources").glob("*.toml"))


def _check_kind(entry: TomlTable, kind: str) -> None:
    known = _kinds()
    if kind and kind not in known:
        entry.fault("kind", f"no mapping for the kind {kind}", nearest(kind, known), "plan.unknown-kind")


def _files(root: Path, entry: TomlTable, table: str, source: str) -> tuple[SourceFile, ...]:
    entries = enumerate(entry.tables("file"), start=1)
    files = tuple(_file(file, read_place(root, file, f"{source}/{number}")) for number, file in entries)
    if not files:
        entry.fault("file", "is missing", f'write [[{table}]] with path = "exports/..."', "plan.missing-key")
    return files


def _file(entry: TomlTable, place: Place) -> SourceFile:
    object_ = entry.text("object", required=True) or ""
    if object_ and object_ not in canonical():
        hint = nearest(object_, list(canonical())) + " (other tables go under [[object]])"
        entry.fault("object", f"{object_} is not an object", hint, "plan.unknown-object")
    file = SourceFile(
        path=place.path,
        object=object_,
        table=None if place.database else entry.text("table"),
        columns=entry.mapping("columns"),
        constants=entry.mapping("constants"),
        key=entry.text("key"),
        encoding=entry.text("encoding"),
        delimiter=entry.text("delimiter"),
        dates=entry.text("dates"),
        decimal=entry.text("decimal"),
        series=place.series,
        database=place.database,
    )
    _check_fields(entry, object_, file)
    _check_choice(entry, "dates", file.dates, ("dmy", "mdy"))
    _check_choice(entry, "decimal", file.decimal, (".", ","))
    entry.finish()
    return file


def _check_choice(entry: TomlTable, key: str, given: str | None, known: tuple[str, ...]) -> None:
    if given is not None and given not in known:
        choices = " or ".join(f'"{choice}"' for choice in known)
        entry.fault(key, f"{given} is neither", f"write {choices}", "plan.wrong-value")


def _check_fields(entry: TomlTable, object_: str, file: SourceFile) -> None:
    schema = canonical().get(object_)
    if schema is None:
        return
    named = [*file.columns.values(), *file.constants]
    for field in named:
        if field not in schema.fields and not field.startswith("x_"):
            hint = nearest(field, list(schema.fields))
            entry.fault("columns", f"{object_} has no field {field}", hint, "plan.unknown-field")
