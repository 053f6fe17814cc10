"""Who sells to each company: the owners of its open deals.

Two companies that different people sell to may be one; but merging them takes one seller's account away, so that a
person decides.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from crmclean.matching.firms import SELLERS
from crmclean.matching.model import REVIEW, Matching
from crmclean.matching.organisations import SOLD_TWICE
from crmclean.pipeline.engagement import column
from crmclean.pipeline.record_ids import object_of
from crmclean.records import OUTCOME, RECORD, REF_PREFIX

TWO_OWNERS = "dedupe.two-owners"
_SOLD = pl.Schema({"deal": pl.String(), "company": pl.String()})


def with_sellers(companies: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Put the owners of a company's open deals beside it, `;` between them; null where there is none.

    tables: canonical objects after `normalize`. An owner is the user's email where it is known: one person may be a
    user of several sources.
    """
    if "deals" not in tables or "status" not in tables["deals"].columns:
        return companies
    deals = tables["deals"].filter(pl.col(OUTCOME).is_null(), pl.col("status") == "open")
    owned = deals.select(deal=RECORD, owner=_owner(deals, tables.get("users"))).drop_nulls()
    pairs = _companies_of(deals, tables.get("links")).join(owned, on="deal")
    sellers = pairs.group_by("company").agg(pl.col("owner").unique().sort().str.join(";").alias(SELLERS))
    return companies.join(sellers.rename({"company": RECORD}), on=RECORD, how="left", maintain_order="left")


def _companies_of(deals: pl.DataFrame, links: pl.DataFrame | None) -> pl.DataFrame:
    """Return (deal, company): what a deal refers to itself, and what links say."""
    pairs = [deals.select(deal=RECORD, company=column(deals, REF_PREFIX + "company_ref")).cast(_SOLD)]
    if links is not None:
        ends = links.select(column(links, f"{REF_PREFIX}{end}_ref") for end in ("from", "to"))
        for deal, company in (ends.columns, ends.columns[::-1]):
            found = ends.select(deal=deal, company=company).cast(_SOLD)
            pairs.append(found.filter(object_of("deal") == "deals", object_of("company") == "companies"))
    return pl.concat(pairs).drop_nulls().unique()


def _owner(deals: pl.DataFrame, users: pl.DataFrame | None) -> pl.Expr:
    """Return who owns a deal: the email of a user, by record or by full name; else what the deal says."""
    ref, text = column(deals, REF_PREFIX + "owner_ref"), column(deals, "owner_ref").str.to_lowercase()
    if users is None:
        return pl.coalesce(text, ref)
    email = column(users, "email").str.to_lowercase()
    name = pl.concat_str(column(users, "first_name"), pl.lit(" "), column(users, "last_name"))
    named = pl.coalesce(column(users, "full_name"), name).str.to_lowercase()
    known = users.select(pl.col(RECORD), email=pl.coalesce(email, named), name=named)
    once = known.select("name", "email").unique().filter(pl.col("name").is_unique()).drop_nulls()
    by_record = ref.replace_strict(known[RECORD], known["email"], default=ref, return_dtype=pl.String)
    return pl.coalesce(by_record, text.replace_strict(once["name"], once["email"], default=text))


def told(matching: Matching) -> Matching:
    """Say of the companies that wait for a person because two people sell to them that this is why."""
    asked = matching.pairs.filter(pl.col("band") == REVIEW, pl.col("veto").str.contains(SOLD_TWICE, literal=True))
    sides = pl.concat([asked["left"], asked["right"]]).implode()
    code = pl.when(pl.col("record").is_in(sides)).then(pl.lit(TWO_OWNERS)).otherwise("code").alias("code")
    return replace(matching, held=matching.held.with_columns(code))
