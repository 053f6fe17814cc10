"""The day from which ages are counted: the newest system timestamp of the exports, where nobody names one."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.pipeline.engagement import day

# Written by the system when something happened, so never in the future. The newest is about the day of the export only
# where changes are stamped, too: records are worked on long after the last one was made. Without changes the days of
# the last activities count as well, although some CRMs date these by what is planned.
_SYSTEM = ("created_at", "updated_at")
_ACTIVITY = ("last_activity", "last_engaged", "last_contacted")


def newest_timestamp(tables: Mapping[str, pl.LazyFrame]) -> date | None:
    """Return the day of the newest timestamp after `normalize`, or None where the exports hold none."""
    stamped = _newest_of(tables, ("updated_at",)) is not None
    return _newest_of(tables, _SYSTEM if stamped else (*_SYSTEM, *_ACTIVITY))


def _newest_of(tables: Mapping[str, pl.LazyFrame], names: tuple[str, ...]) -> date | None:
    return max((found for table in tables.values() if (found := _newest(table, names)) is not None), default=None)


def _newest(table: pl.LazyFrame, names: tuple[str, ...]) -> date | None:
    present = [name for name in names if name in table.collect_schema()]
    if not present:
        return None
    greatest = pl.max_horizontal(pl.col(present).max()).alias("greatest")
    newest: date | None = table.select(greatest).select(day("greatest")).collect().item()
    if newest is None:  # the greatest text is the newest day, unless it is no day
        newest = table.select(pl.max_horizontal(map(day, present)).max()).collect().item()
    return newest
