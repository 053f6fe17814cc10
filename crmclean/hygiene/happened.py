"""What the exported activities tell: when something last happened with a record."""

import numpy as np
import polars as pl

from crmclean.hygiene.material import Material

_NEVER = np.iinfo(np.int32).min


def last_activities(material: Material, field: str, object_: str) -> pl.Series:
    """Return for each record the last day up to as_of on which an activity that is done or past points to it.

    field: the reference of an activity that is followed, to records of `object_`. Bulk mail and open tasks are none.
    """
    height = material.tables[object_].height
    if "activities" not in material.tables:
        return pl.repeat(None, height, dtype=pl.Date, eager=True)
    told = pl.DataFrame([material.parents("activities", field, object_), material.happened]).drop_nulls()
    last = np.full(height, _NEVER, dtype=np.int32)
    np.maximum.at(last, told["row"].to_numpy(), told["on"].to_physical().to_numpy())  # far sooner than groups
    days = pl.Series("on", last)
    return days.set(days == int(_NEVER), None).cast(pl.Date)
