"""Whether the owner of a contact is one that the territory table names for its country."""

from collections.abc import Iterator

import polars as pl

from crmclean.hygiene.material import OWNER, Material
from crmclean.pipeline.engagement import column
from crmclean.records import RECORD
from crmclean.values.countries import judge

_CALLED = ("source_id", "full_name", "email", "username")


def in_territory(frame: pl.DataFrame, material: Material) -> pl.Expr:
    """Return whether the country of a contact stands in the table."""
    countries = _table(material)["country"].unique()
    return column(frame, "country").is_in(countries.implode()).fill_null(value=False)


def territory_wrong(frame: pl.DataFrame, material: Material) -> pl.Series:
    """Return whether a contact in a country of the table has an owner who is none of its owners there."""
    right = _right(material)
    told = frame.select(column(frame, "country"), OWNER).join(
        right.with_columns(right=pl.lit(value=True)), on=["country", OWNER], how="left", maintain_order="left"
    )
    wrong = in_territory(told, material) & pl.col(OWNER).is_not_null() & pl.col("right").is_null()
    return told.select(wrong).to_series()


def owners_known(material: Material) -> bool:
    """Return whether anybody whom the table names is in the export; if nobody is, each contact would be outside."""
    return not _right(material).is_empty()


def _right(material: Material) -> pl.DataFrame:
    """Return country and owner of who may own contacts there: as users are called, and as contacts name their owner."""
    called = _called(material)
    contacts = material.owned["contacts"]
    owners = pl.concat([called.select(OWNER), contacts.unique().cast(pl.String).to_frame()]).unique().drop_nulls()
    every = pl.concat([called, owners.with_columns(_called=pl.col(OWNER).str.to_lowercase())]).unique()
    right = every.join(_table(material), on="_called").select("country", OWNER).unique()
    return right.with_columns(pl.col(OWNER).cast(contacts.dtype))


def _table(material: Material) -> pl.DataFrame:
    return pl.DataFrame(list(_pairs(material)), schema={"country": pl.String, "_called": pl.String}, orient="row")


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
