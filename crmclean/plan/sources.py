"""`[[source]]` and `[[source.file]]` of the plan."""

from crmclean.crm.canonical import canonical
from crmclean.plan.model import Source, SourceFile
from crmclean.plan.toml_table import TomlTable, nearest
from crmclean.workspace.shipped import shipped


def read_sources(table: TomlTable) -> tuple[Source, ...]:
    """Read every source; a source without a priority gets its place in the file."""
    sources: list[Source] = []
    for place, entry in enumerate(table.tables("source"), start=1):
        source = _source(entry, place)
        if source.name in [other.name for other in sources]:
            hint = "record ids start with the source's name: give every source its own"
            entry.fault("name", f"a second source is called {source.name}", hint, "plan.twice")
        sources.append(source)
    if not sources:
        hint = "write [[source]] with name, kind and [[source.file]] entries, or run `crmclean init`"
        table.fault("source", "is missing", hint, "plan.missing-key")
    return tuple(sources)


def _source(entry: TomlTable, place: int) -> Source:
    name, kind = entry.text("name", required=True) or "", entry.text("kind", required=True) or ""
    known = sorted(path.stem for path in (shipped("mappings") / "sources").glob("*.toml"))
    if kind and kind not in known:
        entry.fault("kind", f"no mapping for the kind {kind}", nearest(kind, known), "plan.unknown-kind")
    if ":" in name or "~" in name:
        entry.fault("name", "holds : or ~", "use letters, digits and - only", "plan.wrong-value")
    files = tuple(_file(file) for file in entry.tables("file"))
    if not files:
        entry.fault("file", "is missing", 'write [[source.file]] with path = "exports/..."', "plan.missing-key")
    source = Source(name, kind, int(entry.number("priority", place)), files, entry.text("region"))
    entry.finish()
    return source


def _file(entry: TomlTable) -> SourceFile:
    object_ = entry.text("object", required=True) or ""
    if object_ and object_ not in canonical():
        hint = nearest(object_, list(canonical())) + " (other tables go under [[object]])"
        entry.fault("object", f"{object_} is not an object", hint, "plan.unknown-object")
    file = SourceFile(
        path=entry.text("path", required=True) or "",
        object=object_,
        table=entry.text("table"),
        columns=entry.mapping("columns"),
        constants=entry.mapping("constants"),
        key=entry.text("key"),
        encoding=entry.text("encoding"),
        delimiter=entry.text("delimiter"),
        dates=entry.text("dates"),
        decimal=entry.text("decimal"),
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
