"""Plain forms of the value keys, until crmclean.values has them."""

import polars as pl

_HOSTS = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "facebook.com", "linkedin.com")


def registrable_domain(address: pl.Expr) -> pl.Expr:
    """Return the domain of a web address."""
    plain = address.str.to_lowercase().str.replace(r"^https?://", "").str.replace(r"^www\.", "")
    domain = plain.str.extract(r"^([^/]+)")
    return pl.when(domain.is_in(_HOSTS).not_()).then(domain)
