"""What becomes of records that a merge makes equal: links between the same two ends, and converted leads."""

import polars as pl

from crmclean.records import OUTCOME, RECORD, REF_PREFIX
from crmclean.steps.contract import Patch
from crmclean.steps.merges import merged

_ENDS = (REF_PREFIX + "from_ref", REF_PREFIX + "to_ref", "role")
_CONTACT = REF_PREFIX + "converted_contact_ref"


def equal_links(links: pl.DataFrame) -> pl.DataFrame:
    """Return (record, survivor) of open links that say the same as another one: same ends, same role."""
    ends = [name for name in _ENDS if name in links.columns]
    opened = links.filter(pl.col(OUTCOME).is_null(), *(pl.col(name).is_not_null() for name in ends if name != "role"))
    primary = pl.col("is_primary") == "true" if "is_primary" in links.columns else pl.lit(value=False)
    first = opened.with_columns(primary.alias("_primary")).sort("_primary", RECORD, descending=[True, False])
    survivors = first.select(pl.col(RECORD).alias("record"), pl.col(RECORD).first().over(ends).alias("survivor"))
    return survivors.filter(pl.col("record") != pl.col("survivor")).sort("record")


def converted_leads(leads: pl.DataFrame) -> pl.DataFrame:
    """Return (record, survivor) of open leads whose contact is among the records."""
    if _CONTACT not in leads.columns:
        return pl.DataFrame(schema={"record": pl.String, "survivor": pl.String})
    became = leads.filter(pl.col(OUTCOME).is_null() & pl.col(_CONTACT).is_not_null())
    return became.select(pl.col(RECORD).alias("record"), pl.col(_CONTACT).alias("survivor")).sort("record")


def merged_into(code: str, fates: pl.DataFrame) -> Patch:
    """Return the patch that marks records as merged into others. fates: (record, survivor)."""
    coded = fates.with_columns(code=pl.lit(code))
    return Patch(code, lambda table: merged(table, coded))
