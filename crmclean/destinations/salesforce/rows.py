"""Rows to what Salesforce takes, CSV for jobs and JSON for collections; and the text of what queries answer.

A parent that holds our key is named by it (`Account.crmclean_Id__c`), so that Salesforce looks it up itself; users, and
parents of fields that lead to several objects, are named by their ids.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import Operation, Request, Row
from crmclean.destinations.salesforce.org import ID, Fields

NOTHING = "#N/A"  # in a job's CSV: an empty cell would leave the field as it is
LONGEST_CELL = 32_000  # characters of one cell in a job's CSV
_NUMBERS = frozenset(("decimal", "integer"))
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d+)?")
_TIME = re.compile(r"\.\d{3}(?:\+0000|Z)$")


@dataclass(frozen=True)
class Shape:
    """How the records of an object are written. parents: reference -> relationship, and the parent's key field."""

    object: TargetObject
    parents: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name of the field that holds our key."""
        return self.object.key


def shape_of(object_: TargetObject, objects: Mapping[str, TargetObject], described: Fields) -> Shape:
    """Find out which references can be given by the key of their parent."""
    parents = {}
    for each in object_.references():
        relationship = described.get(each.name, {}).get("relationshipName")
        if relationship and len(each.ref) == 1 and each.ref[0] in objects and not objects[each.ref[0]].existing:
            parents[each.name] = (str(relationship), objects[each.ref[0]].key)
    return Shape(object_, parents)


def to_csv(request: Request, shape: Shape) -> bytes:
    """Return the rows as CSV with LF line ends; what is there already is named by its own id."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if request.operation is Operation.DELETE:
        writer.writerow((ID,))
        writer.writerows((row.target_id,) for row in request.rows)
        return text.getvalue().encode()
    rows = [_named(request, row, shape) | _cells(request, row, shape) for row in request.rows]
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer.writerow(names)
    writer.writerows([NOTHING if (cell := row.get(name, "")) is None else cell for name in names] for row in rows)
    return text.getvalue().encode()


def to_json(request: Request, shape: Shape) -> list[dict[str, Any]]:
    """Return the rows as records of a collection, with a parent's key as an object of its own."""
    return [_record(request, row, shape) for row in request.rows]


def fits_csv(request: Request) -> bool:
    """Return whether a job can take the rows as they are."""
    return not any(cell == NOTHING or len(cell or "") > LONGEST_CELL for row in request.rows for cell in row.cells)


def _record(request: Request, row: Row, shape: Shape) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": request.object}, **_named(request, row, shape)}
    for name, cell in _cells(request, row, shape).items():
        relationship, _, key = name.partition(".")
        record[relationship] = {key: cell} if key else _typed(shape.object.fields[name].type, cell)
    return record


def _named(request: Request, row: Row, shape: Shape) -> dict[str, str | None]:
    """Return by what a record is found: our key, or its id; an adopted one takes our key, too."""
    if request.operation is Operation.UPSERT:
        return {shape.key: row.key}
    adopted = {shape.key: row.key} if request.operation is Operation.ADOPT else {}
    return {ID: row.target_id, **adopted}


def _cells(request: Request, row: Row, shape: Shape) -> dict[str, str | None]:
    """Return name -> cell; `Relationship.Key` for a parent that is named by its key. No checkbox is empty."""
    first_parent = len(request.fields) - len(row.parents)
    cells: dict[str, str | None] = {}
    for place, (name, cell) in enumerate(zip(request.fields, row.cells, strict=True)):
        parent = row.parents[place - first_parent] if place >= first_parent else None
        if parent is not None and name in shape.parents:
            cells[".".join(shape.parents[name])] = parent
        else:
            cells[name] = "false" if cell is None and shape.object.fields[name].type == "boolean" else cell
    return cells


def _typed(kind: str, cell: str | None) -> str | float | bool | None:
    """Return a cell as JSON has it; what is no boolean and no number stays text, for Salesforce to refuse."""
    if kind == "boolean" and cell in ("true", "false"):
        return cell == "true"
    if cell is None or kind not in _NUMBERS or not _NUMBER.fullmatch(cell):
        return cell
    number = float(cell) if "." in cell else int(cell)
    return number if Decimal(repr(number)) == Decimal(cell) else cell  # long decimals stay as they are


def text_of(object_: TargetObject, name: str, value: object) -> str | None:
    """Return a value of a query's answer in the form in which it was sent."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    kind = object_.fields[name].type
    if kind == "datetime":
        return _TIME.sub("Z", text)
    if kind in _NUMBERS and text.endswith(".0"):
        return text.removesuffix(".0")
    return text
