"""Email addresses: the stored form, the key for matching, the domain.

Stored form: what email-validator calls normalized (no DNS); the case of the local part is kept. Match key: provider
rules of data/email_provider_rules.csv (their help pages), never written back.
"""

import polars as pl

from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.email_exact import first_address, listed_addresses
from crmclean.values.lists import table
from crmclean.values.results import result

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322, 3.2.3
_PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{{2,63}}$"
_SPECIAL_USE = r"(?i)\.(?:arpa|invalid|local|localhost|onion|test)$"  # RFC 6761, as email-validator has them
_LONGEST = 64  # of a local part; and of a domain here, so that no label can be too long (RFC 5321, RFC 1035)
_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def stored(value: pl.Expr, *, strict: bool = False) -> pl.Expr:
    """Return Struct{value, code} of one address per cell; refused values are null."""
    address = _lower_domain(value)
    plain = _is_plain(value)
    rest = over_distinct(pl.when(~plain).then(value), lambda text: first_address(text, strict=strict), RESULT)
    code = pl.when(address != value).then(pl.lit("emails.domain-case"))
    return pl.when(plain).then(result(address, code)).otherwise(rest)


def stored_list(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of cells with any number of addresses: each in stored form, joined by `;`."""
    address = _lower_domain(value)
    plain = _is_plain(value)
    rest = over_distinct(pl.when(~plain).then(value), listed_addresses, RESULT)
    code = pl.when(address != value).then(pl.lit("emails.domain-case"))
    return pl.when(plain).then(result(address, code)).otherwise(rest)


def local_part(stored: pl.Expr) -> pl.Expr:
    """Return what stands before the last @ of an address, as it is."""
    return stored.str.extract(r"^(.*)@", 1)


def domain(stored: pl.Expr) -> pl.Expr:
    """Return the domain of an address in small letters; null where there is none."""
    return stored.str.extract(r"@([^@\s]+\.[^@\s]+)$", 1).str.to_lowercase()


def match_key(stored: pl.Expr) -> pl.Expr:
    """Return the text that is equal for two addresses of one mailbox; null for what is no address."""
    address = pl.when(stored.str.contains(_ADDRESS)).then(stored.str.to_lowercase())
    host, local = domain(address), local_part(address)
    providers = table("email_provider_rules")
    tagged = providers.filter(pl.col("subaddress_separator") == "+")["domain"]
    dotted = providers.filter(pl.col("strip_dots") == "yes")["domain"]
    bare = pl.when(host.is_in(tagged.implode())).then(local.str.replace(r"(.)\+.*$", "${1}")).otherwise(local)
    bare = pl.when(host.is_in(dotted.implode())).then(_without_dots(bare)).otherwise(bare)
    home = host.replace(providers["domain"], providers["canonical_domain"])
    return pl.concat_str(bare, pl.lit("@"), home)


def _without_dots(local: pl.Expr) -> pl.Expr:
    bare = local.str.replace_all(".", "", literal=True)
    return pl.when(bare != "").then(bare).otherwise(local)


def _is_plain(value: pl.Expr) -> pl.Expr:
    at = value.str.find("@", literal=True)
    short = (at <= _LONGEST) & (value.str.len_bytes() - at <= _LONGEST)
    return value.str.contains(_PLAIN) & short & ~value.str.contains(_SPECIAL_USE)


def _lower_domain(value: pl.Expr) -> pl.Expr:
    return pl.concat_str(value.str.extract(r"^([^@]*@)", 1), value.str.extract(r"@(.*)$", 1).str.to_lowercase())
