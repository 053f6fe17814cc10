"""Checks of a whole record against its target object."""

from dataclasses import dataclass

import polars as pl

from crmclean.crm.targets import TargetObject
from crmclean.records import REF_PREFIX, Severity
from crmclean.values.codes import CODES


@dataclass(frozen=True)
class ObjectCheck:
    """A named boolean expression about a record; True = good. field: what a finding names, `a or b` for several."""

    code: str
    field: str
    good: pl.Expr

    @property
    def severity(self) -> Severity:
        """An error keeps the record out of the target, a warning does not."""
        return CODES[self.code].severity or Severity.INFO


def object_checks(target_object: TargetObject) -> tuple[ObjectCheck, ...]:
    """Return the checks of an object: one of several fields filled, and fields that are unique together."""
    found = []
    if target_object.one_of:
        good = pl.any_horizontal(pl.col(name).is_not_null() for name in target_object.one_of)
        found.append(ObjectCheck("required.one-of", " or ".join(target_object.one_of), good))
    for names in target_object.together:
        cells = [REF_PREFIX + name if target_object.fields[name].type == "reference" else name for name in names]
        whole = pl.all_horizontal(pl.col(name).is_not_null() for name in cells)
        good = ~whole | pl.struct(cells).is_first_distinct()
        found.append(ObjectCheck("unique.together", names[0], good))
    return (*found, *_currency(target_object))


def _currency(target_object: TargetObject) -> list[ObjectCheck]:
    """An amount of a deal needs its currency where the target has a field for it."""
    fed = {field.from_[0]: field.name for field in target_object.writable() if field.from_ and not field.legacy}
    amount, currency = fed.get("amount"), fed.get("currency")
    if amount is None or currency is None:
        return []
    return [ObjectCheck("currency.missing", currency, pl.col(amount).is_null() | pl.col(currency).is_not_null())]
