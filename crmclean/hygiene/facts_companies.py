"""Companies with what is known of them from elsewhere."""

from collections.abc import Set

import polars as pl

from crmclean.hygiene.material import MONEY, Material, amounts, beside, worth
from crmclean.pipeline.engagement import column
from crmclean.values.typed import typed


def company_facts(material: Material, used: Set[str]) -> pl.DataFrame:
    """Return the companies with owner, the money of their open deals, and FACTS["companies"] of those that are used."""
    frame = material.whole("companies").with_columns(material.owned["companies"], _money(material))
    if "contacts" in used:
        told = typed(column(frame, "contact_count"), "integer")
        frame = frame.with_columns(pl.max_horizontal(told, _counted(material)).fill_null(0).alias("contacts"))
    if "industry_unknown" in used:
        frame = frame.with_columns(material.wrong("companies", "industry").alias("industry_unknown"))
    return frame


def _counted(material: Material) -> pl.Series:
    """Return the number of contacts that point to a company or are linked to it."""
    pairs = [
        material.linked("companies", "contacts").select(row="start", contact="end"),
        material.linked("contacts", "companies").select(row="end", contact="start"),
    ]
    if "contacts" in material.tables:
        own = material.parents("contacts", "company_ref", "companies").to_frame("row")
        pairs.append(own.with_columns(contact=pl.int_range(pl.len(), dtype=pl.UInt32)))
    every = pl.concat(pairs).drop_nulls()
    told = every.unique() if pairs[0].height or pairs[1].height else every  # contacts name one company each
    counts = told.group_by("row").agg(pl.len().cast(pl.Int64).alias("counted"))
    return beside(material.tables["companies"].height, counts)


def _money(material: Material) -> pl.Series:
    deals = material.tables.get("deals")
    height = material.tables["companies"].height
    if deals is None:
        return pl.repeat(None, height, dtype=pl.Float64, eager=True).alias(MONEY)
    companies = material.parents("deals", "company_ref", "companies")
    open_ = amounts(deals, "open")
    return worth(height, pl.DataFrame([companies.gather(open_["deal"]).alias("row"), open_["money"]]))
