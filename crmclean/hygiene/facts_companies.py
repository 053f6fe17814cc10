"""Companies with what is known of them from elsewhere."""

import polars as pl

from crmclean.hygiene.material import Material, amounts, owner, worth
from crmclean.pipeline.engagement import column
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values.typed import typed

_REF = REF_PREFIX + "company_ref"


def company_facts(material: Material) -> pl.DataFrame:
    """Return the companies with FACTS["companies"], owner and the money of their open deals."""
    frame = material.whole("companies")
    counted = _contacts(material)
    frame = worth(frame.join(counted, on=RECORD, how="left", maintain_order="left"), _money(material))
    unknown = material.wrong("companies", "industry")
    told = typed(column(frame, "contact_count"), "integer")
    return frame.with_columns(
        owner(frame),
        pl.max_horizontal(told, "_counted").fill_null(0).alias("contacts"),
        pl.col(RECORD).is_in(unknown.implode()).alias("industry_unknown"),
    ).drop("_counted")


def _contacts(material: Material) -> pl.DataFrame:
    """Return the number of contacts that point to a company or are linked to it."""
    pairs = [pl.DataFrame(schema={RECORD: pl.String, "contact": pl.String})]
    contacts, links = material.tables.get("contacts"), material.tables.get("links")
    if contacts is not None:
        pairs.append(contacts.select(column(contacts, _REF).alias(RECORD), contact=pl.col(RECORD)))
    if links is not None:
        for own, other in (("from", "to"), ("to", "from")):
            ends = links.filter((pl.col(f"{own}_object") == "companies") & (pl.col(f"{other}_object") == "contacts"))
            refs = (f"{REF_PREFIX}{own}_ref", f"{REF_PREFIX}{other}_ref")
            pairs.append(ends.select(pl.col(refs[0]).alias(RECORD), contact=pl.col(refs[1])))
    every = pl.concat(pairs).drop_nulls()
    return every.group_by(RECORD).agg(pl.col("contact").n_unique().cast(pl.Int64).alias("_counted"))


def _money(material: Material) -> pl.DataFrame:
    deals = material.tables.get("deals")
    if deals is None:
        return pl.DataFrame(schema={RECORD: pl.String, "money": pl.Float64})
    companies = deals.select(RECORD, column(deals, _REF).alias("company"))
    open_ = amounts(deals, "open").join(companies, on=RECORD).drop_nulls("company")
    return open_.select(pl.col("company").alias(RECORD), "money")
