"""What an audit found."""

from dataclasses import dataclass

import polars as pl

NOT_SHOWN = "not in this export"


@dataclass(frozen=True)
class Check:
    """One check. count: records that fail it, of total looked at. note: never a cell value.

    passed: None where what was read cannot show it, so that it counts neither as good nor as bad; note says why.
    """

    area: str
    name: str
    count: int
    total: int
    passed: bool | None
    note: str = ""


@dataclass(frozen=True)
class Sample:
    """Records that were followed from the target back to their source cells.

    records, cells: how many were looked at. mismatches: _record, object, field, where (target, map or history): the
    link of the chain that does not hold. upper_bound: with 95 % confidence no larger share of all records is wrong.
    drawn: record, target_object.
    """

    records: int
    cells: int
    wrong: int
    upper_bound: float
    mismatches: pl.DataFrame
    drawn: pl.DataFrame


@dataclass(frozen=True)
class AuditResult:
    """The target as it was read back: checks on all of it, and the sample."""

    checks: tuple[Check, ...]
    sample: Sample
