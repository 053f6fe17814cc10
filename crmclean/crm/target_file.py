"""One target TOML to a TargetSchema, or one error that lists every fault with the nearest known name."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields as dataclass_fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from crmclean.crm.canonical import canonical
from crmclean.crm.target_checks import faults_of_schema
from crmclean.crm.target_model import Limits, SourceRule, TargetField, TargetObject, TargetSchema, Wizard
from crmclean.errors import Fault, PlanError, nearest
from crmclean.values.industries import translations, vocabulary

_NOT_OBJECTS = ("version", "label", "length", "custom_suffix", "drop", "values", "picklists", "limits", "wizard")
_RULE_KEYS = ("object", "where", "fields", "constants")
_OBJECT_KEYS = ("label", "key", "from", "fields", "one_of", "together", "existing")
_FIELD_KEYS = tuple(
    {"from_": "from"}.get(each.name, each.name) for each in dataclass_fields(TargetField) if each.name != "name"
)


def read_target_file(path: Path) -> TargetSchema:
    """Read a target's TOML.

    Raises:
        PlanError: it cannot be read as TOML, or it has faults; every one is listed.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PlanError(Fault(path.name, f"is not TOML: {error}", "see https://toml.io", "target.syntax")) from error
    return _Reader(path.stem, document).schema()


def _translated(name: str) -> Mapping[str, str]:
    return dict(translations(name).select("value", "target").drop_nulls().iter_rows())


# Tables that values.industries keeps: our vocabulary in that of a CRM, or as labels for a free text.
_INDUSTRIES: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "industries.hubspot": lambda: _translated("hubspot"),
    "industries.salesforce": lambda: _translated("salesforce"),
    "industries.labels": lambda: dict(vocabulary().iter_rows()),
}


class _Reader:
    """Reads one document and remembers every fault."""

    def __init__(self, name: str, document: Mapping[str, Any]) -> None:
        self.name = name
        self.document = document
        self.faults: list[Fault] = []

    def schema(self) -> TargetSchema:
        objects = {key: self._object(key, body) for key, body in self.document.items() if key not in _NOT_OBJECTS}
        drop = {key: dict(body) for key, body in self.document.get("drop", {}).items()}
        schema = TargetSchema(
            name=self.name,
            label=self.document.get("label", self.name),
            objects=objects,
            dropped=drop,
            custom_suffix=self.document.get("custom_suffix", ""),
            length=self.document.get("length"),
            limits=self._limits(),
            wizard=self._wizard(self.document.get("wizard", {})),
        )
        faults = self.faults or faults_of_schema(schema, canonical())
        if faults:
            raise PlanError(*faults)
        return schema

    def _limits(self) -> Limits | None:
        body = self.document.get("limits")
        if body is None:
            return None
        known = tuple(each.name for each in dataclass_fields(Limits))
        self._unknown_keys(body, known, f"{self.name}.toml: limits")
        return Limits(**{key: value for key, value in body.items() if key in known})

    def _wizard(self, body: Mapping[str, Any]) -> Wizard:
        keys = tuple(each.name for each in dataclass_fields(Wizard))
        self._unknown_keys(body, keys, f"{self.name}.toml: wizard")
        known = {key: value for key, value in body.items() if key in keys}
        return Wizard(**known | {"steps": _texts(known.get("steps", ()))})

    def _object(self, name: str, body: Mapping[str, Any]) -> TargetObject:
        where = f"{self.name}.toml: {name}"
        self._unknown_keys(body, _OBJECT_KEYS, where)
        fields = {key: self._field(key, value, f"{where}.{key}") for key, value in body.get("fields", {}).items()}
        return TargetObject(
            name=name,
            label=body.get("label", name),
            key=body.get("key", ""),
            sources=tuple(self._rule(rule, f"{where}.from") for rule in body.get("from", [])),
            fields=fields,
            one_of=tuple(body.get("one_of", ())),
            together=tuple(tuple(names) for names in body.get("together", ())),
            existing=body.get("existing", False),
        )

    def _rule(self, body: Mapping[str, Any], where: str) -> SourceRule:
        self._unknown_keys(body, _RULE_KEYS, where)
        return SourceRule(
            object=body.get("object", ""),
            where={key: _texts(value) for key, value in body.get("where", {}).items()},
            fields={key: _texts(value) for key, value in body.get("fields", {}).items()},
            constants=dict(body.get("constants", {})),
        )

    def _field(self, name: str, body: Mapping[str, Any], where: str) -> TargetField:
        self._unknown_keys(body, _FIELD_KEYS, where)
        known = {key: value for key, value in body.items() if key in _FIELD_KEYS}
        source = _texts(known.pop("from", ()))
        ref, picklist = _texts(known.pop("ref", ())), self._named("picklists", known.pop("picklist", ()), where)
        values = self._named("values", known.pop("values", {}), where)
        scale = known.pop("scale", None)
        if known.get("type", "text") == "text" and not picklist:
            known.setdefault("length", self.document.get("length"))
        return TargetField(
            name=name,
            label=known.pop("label", name),
            type=known.pop("type", "text"),
            from_=source,
            ref=ref,
            picklist=tuple(picklist),
            values=dict(values),
            scale=None if scale is None else Fraction(str(scale)),
            **known,
        )

    def _named(self, kind: str, value: Any, where: str) -> Any:
        """Resolve the name of a shared list or table under [picklists] or [values]."""
        if not isinstance(value, str):
            return value
        if kind == "values" and value in _INDUSTRIES:
            return _INDUSTRIES[value]()
        tables = self.document.get(kind, {})
        if value not in tables:
            hint = nearest(value, sorted(tables))
            self.faults.append(Fault(where, f"there is no {kind}.{value}", hint, "target.unknown-name"))
        return tables.get(value, ())

    def _unknown_keys(self, body: Mapping[str, Any], known: Iterable[str], where: str) -> None:
        for key in body:
            if key not in known:
                self.faults.append(
                    Fault(where, f"unknown key {key}", nearest(key, sorted(known)), "target.unknown-key")
                )


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
