"""18-character Salesforce ids, with the checksum that tells capitals from small letters."""

import polars as pl

from crmclean.samples.dice import nth

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SERVER = "8c000"
PREFIXES = {"companies": "001", "contacts": "003", "users": "005", "deals": "006", "activities": "00T", "links": "00K"}


def salesforce_id(object_: str, number: pl.Expr) -> pl.Expr:
    """Return the id of the record with this number (below 62**7) of a canonical object."""
    digits = [nth(_DIGITS, (number // 62**power) % 62) for power in range(6, -1, -1)]
    return with_checksum(pl.concat_str(pl.lit(PREFIXES[object_] + _SERVER), *digits))


def with_checksum(short: pl.Expr) -> pl.Expr:
    """Append three characters to 15: each says which of five characters are capitals (Salesforce, id field type)."""
    return pl.concat_str(short, *(_check(short.str.slice(start, 5)) for start in (0, 5, 10)))


def _check(part: pl.Expr) -> pl.Expr:
    capitals = [part.str.slice(bit, 1).str.contains("[A-Z]").cast(pl.Int64) * 2**bit for bit in range(5)]
    return nth(_CHECK, sum(capitals[1:], capitals[0]))
