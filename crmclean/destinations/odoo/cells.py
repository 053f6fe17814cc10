"""Cells to the columns of Odoo's `load`, and what `read` gives back to cells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import RefusedCallError, Row
from crmclean.destinations.likeness import moment
from crmclean.destinations.odoo.names import named_id, number
from crmclean.destinations.odoo.words import STATE, Words

Fields = Mapping[str, Mapping[str, Any]]
Domain = list[list[Any]]
_COUNTRY_FIELD = "country_id"
_HTML = re.compile(r"<p>(.*)</p>", re.DOTALL)
_TAG = re.compile(r"<(?!br ?/?>)")


def constants(object_: TargetObject) -> Domain:
    """Return what tells the records of an object from others in the same model, such as is_company."""
    alike = [each for each in object_.fields.values() if each.default is not None and not each.from_]
    return [[each.name, "=", each.default == "true" if each.type == "boolean" else each.default] for each in alike]


@dataclass
class OdooCells:
    """Translates the cells of one target object. fields: what fields_get says. models: model -> id in ir.model.

    A record that stands at a document (an activity) stands at the person that it is about where it has no other one.
    """

    object_: TargetObject
    fields: Fields
    words: Words
    models: Mapping[str, int] = field(default_factory=dict)

    def columns(self, names: Sequence[str], rows: Sequence[Row], countries: Mapping[str, str]) -> "Columns":
        """Return the columns of `load` and the text of every row; an empty cell clears its field.

        Raises:
            RefusedCallError: a cell names something that the database does not have.
        """
        found = Columns([], [[] for _ in rows])
        for place, name in enumerate(names):
            cells = [row.cells[place] for row in rows]
            kind = self.fields[name]["type"]
            if kind == "many2one_reference":
                person = next((names.index(each) for each in names if self._kind(each) == "reference"), place)
                cells = [row.cells[place] or row.cells[person] for row in rows]
                models = [str(self.models[cell.partition(",")[0]]) if cell else "" for cell in cells]
                found.add("res_model_id/.id", models)
                found.add(name, [str(number(cell)) if cell else "" for cell in cells])
            elif kind in ("many2one", "many2many"):
                found.add(f"{name}/.id", self._ids(name, cells, self._countries(names, rows, countries)))
            else:
                found.add(name, [_sent(kind, cell) for cell in cells])
        return found

    def _kind(self, name: str) -> str:
        return str(self.fields.get(name, {}).get("type"))

    def _countries(self, names: Sequence[str], rows: Sequence[Row], there: Mapping[str, str]) -> list[str]:
        if _COUNTRY_FIELD in names:
            return [row.cells[names.index(_COUNTRY_FIELD)] or "" for row in rows]
        return [there.get(row.target_id or "", "") for row in rows]

    def _ids(self, name: str, cells: Sequence[str | None], countries: Sequence[str]) -> list[str]:
        if self.object_.fields[name].type == "reference":
            return [str(number(cell)) if cell else "" for cell in cells]
        relation = self.fields[name]["relation"]
        if relation == STATE:
            if any(cell and not country for cell, country in zip(cells, countries, strict=True)):
                raise RefusedCallError("target.reference", "a state without a country", name)
            cells = [cell and f"{country}-{cell}" for cell, country in zip(cells, countries, strict=True)]
        lists = [_parts(cell, several=self.fields[name]["type"] == "many2many") for cell in cells]
        ids = self.words.ids(relation, (text for texts in lists for text in texts), name)
        return [",".join(str(ids[text]) for text in texts) for texts in lists]

    def cells(self, record: Mapping[str, Any], names: Sequence[str]) -> dict[str, str | None]:
        """Return the cells of what `read` gave."""
        found = {name: self._cell(name, record) for name in names}
        persons = {found[name] for name in names if self._kind(name) == "reference"}
        documents = [name for name in names if self._kind(name) == "many2one_reference"]
        return found | {name: None for name in documents if found[name] in persons}

    def _cell(self, name: str, record: Mapping[str, Any]) -> str | None:
        value, known = record.get(name), self.fields[name]
        kind = known["type"]
        if kind == "boolean":
            return "true" if value else "false"
        if value is False or value is None or value == "" or value == []:
            return None
        if kind == "many2one_reference":
            return named_id(record["res_model"], value) if record.get("res_model") else None
        if kind == "many2one" and self.object_.fields[name].type == "reference":
            return named_id(known["relation"], value[0])
        if kind == "many2one":
            word = self.words.texts(known["relation"], [value[0]]).get(value[0], "")
            return word.partition("-")[2] if known["relation"] == STATE else word
        if kind == "many2many":
            texts = self.words.texts(known["relation"], value)
            return ";".join(texts.get(id_, "") for id_ in value)
        return _read(kind, value)


@dataclass
class Columns:
    """Names of columns, and the texts of each row in their order."""

    names: list[str]
    rows: list[list[str]]

    def add(self, name: str, cells: Sequence[str]) -> None:
        """Add one column."""
        self.names.append(name)
        for row, cell in zip(self.rows, cells, strict=True):
            row.append(cell)


def extra_names(fields: Fields, names: Sequence[str]) -> list[str]:
    """Return the names to ask `read` for: those that are there, and what is needed to understand them."""
    there = [name for name in names if name in fields]
    return [*there, "res_model"] if any(fields[name]["type"] == "many2one_reference" for name in there) else there


def _parts(cell: str | None, *, several: bool) -> list[str]:
    if not cell:
        return []
    return [part for part in cell.split(";") if part] if several else [cell]


def _sent(kind: str, cell: str | None) -> str:
    if cell is None:
        return ""
    if kind == "datetime":
        return moment(cell).replace("T", " ").removesuffix("Z")
    if kind == "html":
        return f"<p>{escape(cell, quote=False)}</p>".replace("\n", "<br>")
    return cell


def _read(kind: str, value: Any) -> str:
    text = str(value)
    if kind == "datetime":
        return f"{text.replace(' ', 'T')}Z"
    if kind in ("float", "monetary"):
        return text.removesuffix(".0")
    inside = _HTML.fullmatch(text) if kind == "html" else None
    if inside and not _TAG.search(inside[1]):
        return unescape(re.sub(r"<br ?/?>", "\n", inside[1]))
    return text
