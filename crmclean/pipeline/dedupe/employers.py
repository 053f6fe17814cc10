"""The company of each person by name, so that people of different sources can be compared by it."""

import polars as pl

from crmclean.records import RECORD, REF_PREFIX

NAME = "company_name"
COMPANY = f"{REF_PREFIX}company_ref"


def employed(people: pl.DataFrame, companies: pl.DataFrame | None, groups: pl.DataFrame | None) -> pl.DataFrame:
    """Write into `company_name` the name of the company that a record refers to; members of a group have one name.

    One source refers to companies, another one only spells their names: both have to be the same evidence. groups:
    (record, group) of the companies; a group is named after its first member.
    """
    if companies is None or COMPANY not in people.columns or "name" not in companies.columns:
        return people
    names = companies.select(RECORD, "name")
    if groups is not None:
        first = groups.select(pl.col("record").alias(RECORD), "group")
        named = names.rename({RECORD: "group", "name": "first"})
        names = names.join(first, on=RECORD, how="left").join(named, on="group", how="left")
        names = names.select(RECORD, name=pl.coalesce("first", "name"))
    told = names.rename({RECORD: COMPANY, "name": "_employer"})
    joined = people.join(told, on=COMPANY, how="left", maintain_order="left")
    own = pl.col(NAME) if NAME in people.columns else pl.lit(None, pl.String)
    return joined.with_columns(pl.coalesce("_employer", own).alias(NAME)).drop("_employer")
