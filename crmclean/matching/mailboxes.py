"""Addresses as evidence: the key of the mailbox, and the domain of the employer; judged by distinct part."""

from collections.abc import Callable

import polars as pl

from crmclean.values import email_kinds, emails

_PROBE = "A.b+c@"  # an address that every provider's rule changes
_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def once(values: pl.Series, judge: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return `judge` of every value, worked out for the distinct values only."""
    distinct = values.drop_nulls().unique().to_frame("value")
    judged = distinct.with_columns(judge(pl.col("value")).alias("answer"))
    if judged.is_empty():
        return judged["answer"].extend_constant(None, len(values))
    return values.to_frame("value").join(judged, on="value", how="left", maintain_order="left")["answer"]


def mailboxes(addresses: pl.Series) -> pl.DataFrame:
    """Return `key` (null for a role mailbox or no address) and `domain` (of an employer) of each address."""
    lower = addresses.str.to_lowercase().str.strip_chars()
    valid = lower.str.contains(_ADDRESS)
    parts = lower.to_frame("address").select(
        "address",
        pl.col("address").str.split_exact("@", 1).struct.rename_fields(["local", "host"]).struct.unnest(),
        pl.Series("valid", valid).fill_null(value=False),
    )
    kind = once(parts["host"], lambda host: email_kinds.classify(pl.lit("x@") + host))
    probe = once(parts["host"], lambda host: emails.match_key(pl.lit(_PROBE) + host))
    begins = parts.select(pl.when(email_kinds.begins_as_role(pl.col("local"))).then("local")).to_series()
    role = once(begins, lambda local: email_kinds.is_role(local + pl.lit("@example.com")))
    plain = probe == (_PROBE.lower() + parts["host"])
    parts = parts.with_columns(kind.alias("kind"), plain.alias("plain"), role.fill_null(value=False).alias("role"))
    ruled = parts.with_row_index("row").filter("valid", ~pl.col("plain"))
    ruled = ruled.select("row", key=emails.match_key(pl.col("address")))
    joined = parts.with_row_index("row").join(ruled, on="row", how="left", maintain_order="left")
    business = pl.col("kind") == "business"
    return joined.select(
        key=pl.when(pl.col("valid") & ~pl.col("role")).then(pl.coalesce("key", "address")),
        domain=pl.when(pl.col("valid") & business).then(pl.col("host")),
    )
