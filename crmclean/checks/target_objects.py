"""Checks of a whole record against its target object."""

from dataclasses import dataclass

import polars as pl

from crmclean.crm.targets import TargetObject
from crmclean.records import REF_PREFIX, Severity


@dataclass(frozen=True)
class ObjectCheck:
    """A named boolean expression about a record; True = good. field: the field that a finding names."""

    code: str
    severity: Severity
    field: str
    good: pl.Expr


def object_checks(target_object: TargetObject) -> tuple[ObjectCheck, ...]:
    """Return the checks of an object: one of several fields filled, and fields that are unique together."""
    found = []
    if target_object.one_of:
        good = pl.any_horizontal(pl.col(name).is_not_null() for name in target_object.one_of)
        found.append(ObjectCheck("required.one-of", Severity.ERROR, target_object.one_of[0], good))
    for names in target_object.together:
        cells = [REF_PREFIX + name if target_object.fields[name].type == "reference" else name for name in names]
        whole = pl.all_horizontal(pl.col(name).is_not_null() for name in cells)
        good = ~whole | pl.struct(cells).is_first_distinct()
        found.append(ObjectCheck("unique.together", Severity.ERROR, names[0], good))
    return tuple(found)
