"""Contacts with their typed fields and what is known of them from elsewhere."""

import polars as pl

from crmclean.hygiene.happened import last_activities
from crmclean.hygiene.material import Material, amounts, days, owner, worth
from crmclean.hygiene.owners import gone
from crmclean.hygiene.territories import territory_facts
from crmclean.pipeline.engagement import column, people_of_deals
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values import email_kinds

_SIGNS = (
    "last_activity", "last_engaged", "last_contacted", "email_last_opened", "email_last_clicked", "email_last_replied",
    "form_last_submitted",
)  # fmt: skip
_PHONES = ("phone", "mobile", "phone_home", "phone_other")
_CONSENT = ("email_opt_out", "opted_in_at", "opted_out_at", "marketing_status")


def contact_facts(material: Material) -> pl.DataFrame:
    """Return the contacts with FACTS["contacts"], owner and money."""
    frame = material.whole("contacts")
    as_of = material.as_of
    seen = last_activities(material, "person_ref").rename({"on": "_seen"})
    deals = _deals(material)
    frame = frame.join(seen, on=RECORD, how="left", maintain_order="left")
    frame = worth(frame.join(deals, on=RECORD, how="left", maintain_order="left"), _money(material))
    bad_email, bad_phone = material.wrong("contacts", "email"), material.wrong("contacts", *_PHONES[:2])
    frame = frame.with_columns(
        owner(frame),
        days(frame, as_of, "created_at").alias("created_on"),
        pl.max_horizontal(days(frame, as_of, *_SIGNS), "_seen").alias("touched"),
        pl.col(RECORD).is_in(bad_email.implode()).alias("email_wrong"),
        pl.col(RECORD).is_in(bad_phone.implode()).alias("phone_wrong"),
        pl.any_horizontal(column(frame, name).is_not_null() for name in _PHONES[:2]).alias("has_phone"),
        email_kinds.is_role(column(frame, "email").fill_null("")).alias("role_mailbox"),
        pl.col("has_deal", "has_won_deal").fill_null(value=False),
        _has_company(frame, material),
        pl.any_horizontal(column(frame, name).is_not_null() for name in _CONSENT).alias("consent_known"),
    )
    frame = frame.with_columns(
        pl.coalesce("touched", "created_on").alias("touched"),
        _reachable(frame).alias("reachable"),
        gone(material).alias("owner_gone"),
    )
    return territory_facts(frame, material).drop("_seen")


def _reachable(frame: pl.DataFrame) -> pl.Expr:
    bounced = (column(frame, "email_bounced") == "true").fill_null(value=False)
    by_email = column(frame, "email").is_not_null() & ~pl.col("email_wrong") & ~bounced
    return by_email | (pl.col("has_phone") & ~pl.col("phone_wrong"))


def _has_company(frame: pl.DataFrame, material: Material) -> pl.Expr:
    links = material.tables.get("links")
    linked = pl.Series([], dtype=pl.String)
    if links is not None:
        ends = (("from", "to"), ("to", "from"))
        linked = pl.concat(
            links.filter((pl.col(f"{own}_object") == "contacts") & (pl.col(f"{other}_object") == "companies"))[
                f"{REF_PREFIX}{own}_ref"
            ]
            for own, other in ends
        ).drop_nulls()
    own = [column(frame, name).is_not_null() for name in ("company_ref", "company_name")]
    return (pl.any_horizontal(own) | pl.col(RECORD).is_in(linked.unique().implode())).alias("has_company")


def _deals(material: Material) -> pl.DataFrame:
    """Return per contact whether it is on a deal, and on a won one; a deal that is not in the exports counts, too."""
    pairs = people_of_deals(material.tables)
    deals = material.tables.get("deals")
    status = deals.select(deal=pl.col(RECORD), won=column(deals, "status") == "won") if deals is not None else None
    known = pairs.join(status, on="deal", how="left") if status is not None else pairs.with_columns(won=None)
    told = known.group_by("person").agg(has_won_deal=pl.col("won").fill_null(value=False).any())
    links = material.tables.get("links")
    named = pl.Series("person", [], dtype=pl.String)
    if links is not None:
        ends = links.filter((pl.col("from_object") == "deals") & (pl.col("to_object") == "contacts"))
        named = ends[REF_PREFIX + "to_ref"].drop_nulls().unique().alias("person")
    every = pl.concat([told.select("person"), named.to_frame()]).unique().sort("person")
    return every.join(told, on="person", how="left").select(
        pl.col("person").alias(RECORD), pl.lit(value=True).alias("has_deal"), "has_won_deal"
    )


def _money(material: Material) -> pl.DataFrame:
    """Return the money of the open deals that a contact is on."""
    deals = material.tables.get("deals")
    if deals is None:
        return pl.DataFrame(schema={RECORD: pl.String, "money": pl.Float64})
    pairs = people_of_deals(material.tables)
    open_ = amounts(deals, "open").rename({RECORD: "deal"})
    return pairs.join(open_, on="deal").select(pl.col("person").alias(RECORD), "money")
