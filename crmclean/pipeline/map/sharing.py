"""Values that several records share in a field that the target wants unique, such as HubSpot's email.

`dedupe` and the reviewers have had the last word on who is who: the first record keeps the value, every other one has
it in the field's overflow field, so that nothing is lost and no two people become one.
"""

import polars as pl

from crmclean.crm.targets import TargetField
from crmclean.records import RECORD

MOVED = "map.shared-moved"


def settle_shared(table: pl.DataFrame, field: TargetField, *, kind: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the table without doubles in `field`, and the records whose value was moved, with that value.

    The first record keeps the value: others before leads, then by record id. kind: the column that says which
    canonical object a record comes from.
    """
    key = pl.col(field.name).str.to_lowercase()
    double = table.select(RECORD, kind, field.name, _key=key).filter(
        pl.col("_key").is_not_null() & pl.col("_key").is_duplicated()
    )
    ranked = double.sort((pl.col(kind) == "leads"), RECORD).with_columns(_first=pl.col(RECORD).first().over("_key"))
    moved = ranked.filter(pl.col("_first") != pl.col(RECORD)).sort(RECORD)
    return _moved(table, moved, field), moved.select(RECORD, pl.col(field.name))


def _moved(table: pl.DataFrame, moved: pl.DataFrame, field: TargetField) -> pl.DataFrame:
    if moved.is_empty() or field.overflow is None:
        return table
    here = pl.col(RECORD).is_in(moved[RECORD].implode())
    value = pl.col(field.name)
    return table.with_columns(
        pl.when(here).then(value).otherwise(pl.col(field.overflow)).alias(field.overflow),
        pl.when(~here).then(value).alias(field.name),
    )
