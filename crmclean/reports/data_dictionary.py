"""The data dictionary of an export: every table and column, as JSON for machines and Markdown for people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from crmclean.pipeline.export_tables import Column
from crmclean.reports.markdown import cell

SCHEMA_VERSION = 1
_TYPES = {
    "text": "text",
    "date": "day",
    "datetime": "moment, in UTC",
    "decimal": "decimal with 6 places",
    "integer": "whole number",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class TableEntry:
    """One exported table. files: as they stand in the folder. unread: column -> cells that are not of its type."""

    name: str
    label: str
    rows: int
    columns: tuple[Column, ...]
    files: tuple[str, ...]
    unread: Mapping[str, int] = field(default_factory=dict)


def dictionary(name: str, as_of: str | None, destination: str, tables: Sequence[TableEntry]) -> dict[str, object]:
    """Return dictionary.json; docs/how-to/read-the-tables.md describes it."""
    listed = [_table(entry) for entry in tables]
    head = {"schema_version": SCHEMA_VERSION, "name": name, "as_of": as_of, "destination": destination}
    return head | {"tables": listed}


def _table(entry: TableEntry) -> dict[str, object]:
    own = [
        {key: value for key, value in asdict(column).items() if key != "cell"}
        | {"unread": entry.unread.get(column.name, 0)}
        for column in entry.columns
    ]
    return {"name": entry.name, "label": entry.label, "rows": entry.rows, "files": list(entry.files), "columns": own}


def dictionary_page(name: str, tables: Sequence[TableEntry]) -> str:
    """Return dictionary.md."""
    head = f"# Data dictionary of {cell(name)}\n\nTables are joined on `record`: a column `company_record` holds the "
    parts = [head + "`record` of a row of `companies`. Text is UTF-8, and empty cells are null."]
    for entry in tables:
        parts.append(f"## {entry.name}\n\n{cell(entry.label)}: {entry.rows:,} rows.")
        lines = [f"| `{column.name}` | {_TYPES[column.type]} | {_meaning(entry, column)} |" for column in entry.columns]
        parts.append("\n".join(["| column | type | meaning |", "| --- | --- | --- |", *lines]))
    return "\n\n".join(parts) + "\n"


def _meaning(entry: TableEntry, column: Column) -> str:
    told = [cell(column.label)]
    if column.refers_to:
        told.append("the `record` of " + " or ".join(f"`{name}`" for name in column.refers_to))
    if column.values:
        told.append("one of " + ", ".join(map(cell, column.values)))
    if lost := entry.unread.get(column.name):
        told.append(f"{lost:,} cells could not be read as this type and are empty here")
    return "; ".join(told)
