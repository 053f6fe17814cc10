"""The tables of the rehearsal: the target's schema as SQLite constraints.

Every cell is text in the very form in which it would be sent, so that reading it back compares exactly; constraints say
what the target would say. Their names carry code and field, so that a refusal can be read from the message.
"""

from collections.abc import Iterator
from dataclasses import replace

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.databases.tables import ID, columns_of

_DIGITS = "{0} GLOB '*[0-9]*' AND {0} NOT GLOB '?*-*'"
_FORMS = {
    "date": "date({0}) IS {0}",
    "datetime": "date({0}) IS {0} OR strftime('%Y-%m-%dT%H:%M:%SZ', {0}) IS {0}",
    "decimal": f"{_DIGITS} AND {{0}} NOT GLOB '*[^0-9.-]*' AND {{0}} NOT GLOB '*.*.*'",
    "integer": f"{_DIGITS} AND {{0}} NOT GLOB '*[^0-9-]*'",
    "boolean": "{0} IN ('true', 'false')",
}
_EMAIL = "{0} LIKE '_%@_%._%' AND {0} NOT GLOB '*[ ,;]*'"


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def table_statements(schema: TargetSchema, name: str) -> Iterator[str]:
    """Yield the statements that make the table of one object."""
    object_ = schema.objects[name]
    yield _table(object_)
    for field in columns_of(object_):
        if field.type == "reference":
            yield f"CREATE INDEX {quoted(f'{object_.name}.{field.name}')} ON {_place(object_, field)}"
        if field.type == "reference" and len(field.ref) > 1:
            yield from _triggers(object_, field)


def added_column(field: TargetField) -> str:
    """Return the column for a table that is there: rows without a value stay, and SQLite adds no UNIQUE."""
    return _column(replace(field, required=False, unique=False))


def _place(object_: TargetObject, field: TargetField) -> str:
    return f"{quoted(object_.name)} ({quoted(field.name)})"


def _table(object_: TargetObject) -> str:
    columns = [f"{ID} INTEGER PRIMARY KEY", f"{quoted(object_.key)} TEXT NOT NULL UNIQUE"]
    columns += [_column(field) for field in columns_of(object_)]
    columns += [f"UNIQUE ({', '.join(map(quoted, names))})" for names in object_.together]
    if object_.one_of:
        filled = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in object_.one_of)
        columns.append(f"CONSTRAINT {quoted('required:' + object_.one_of[0])} CHECK ({filled})")
    return f"CREATE TABLE {quoted(object_.name)} ({', '.join(columns)}) STRICT"


def _column(field: TargetField) -> str:
    name = quoted(field.name)
    parts = [name, "INTEGER" if field.type == "reference" else "TEXT"]
    if field.required:
        parts.append("NOT NULL")
    if field.unique:
        parts.append("COLLATE NOCASE UNIQUE")
    if field.type == "reference" and len(field.ref) == 1:
        parts.append(f"REFERENCES {quoted(field.ref[0])}")
    parts += [f"CONSTRAINT {quoted(f'{code}:{field.name}')} CHECK ({rule})" for code, rule in _rules(field)]
    return " ".join(parts)


def _rules(field: TargetField) -> Iterator[tuple[str, str]]:
    name = quoted(field.name)
    if field.type in _FORMS:
        yield "type", f"{name} IS NULL OR {_FORMS[field.type].format(name)}"
    if field.format == "email":
        yield "format", f"{name} IS NULL OR {_EMAIL.format(name)}"
    if field.length and field.type == "text":
        yield "length", f"length({name}) <= {field.length}"
    if field.length and field.type in ("integer", "decimal"):
        yield "length", f"{name} IS NULL OR abs(CAST({name} AS REAL)) < 1e{field.length - (field.decimals or 0)}"
    if field.picklist and field.restricted:
        yield "picklist", f"{name} IS NULL OR {_options(field)}"


def _options(field: TargetField) -> str:
    name = quoted(field.name)
    if not field.multi:
        return f"{name} IN ({', '.join(map(_text, field.picklist))})"
    rest = f"';' || replace({name}, ';', ';;') || ';'"
    for option in field.picklist:
        rest = f"replace({rest}, {_text(f';{option};')}, '')"
    return f"{rest} = ''"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _triggers(object_: TargetObject, field: TargetField) -> Iterator[str]:
    """A reference to one of several tables, which a foreign key cannot say."""
    new = f"NEW.{quoted(field.name)}"
    absent = " AND ".join(f"NOT EXISTS (SELECT 1 FROM {quoted(to)} WHERE {ID} = {new})" for to in field.ref)
    for event in ("INSERT", f"UPDATE OF {quoted(field.name)}"):
        name = quoted(f"{object_.name}.{field.name} {event.split()[0].lower()}")
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} ON {quoted(object_.name)} WHEN {new} IS NOT NULL AND {absent} "
            f"BEGIN SELECT RAISE(ABORT, {_text(f'reference:{field.name}')}); END"
        )
