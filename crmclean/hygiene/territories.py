"""Whether the owner of a contact is one that the territory table names for its country."""

from collections.abc import Iterator

import polars as pl

from crmclean.hygiene.material import OWNER, Material
from crmclean.pipeline.engagement import column
from crmclean.records import RECORD
from crmclean.values.countries import judge

_CALLED = ("source_id", "full_name", "email", "username")


def territory_facts(frame: pl.DataFrame, material: Material) -> pl.DataFrame:
    """Add in_territory and territory_wrong; both false where there is no table."""
    pairs = pl.DataFrame(list(_pairs(material)), schema={"country": pl.String, "_called": pl.String}, orient="row")
    countries = pairs["country"].unique()
    known = _called(material)
    mine = pl.concat([known, known.select(OWNER, pl.col(OWNER).str.to_lowercase().alias("_called"))])
    owners = frame.select(OWNER).unique().drop_nulls()
    named = owners.with_columns(pl.col(OWNER).str.to_lowercase().alias("_called"))
    right = pl.concat([mine, named]).unique().join(pairs, on="_called").select("country", OWNER).unique()
    right = right.with_columns(_right=pl.lit(value=True))
    country = column(frame, "country").alias("_country")
    told = frame.with_columns(country).join(
        right.rename({"country": "_country"}), on=["_country", OWNER], how="left", maintain_order="left"
    )
    inside = pl.col("_country").is_in(countries.implode()).fill_null(value=False)
    return told.with_columns(
        inside.alias("in_territory"),
        (inside & pl.col(OWNER).is_not_null() & pl.col("_right").is_null()).alias("territory_wrong"),
    ).drop("_country", "_right")


def _pairs(material: Material) -> Iterator[tuple[str, str]]:
    """Yield country code and owner, in small letters, of every line of the table."""
    for territory in material.dictionary.territories:
        for country in territory.countries:
            for owner in territory.owners:
                yield judge(country)[0] or country, owner.strip().lower()


def _called(material: Material) -> pl.DataFrame:
    """Return what users may be called by the table."""
    users = material.tables.get("users")
    empty = pl.DataFrame(schema={OWNER: pl.String, "_called": pl.String})
    if users is None:
        return empty
    whole = pl.concat_str(column(users, "first_name"), column(users, "last_name"), separator=" ")
    names = [*(column(users, name) for name in _CALLED), whole]
    parts = [users.select(pl.col(RECORD).alias(OWNER), name.str.to_lowercase().alias("_called")) for name in names]
    return pl.concat([empty, *parts]).drop_nulls()
