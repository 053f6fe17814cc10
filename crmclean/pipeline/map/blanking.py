"""Cells that would keep a record out although the target does not need them: left empty, told, and listed as lost.

A field that the target requires, or by which a record is found, is left as it is: its record is predicted as rejected.
A value that no restricted picklist has stays too, because a person has to decide it. Text that is too long is cut or
left out only where the plan says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.checks.target_fields import CHECKS
from crmclean.crm.targets import TargetField, TargetObject

# What the check says -> what the finding and the change say of the cell that was left empty.
BLANKED = {"type.invalid": "type.blanked", "email.invalid": "email.blanked", "number.too-large": "number.blanked"}
TOO_LONG = "length.too-long"
LENGTHS = {"blank": "length.blanked", "cut": "map.cut"}
CODES_OF_BLANKS = frozenset({*BLANKED.values(), "length.blanked"})


@dataclass(frozen=True)
class Mended:
    """Cells of one field that were left empty or cut: _record and provenance, `before`, `after`."""

    field: str
    code: str
    rows: pl.DataFrame


def blanks(target_object: TargetObject, each: TargetField, code: str) -> bool:
    """Whether a cell that fails the check is left empty, so that no record is rejected for it."""
    needed = each.required or each.name == target_object.key or target_object.existing
    return code in BLANKED and not needed


def mended(target_object: TargetObject, wide: pl.DataFrame) -> tuple[pl.DataFrame, Sequence[Mended]]:
    """Return the records as the target takes them, and what that took away. wide: records with cells as text."""
    asked = list(_asked(target_object))
    bad = [~good.fill_null(value=True) for *_, good in asked]
    counts = wide.select(flag.sum().alias(str(place)) for place, flag in enumerate(bad)).row(0) if asked else ()
    done: list[Mended] = []
    for (each, code, _), flag, count in zip(asked, bad, counts, strict=True):
        if not count:
            continue
        after = pl.col(each.name).str.head(each.length or 0) if code == LENGTHS["cut"] else pl.lit(None, pl.String)
        rows = wide.filter(flag, pl.col(each.name).is_not_null())
        done.append(Mended(each.name, code, rows.with_columns(before=pl.col(each.name), after=after)))
        wide = wide.with_columns(pl.when(flag).then(after).otherwise(pl.col(each.name)).alias(each.name))
    return wide, done


def _asked(target_object: TargetObject) -> Iterator[tuple[TargetField, str, pl.Expr]]:
    for each in target_object.writable():
        for check in CHECKS if each.type != "reference" else ():
            if not check.applies(each):
                continue
            if blanks(target_object, each, check.code):
                yield each, BLANKED[check.code], check.good(each)
            elif check.code == TOO_LONG and each.too_long in LENGTHS and each.name != target_object.key:
                yield each, LENGTHS[each.too_long], check.good(each)
