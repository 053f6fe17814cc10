"""What is known of each source system: how to recognise its exports, and what its columns mean here.

One TOML per system in mappings/sources/. Headers are compared by their letters and digits only, case folded and NFC, so
that FirstName, FIRST_NAME and `First Name ` are one spelling.
"""

import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from crmclean.crm.canonical import canonical
from crmclean.workspace.shipped import shipped

PLAIN = "plain"  # the kind of a list that no CRM made


@dataclass(frozen=True)
class Mark:
    """One sign of a source system.

    test: header (`exact` or `any_case` are headers, at least `signature` of them, or one), prefix (`share` of the
    headers start with one of `exact`), values (`share` of some column's values match `pattern`), ids (the id column
    matches a table's `id_pattern`), known (`share` of the headers belong to one table, at least `signature` of them
    telling), file (its name matches `pattern`). unless: headers of which the system has none.
    """

    test: str
    sure: float
    exact: tuple[str, ...] = ()
    any_case: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    pattern: str = ""
    share: float = 0.5
    signature: int = 0


@dataclass(frozen=True)
class Derived:
    """A field that load works out from another column: the word's value, else the default.

    optional: the table has no such field where it lacks all headers, and a column of that name goes before them.
    """

    headers: tuple[str, ...]
    values: Mapping[str, str]
    default: str | None
    optional: bool = False


@dataclass(frozen=True)
class Association:
    """A column that holds ids of other records joined by `;`. fills: the *_ref field that the first one goes into.

    turned: the link goes from the other record to this one, so that both sides of an export give the same links.
    """

    object: str
    fills: str | None = None
    turned: bool = False


@dataclass(frozen=True)
class TableSchema:
    """One table of a source system. object: the canonical object, None where nothing moves it.

    columns: header key -> the fields that it may be, each with its place among the headers of that field.
    """

    name: str
    label: str
    object: str | None
    files: tuple[str, ...] = ()
    id_pattern: str | None = None
    signature: frozenset[str] = frozenset()
    columns: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    derive: Mapping[str, Derived] = field(default_factory=dict)
    traps: frozenset[str] = frozenset()
    links: Mapping[str, Association] = field(default_factory=dict)  # header key -> association


@dataclass(frozen=True)
class SourceSchema:
    """One source system. order: the one that is tried first in recognition has the lowest."""

    kind: str
    label: str
    order: int
    id_format: str | None
    guarded: bool
    marks: tuple[Mark, ...]
    tables: Mapping[str, TableSchema]


def header_key(header: str) -> str:
    """Return what a header is compared by: its letters and digits, NFC, case folded."""
    text = unicodedata.normalize("NFC", header).casefold()
    return "".join(letter for letter in text if letter.isalnum())


@cache
def sources() -> Mapping[str, SourceSchema]:
    """Return the known source systems by kind, in the order of recognition."""
    files = sorted((shipped("mappings") / "sources").glob("*.toml"))
    found = [_source(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
    return MappingProxyType({one.kind: one for one in sorted(found, key=lambda one: (one.order, one.kind))})


def _source(body: Mapping[str, Any]) -> SourceSchema:
    marks = tuple(_mark(mark) for mark in body.get("marks", ()))
    tables = {name: _table(name, _with_words(table, body["tables"])) for name, table in body["tables"].items()}
    return SourceSchema(
        kind=body["kind"],
        label=body["label"],
        order=body["order"],
        id_format=body.get("id_format"),
        guarded=body.get("guarded", False),
        marks=marks,
        tables=MappingProxyType(tables),
    )


def _with_words(body: Mapping[str, Any], tables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a table that also knows the headers of the table that it is `like`, after its own, for the same fields."""
    if "like" not in body:
        return body
    known = canonical()[body["object"]].fields
    theirs = {name: words for name, words in tables[body["like"]]["columns"].items() if name in known}
    own = body["columns"]
    return {**body, "columns": {name: [*own.get(name, ()), *theirs.get(name, ())] for name in {**own, **theirs}}}


def _mark(body: Mapping[str, Any]) -> Mark:
    lists = {key: tuple(body.get(key, ())) for key in ("exact", "any_case", "unless")}
    return Mark(**{**body, **lists})


def _table(name: str, body: Mapping[str, Any]) -> TableSchema:
    keys = partial(_keys, body.get("prefix", ""))
    columns: dict[str, tuple[tuple[str, int], ...]] = {}
    for field_, known in body.get("columns", {}).items():
        for place, header in enumerate(known):
            for key in keys([header]):
                columns[key] = (*columns.get(key, ()), (field_, place))
    return TableSchema(
        name=name,
        label=body.get("label", name),
        object=body.get("object"),
        files=tuple(body.get("files", ())),
        id_pattern=body.get("id_pattern"),
        signature=frozenset(keys(body.get("signature", ()))),
        columns=columns,
        constants=body.get("constants", {}),
        derive={field_: _derived(rule, keys) for field_, rule in body.get("derive", {}).items()},
        traps=frozenset(keys(body.get("traps", ()))),
        links={header_key(header): Association(**link) for header, link in body.get("links", {}).items()},
    )


def _keys(prefix: str | Sequence[str], headers: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of headers, with what every header of the table starts with; a list says it in more languages."""
    prefixes = (prefix,) if isinstance(prefix, str) else prefix
    return tuple(header_key(each + header) for header in headers for each in prefixes)


def _derived(body: Mapping[str, Any], keys: Callable[[Sequence[str]], tuple[str, ...]]) -> Derived:
    values = {word.casefold(): value for word, value in body["values"].items()}
    return Derived(keys(body["from"]), values, body.get("default"), body.get("optional", False))
