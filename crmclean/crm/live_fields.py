"""A CRM's own description of one field, whatever it calls things, as what we know of a field of a target."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True)
class LiveField:
    """One field as the CRM describes it; None: it does not say. The words are those of crm.target_model."""

    label: str
    type: str = "text"
    length: int | None = None
    decimals: int | None = None
    required: bool | None = None
    picklist: tuple[str, ...] | None = None
    restricted: bool | None = None
    multi: bool = False
    unique: bool | None = None
    read_only: bool | None = None
    insert_only: bool | None = None
    format: str | None = None


_FORMATS = {"email": "email", "phone": "phone", "url": "url", "phonenumber": "phone", "website": "url"}


def salesforce(body: Body) -> LiveField:
    """Read a field of a describe."""
    kind = body["type"]
    types = {
        "date": "date", "datetime": "datetime", "int": "integer", "boolean": "boolean",
        "double": "decimal", "currency": "decimal", "percent": "decimal", "reference": "reference",
    }  # fmt: skip
    number = types.get(kind) == "decimal"
    defaulted = body.get("defaultedOnCreate", False) or kind == "boolean"
    options = tuple(each["value"] for each in body.get("picklistValues", ()) if each.get("active", True))
    return LiveField(
        label=body.get("label", body["name"]),
        type=types.get(kind, "text"),
        length=_number(body, "precision" if number else "digits" if kind == "int" else "length"),
        decimals=body.get("scale") if number else None,
        required=not body.get("nillable", True) and body.get("createable", True) and not defaulted,
        picklist=options if kind in ("picklist", "multipicklist", "combobox") else None,
        restricted=body.get("restrictedPicklist", False),
        multi=kind == "multipicklist",
        unique=body.get("unique", False),
        read_only=not body.get("createable", True),
        insert_only=body.get("createable", True) and not body.get("updateable", True),
        format=_FORMATS.get(kind),
    )


def hubspot(body: Body) -> LiveField:
    """Read a property; enumerations take their options only."""
    types = {"bool": "boolean", "date": "date", "datetime": "datetime", "number": "decimal"}
    options = tuple(each["value"] for each in body.get("options", ()) if not each.get("hidden", False))
    listed = body["type"] == "enumeration" and bool(options)
    metadata = body.get("modificationMetadata", {})
    return LiveField(
        label=body.get("label", body["name"]),
        type=types.get(body["type"], "text"),
        picklist=options if listed else None,
        restricted=listed or None,
        multi=body.get("fieldType") == "checkbox",
        unique=body.get("hasUniqueValue"),
        read_only=bool(metadata.get("readOnlyValue") or body.get("calculated")),
    )


def pipedrive(body: Body) -> LiveField:
    """Read an entry of personFields and its like; options go by their labels."""
    kind = body["field_type"]
    types = {"date": "date", "double": "decimal", "int": "integer", "monetary": "decimal"}
    options = tuple(str(each["label"]) for each in body.get("options") or ())
    return LiveField(
        label=body["name"],
        type=types.get(kind, "text"),
        required=body.get("mandatory_flag") is True or None,
        picklist=options if kind in ("enum", "set") else None,
        restricted=kind in ("enum", "set") or None,
        multi=kind == "set",
    )


def zoho(body: Body) -> LiveField:
    """Read an entry of settings/fields."""
    kind = body["data_type"]
    types = {
        "date": "date", "datetime": "datetime", "integer": "integer", "bigint": "integer", "boolean": "boolean",
        "double": "decimal", "currency": "decimal", "percent": "decimal",
    }  # fmt: skip
    options = tuple(each["actual_value"] for each in body.get("pick_list_values") or () if "actual_value" in each)
    return LiveField(
        label=body.get("field_label", body["api_name"]),
        type=types.get(kind, "text"),
        length=_number(body, "length"),
        decimals=body.get("decimal_place"),
        required=body.get("system_mandatory", False),
        picklist=options or None,
        multi=kind == "multiselectpicklist",
        unique=bool(body.get("unique")) or None,
        read_only=body.get("read_only"),
        format=_FORMATS.get(kind),
    )


def dynamics(body: Body) -> LiveField:
    """Read an attribute of an entity definition."""
    types = {
        "Decimal": "decimal", "Double": "decimal", "Money": "decimal", "Integer": "integer", "BigInt": "integer",
        "Boolean": "boolean", "DateTime": "datetime", "Lookup": "reference", "Customer": "reference",
        "Owner": "reference",
    }  # fmt: skip
    level = (body.get("RequiredLevel") or {}).get("Value")
    options = tuple(_option_label(each) for each in ((body.get("OptionSet") or {}).get("Options") or ()))
    creates, updates = body.get("IsValidForCreate", True), body.get("IsValidForUpdate", True)
    return LiveField(
        label=_label(body.get("DisplayName")) or body["LogicalName"],
        type=types.get(body.get("AttributeType", ""), "text"),
        length=_number(body, "MaxLength"),
        decimals=body.get("Precision"),
        required=level in ("SystemRequired", "ApplicationRequired") and creates if level else None,
        picklist=options or None,
        restricted=True if options else None,
        read_only=not creates,
        insert_only=creates and not updates,
        format=_FORMATS.get(str(body.get("Format", "")).lower()),
    )


def odoo(body: Body) -> LiveField:
    """Read an entry of fields_get."""
    kind = body["type"]
    types = {
        "date": "date", "datetime": "datetime", "integer": "integer", "float": "decimal", "monetary": "decimal",
        "boolean": "boolean", "many2one": "reference",
    }  # fmt: skip
    return LiveField(
        label=body.get("string", ""),
        type=types.get(kind, "text"),
        length=_number(body, "size"),
        required=body.get("required"),
        picklist=tuple(str(value) for value, _ in body.get("selection") or ()) or None,
        restricted=kind == "selection" or None,
        read_only=body.get("readonly"),
    )


def column(name: str, sql_type: str, *, required: bool, unique: bool) -> LiveField:
    """Read a column of a SQL catalogue; sql_type: as the database writes it, such as VARCHAR(80)."""
    kind, _, inside = sql_type.upper().rstrip(")").partition("(")
    sizes = [int(part) for part in inside.split(",") if part.strip().isdigit()]
    types = {
        "DATE": "date", "TIMESTAMP": "datetime", "DATETIME": "datetime", "INTEGER": "integer", "BIGINT": "integer",
        "SMALLINT": "integer", "INT": "integer", "NUMERIC": "decimal", "DECIMAL": "decimal", "REAL": "decimal",
        "FLOAT": "decimal", "BOOLEAN": "boolean",
    }  # fmt: skip
    type_ = types.get(kind.split(" ")[0], "text")
    return LiveField(
        label=name,
        type=type_,
        length=sizes[0] if sizes and type_ in ("text", "decimal") else None,
        decimals=sizes[1] if len(sizes) > 1 else None,
        required=required,
        unique=unique,
    )


def _number(body: Body, key: str) -> int | None:
    """Return a size; nought means that the CRM states none."""
    value = body.get(key)
    return int(value) if value else None


def _label(display: Body | None) -> str:
    localized: Body = (display or {}).get("UserLocalizedLabel") or {}
    return str(localized.get("Label", ""))


def _option_label(option: Body) -> str:
    return _label(option.get("Label")) or str(option.get("Value"))
