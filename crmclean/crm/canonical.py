"""The canonical model: the one list of objects and fields, from mappings/canonical.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from crmclean.workspace.shipped import shipped


@dataclass(frozen=True)
class Field:
    """One canonical field. `kind` says which values it holds, `type` what the typed view makes of it."""

    name: str
    kind: str
    type: str
    label: str
    ref: tuple[str, ...] = ()
    group: str | None = None
    merge: str | None = None
    values: tuple[str, ...] = ()
    core: bool = False


@dataclass(frozen=True)
class ObjectSchema:
    """One canonical object with its fields in order."""

    name: str
    label: str
    fields: Mapping[str, Field]

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Return the names of the fields whose kind is one of `kinds`."""
        return tuple(field.name for field in self.fields.values() if field.kind in kinds)


@cache
def canonical() -> Mapping[str, ObjectSchema]:
    """Return the canonical objects by name."""
    document = tomllib.loads((shipped("mappings") / "canonical.toml").read_text(encoding="utf-8"))
    objects = {name: _object(name, body) for name, body in document.items() if name != "version"}
    return MappingProxyType(objects)


def _object(name: str, body: Mapping[str, Any]) -> ObjectSchema:
    fields = {key: _field(key, value) for key, value in body["fields"].items()}
    return ObjectSchema(name, body["label"], MappingProxyType(fields))


def _field(name: str, body: Mapping[str, Any]) -> Field:
    lists = {key: tuple(body.get(key, ())) for key in ("ref", "values")}
    return Field(name=name, **{**body, **lists})
