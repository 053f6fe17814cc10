"""Persons made comparable: one row of folded features per record, and the keys that find pairs of them."""

import polars as pl

from crmclean.matching.folding import folded, hashed, letters
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values import companies, email_kinds, emails

PHONES = ("phone", "mobile", "phone_home", "phone_other")
TEXTS = (
    "first_name",
    "middle_name",
    "last_name",
    "full_name",
    "email",
    "email_other",
    "company_name",
    "city",
    "postal_code",
    "street",
    "country",
    *PHONES,
)
SHARED_NAMES = 3  # an address that more different names than this use belongs to nobody
SWITCHBOARD_NAMES = 3  # likewise a phone number


def prepared(frame: pl.DataFrame, company_groups: pl.DataFrame | None) -> pl.DataFrame:
    """Return the features of each record, sorted by record id; `i` is its rank."""
    ready = _with_columns(frame, company_groups).sort(RECORD)
    split = pl.col("full_name").str.strip_chars().str.split(" ")
    ready = ready.with_columns(
        pl.coalesce("first_name", pl.when(split.list.len() > 1).then(split.list.first())).alias("first_name"),
        pl.coalesce("last_name", split.list.last()).alias("last_name"),
    )
    return ready.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("i"),
        pl.col(RECORD).alias("record"),
        letters(pl.col("first_name")).alias("given"),
        letters(pl.col("middle_name")).alias("middle"),
        letters(pl.col("last_name")).alias("family"),
        _mailboxes().alias("mails"),
        pl.concat_list(hashed(pl.col(name)) for name in PHONES).list.drop_nulls().list.unique().alias("phones"),
        pl.coalesce("_company", companies.key(pl.col("company_name"))).alias("company"),
        folded(pl.col("city")).alias("city"),
        folded(pl.col("street")).alias("street"),
        pl.col("country"),
    ).with_columns(pl.concat_str("given", "family", separator=" ").alias("name"))


def _with_columns(frame: pl.DataFrame, company_groups: pl.DataFrame | None) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(name) for name in TEXTS if name not in frame.columns]
    frame = frame.with_columns(missing)
    reference = f"{REF_PREFIX}company_ref"
    company = pl.col(reference) if reference in frame.columns else pl.lit(None, pl.String)
    frame = frame.with_columns(company.alias("_company"))
    if company_groups is None:
        return frame
    named = company_groups.select(pl.col(RECORD).alias("_company"), pl.col("group"))
    return frame.join(named, on="_company", how="left", maintain_order="left").with_columns(
        pl.coalesce("group", "_company").alias("_company")
    )


def _mailboxes() -> pl.Expr:
    """Return the match keys of all addresses but the role ones, which belong to nobody."""
    every = pl.concat_str("email", "email_other", separator=";", ignore_nulls=True).str.split(";")
    address = pl.element().str.strip_chars()
    personal = pl.when(email_kinds.classify(address) != "role").then(emails.match_key(address))
    return every.list.eval(hashed(personal)).list.drop_nulls().list.unique()
