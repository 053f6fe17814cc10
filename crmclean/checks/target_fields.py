"""Checks of one field of a target: what the target itself would refuse or quietly take amiss."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from crmclean.crm.targets import TargetField
from crmclean.records import REF_PREFIX, Severity
from crmclean.values.codes import CODES
from crmclean.values.typed import typed

_TYPED = ("date", "datetime", "decimal", "integer", "boolean")
_NUMBERS = {"decimal": r"^-?(\d+\.?\d*|\.\d+)$", "integer": r"^-?\d+$"}
# What the rehearsal enforces and every CRM at least: one @, a dot behind it, no blank, comma or semicolon.
_EMAIL = r"^[^ ,;]+@[^ ,;]+\.[^ ,;]+$"
_PHONE = r"^\+\d{6,15}(;ext=\d+)?$"
_URL = r"^(https?://)?[^\s/]+\.[^\s/]+"


@dataclass(frozen=True)
class Check:
    """A named boolean expression about one field; True = good. values.codes says what it means and how bad it is.

    applies: whether the field has anything to check. good: the expression; it may be null, which counts as good, as
    only `required` says that a value must be there.
    """

    code: str
    applies: Callable[[TargetField], bool]
    good: Callable[[TargetField], pl.Expr]

    @property
    def severity(self) -> Severity:
        """An error keeps the record out of the target, a warning does not."""
        return CODES[self.code].severity or Severity.INFO


def _cell(field: TargetField) -> pl.Expr:
    return pl.col(REF_PREFIX + field.name if field.type == "reference" else field.name)


def _is_of_type(field: TargetField) -> pl.Expr:
    cell = _cell(field)
    if field.type in _NUMBERS:
        return cell.str.contains(_NUMBERS[field.type])
    whole = cell if field.type != "date" else pl.when(cell.str.len_bytes() == len("2024-03-31")).then(cell)
    return typed(whole, field.type).is_not_null() | cell.is_null()


def _fits(field: TargetField) -> pl.Expr:
    """Characters, not bytes; bytes are never fewer, and cheap to ask first."""
    cell = _cell(field)
    return (cell.str.len_bytes() <= field.length) | (cell.str.len_chars() <= field.length)


def _digits_fit(field: TargetField) -> pl.Expr:
    whole = (field.length or 0) - (field.decimals or 0)
    return ~_cell(field).str.contains(rf"^-?0*[1-9]\d{{{whole},}}(\.\d*)?$")


def _is_listed(field: TargetField) -> pl.Expr:
    cell = _cell(field)
    if field.multi:
        return cell.str.split(";").list.set_difference(pl.lit(pl.Series([list(field.picklist)]))).list.len() == 0
    return cell.is_in(list(field.picklist))


def _is_unique(field: TargetField) -> pl.Expr:
    """The first record keeps the value; frames are sorted by `_record`. Case does not tell values apart."""
    key = _cell(field).str.to_lowercase()
    return key.is_null() | key.is_first_distinct()


CHECKS: tuple[Check, ...] = (
    Check(
        "required.missing",
        lambda field: field.required, lambda field: _cell(field).is_not_null(),
    ),
    Check(
        "type.invalid",
        lambda field: field.type in _TYPED, _is_of_type,
    ),
    Check(
        "length.too-long",
        lambda field: field.length is not None and field.type == "text", _fits,
    ),
    Check(
        "number.too-large",
        lambda field: field.length is not None and field.type in ("integer", "decimal"), _digits_fit,
    ),
    Check(
        "picklist.unmapped",
        lambda field: bool(field.picklist) and field.restricted, _is_listed,
    ),
    Check(
        "picklist.not-listed",
        lambda field: bool(field.picklist) and not field.restricted, _is_listed,
    ),
    Check(
        "email.invalid",
        lambda field: field.format == "email", lambda field: _cell(field).str.contains(_EMAIL),
    ),
    Check(
        "phone.not-e164",
        lambda field: field.format == "phone", lambda field: _cell(field).str.contains(_PHONE),
    ),
    Check(
        "url.invalid",
        lambda field: field.format == "url", lambda field: _cell(field).str.contains(_URL),
    ),
    Check(
        "unique.taken",
        lambda field: field.unique, _is_unique,
    ),
)  # fmt: skip
