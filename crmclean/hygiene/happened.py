"""What the exported activities tell: when something last happened with a record."""

import polars as pl

from crmclean.hygiene.material import Material, days
from crmclean.pipeline.engagement import column
from crmclean.records import RECORD, REF_PREFIX

_EMPTY = {RECORD: pl.String, "on": pl.Date}


def last_activities(material: Material, *fields: str) -> pl.DataFrame:
    """Return _record and the last day up to as_of on which an activity that is done or past points to it.

    fields: the references of an activity that are followed. Bulk mail and open tasks are none.
    """
    activities = material.tables.get("activities")
    if activities is None:
        return pl.DataFrame(schema=_EMPTY)
    told = activities.with_columns(on=days(activities, material.as_of, "done_at", "starts_at", "due_date"))
    open_task = (column(told, "kind") == "task") & (column(told, "done") == "false")
    bulk = column(told, "is_bulk") == "true"
    real = told.filter(pl.col("on").is_not_null() & ~(open_task | bulk).fill_null(value=False))
    ends = [
        real.select(pl.col(name).alias(RECORD), "on")
        for name in (REF_PREFIX + field for field in fields)
        if name in real.columns
    ]
    every = pl.concat([pl.DataFrame(schema=_EMPTY), *ends]).drop_nulls(RECORD)
    return every.group_by(RECORD).agg(pl.col("on").max()).sort(RECORD)
