"""The plan's own checks: SQL conditions that every record to be migrated should keep; null counts as false."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.files.tables import empty
from crmclean.plan.expressions import flagged
from crmclean.plan.model import Check, Plan
from crmclean.records import FILE, FINDINGS, OUTCOME, RECORD, ROW

BROKEN = "plan.check"  # code of the findings; their `check` is the name in the plan
_GOOD = "_good"


def broken(plan: Plan, tables: Mapping[str, pl.LazyFrame], as_of: date | None) -> pl.DataFrame:
    """Return a finding (records.FINDINGS) for every live record that breaks a check of the plan.

    tables: canonical objects after `stale`.

    Raises:
        PlanError: a condition cannot be used.
    """
    found = [_broken(check, tables[check.object], as_of) for check in plan.checks if check.object in tables]
    return pl.concat([empty(FINDINGS), *pl.collect_all(found)])


def _broken(check: Check, table: pl.LazyFrame, as_of: date | None) -> pl.LazyFrame:
    live = table.filter(pl.col(OUTCOME).is_null()) if OUTCOME in table.collect_schema() else table
    rows = flagged(live, check.where, check.object, as_of, name=_GOOD).filter(~pl.col(_GOOD))
    return rows.select(
        object=pl.lit(check.object),
        record=pl.col(RECORD),
        file=pl.col(FILE),
        row=pl.col(ROW).cast(pl.Int64),
        field=pl.lit(None, pl.String),
        check=pl.lit(check.name),
        severity=pl.lit(check.severity),
        code=pl.lit(BROKEN),
    )
