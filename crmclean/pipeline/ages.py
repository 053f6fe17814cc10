"""The day from which ages are counted: the newest system timestamp of the exports, where nobody names one."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.pipeline.engagement import day

# Written by the system when something happened, so never in the future; the second list only where the first is empty.
_STAMPS = (("created_at", "updated_at"), ("last_activity", "last_engaged", "last_contacted"))


def newest_timestamp(tables: Mapping[str, pl.LazyFrame]) -> date | None:
    """Return the day of the newest timestamp after `normalize`, or None where the exports hold none."""
    for names in _STAMPS:
        newest = [found for table in tables.values() if (found := _newest(table, names)) is not None]
        if newest:
            return max(newest)
    return None


def _newest(table: pl.LazyFrame, names: tuple[str, ...]) -> date | None:
    present = [day(name) for name in names if name in table.collect_schema()]
    if not present:
        return None
    newest: date | None = table.select(pl.max_horizontal(present).max()).collect().item()
    return newest
