"""What the exported activities tell: when something last happened with a record."""

import polars as pl

from crmclean.hygiene.material import Material
from crmclean.records import RECORD, REF_PREFIX

_EMPTY = {RECORD: pl.String, "on": pl.Date}


def last_activities(material: Material, *fields: str) -> pl.DataFrame:
    """Return _record and the last day up to as_of on which an activity that is done or past points to it.

    fields: the references of an activity that are followed. Bulk mail and open tasks are none.
    """
    activities = material.tables.get("activities")
    if activities is None:
        return pl.DataFrame(schema=_EMPTY)
    happened = material.happened
    names = [name for name in (REF_PREFIX + field for field in fields) if name in activities.columns]
    ends = [activities.select(pl.col(name).alias(RECORD), happened) for name in names]
    every = pl.concat([pl.DataFrame(schema=_EMPTY), *ends]).drop_nulls()
    return every.group_by(RECORD).agg(pl.col("on").max())
