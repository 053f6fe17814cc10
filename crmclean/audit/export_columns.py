"""Which object of the target a table of an export holds, and which field each of its columns is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.crm.sources import header_key, sources
from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.exports.recognise import Recognition, recognise

_SAMPLE = 1000  # rows by which a table is recognised
_FEW = 2  # headers that must be known at least
_OTHERS = "associated"  # how HubSpot's headers about another record start
_RELATION = re.compile(r"/(?:\.?id|External ID|Database ID)$", re.IGNORECASE)  # Odoo: the way to the other record's id
_DATABASE_ID, _EXTERNAL_ID = (".id", "ID"), ("id", "External ID")  # Odoo


@dataclass(frozen=True)
class Table:
    """One table of an export, as text. header: original spellings; names: columns of the frame, by position."""

    name: str
    header: tuple[str, ...]
    names: tuple[str, ...]
    frame: pl.DataFrame


@dataclass(frozen=True)
class Place:
    """What a table holds.

    object: where rows belong that nobody knows. ids, keys: columns with the target's ids, and with our keys; None where
    there is none.
    """

    object: TargetObject
    recognised: Recognition | None
    ids: str | None
    keys: str | None


def placed(table: Table, schema: TargetSchema, kind: str) -> Place | None:
    """Return what a table holds; None where no object of the target has such columns. kind: of the target's exports."""
    known = recognise(table.name, table.header, table.frame.head(_SAMPLE), kind=kind) if kind in sources() else None
    fed = [each for each, _ in schema.feeding(known.object)] if known and known.object else []
    named = [schema.objects[known.table]] if known and known.table and known.table in schema.objects else []
    ranked = named or sorted(fed or schema.objects.values(), key=lambda each: -_likeness(table, each, known))
    if not ranked or _likeness(table, ranked[0], known) < _FEW:
        return None
    return Place(ranked[0], known, _ids(table, known, kind), _keys(table, ranked[0], kind))


def _likeness(table: Table, object_: TargetObject, known: Recognition | None) -> float:
    stem = header_key(table.name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    return len(fields(table, object_, known)) + 0.5 * (header_key(object_.name) in stem)


def _ids(table: Table, known: Recognition | None, kind: str) -> str | None:
    if kind == "odoo":
        return _headed(table, _DATABASE_ID)
    told = known.columns if known else ()
    return next((each.name for each in told if each.field == "source_id"), None)


def _keys(table: Table, object_: TargetObject, kind: str) -> str | None:
    if kind == "odoo":
        return _headed(table, _EXTERNAL_ID)
    names = {header_key(object_.key), header_key(object_.fields[object_.key].label)}
    found = (name for head, name in zip(table.header, table.names, strict=True) if header_key(head) in names)
    return next(found, None)


def _headed(table: Table, heads: tuple[str, ...]) -> str | None:
    there = dict(zip((head.strip() for head in table.header), table.names, strict=True))
    return next((there[head] for head in heads if head in there), None)


def fields(table: Table, object_: TargetObject, known: Recognition | None) -> dict[str, str]:
    """Return target field -> column: by the field's own name, by its label, by what the header means in this CRM."""
    writable = [field for field in object_.writable() if field.name != object_.key]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for ways in (_by_name(writable), _by_label(writable), dict(_by_meaning(object_, known))):
        for head, name in zip(table.header, table.names, strict=True):
            field = ways.get(header_key(_RELATION.sub("", head.strip())))
            if field and field not in found and name not in taken:
                found[field] = name
                taken.add(name)
    return found


def _by_name(writable: list[TargetField]) -> Mapping[str, str]:
    return {header_key(field.name): field.name for field in reversed(writable)}


def _by_label(writable: list[TargetField]) -> Mapping[str, str]:
    return {header_key(field.label): field.name for field in reversed(writable)}


def _by_meaning(object_: TargetObject, known: Recognition | None) -> Iterator[tuple[str, str]]:
    """Yield header and field where both stand for the same canonical field."""
    rules = [rule for rule in object_.sources if known and rule.object == known.object]
    for column in known.columns if known and rules else ():
        fed = [
            field
            for field in object_.writable()
            if column.field in rules[0].feeds(field)[:1] and "legacy" not in field.name.lower()
        ]
        key = header_key(_RELATION.sub("", column.header.strip()))
        if fed and (fed[0].type == "reference" or not key.startswith(_OTHERS)):
            yield key, fed[0].name
