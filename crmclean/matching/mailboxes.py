"""Addresses as evidence: the key of the mailbox, and the domain of the employer; judged by distinct part."""

from collections.abc import Callable

import polars as pl

from crmclean.values import email_kinds, emails
from crmclean.values.distinct import encoded

_HOUSEHOLD = r"famil(?:y|ie|ia)|famille|famiglia|household|haushalt|(?:^|[^a-z])fam(?:[^a-z]|$)"
_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def once(values: pl.Series, judge: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return `judge` of every value, worked out for the distinct values only."""
    distinct, places = encoded(values)
    return distinct.to_frame("value").select(judge(pl.col("value")).alias("answer"))["answer"].gather(places)


def mailboxes(addresses: pl.Series) -> pl.DataFrame:
    """Return `key` (null for a role mailbox or no address), `domain` (of an employer) and `local` of each address."""
    parts = _parts(addresses)
    domain = pl.when(pl.col("valid") & pl.col("employer")).then("host")
    return parts.select(_keys(parts).alias("key"), domain.alias("domain"), "local")


def of_a_household(local: pl.Expr) -> pl.Expr:
    """Say which mailboxes are called a family's."""
    return local.str.contains(_HOUSEHOLD)


def named_after(local: pl.Expr, given: pl.Expr, family: pl.Expr) -> pl.Expr:
    """Say which mailboxes spell out a given name: as a word, or with the family name behind it."""
    words = local.str.replace_all(r"[^a-z]+", " ")
    word = (pl.lit(" ") + words + pl.lit(" ")).str.contains(pl.lit(" ") + given + pl.lit(" "), literal=True)
    whole = (given + family).str.replace_all(" ", "", literal=True)
    return word | words.str.replace_all(" ", "", literal=True).str.starts_with(whole)


def likely_shared(addresses: pl.Series) -> pl.DataFrame:
    """Return row and key (as mailboxes does) of the addresses that may share a mailbox with another one.

    Most are told from all others by their hashes, and are not looked at.
    """
    spelled = _spelled(addresses)
    again = spelled.hash().is_duplicated() & spelled.is_not_null()
    rows = (again | spelled.to_frame("address").select(emails.is_ruled(pl.col("address"))).to_series()).arg_true()
    return pl.DataFrame({"row": rows, "key": _keys(_parts(addresses.gather(rows)))})


def _parts(addresses: pl.Series) -> pl.DataFrame:
    """Return address in small letters, local, host, and whether it is valid; employer, ruled: what its host is."""
    address, host = pl.col("address"), pl.col("host")
    parts = (
        _spelled(addresses)
        .to_frame("address")
        .select(
            "address",
            address.str.split_exact("@", 1).struct.rename_fields(["local", "host"]).struct.unnest(),
            valid=address.str.contains(_ADDRESS).fill_null(value=False),
        )
    )
    hosts, places = encoded(parts["host"])
    told = hosts.to_frame().select(
        employer=email_kinds.of_host(host) == "business", ruled=emails.is_ruled(pl.lit("@") + host)
    )
    return parts.with_columns(told.select(pl.all().gather(places)))


def _spelled(addresses: pl.Series) -> pl.Series:
    return addresses.str.to_lowercase().str.strip_chars()


def _keys(parts: pl.DataFrame) -> pl.Series:
    """Return the keys of the mailboxes; most are the addresses."""
    begins = parts.select(pl.when(email_kinds.begins_as_role(pl.col("local"))).then("local")).to_series()
    role = once(begins, lambda local: email_kinds.is_role(local + pl.lit("@example.com"))).fill_null(value=False)
    ruled = (parts["valid"] & parts["ruled"]).arg_true()
    addresses = parts["address"]
    keys = parts.select(pl.col("address").gather(ruled)).select(emails.match_key(pl.col("address"))).to_series()
    keys = addresses.scatter(ruled, keys.zip_with(keys.is_not_null(), addresses.gather(ruled)))
    return parts.select(pl.when(parts["valid"] & ~role).then(keys)).to_series()
