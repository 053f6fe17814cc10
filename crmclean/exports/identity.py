"""What identifies a record: its source id in one form, or a hash of its cells.

Salesforce: 15 characters are case-sensitive; the 18-character form adds a checksum of which letters are capitals
(three groups of five, bit i set when character i is A-Z, the number indexes A-Z0-5). Checked on 470 real ids.
"""

from collections.abc import Sequence
from hashlib import blake2b

import polars as pl

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_NOTHING = ("000000000000000", "000000000000000AAA")  # weekly exports write these for an empty reference
_FIFTEEN = r"^[A-Za-z0-9]{15}$"


def clean_id(cell: pl.Expr, id_format: str | None) -> pl.Expr:
    """Return ids in the form in which they are compared; null stays null.

    Braces around GUIDs, `zcrm_` and a spreadsheet's `.0` go; Salesforce ids get 18 characters.
    """
    plain = (
        cell.str.strip_chars()
        .str.replace(r"^\{(.+)\}$", "$1")
        .str.replace(r"^zcrm_(\d+)$", "$1")
        .str.replace(r"^(\d+)\.0+$", "$1")
    )
    plain = pl.when(plain != "").then(plain)
    return _salesforce(plain) if id_format == "salesforce" else plain


def _salesforce(cell: pl.Expr) -> pl.Expr:
    short = cell.str.contains(_FIFTEEN)
    long = pl.when(short).then(pl.concat_str(cell, *(_suffix(cell, group) for group in range(3)))).otherwise(cell)
    return pl.when(~cell.is_in(_NOTHING)).then(long)


def _suffix(cell: pl.Expr, group: int) -> pl.Expr:
    capitals = (
        cell.str.slice(group * 5 + bit, 1).is_between(pl.lit("A"), pl.lit("Z")).cast(pl.Int64) * (1 << bit)
        for bit in range(5)
    )
    return pl.lit(_ALPHABET).str.slice(pl.sum_horizontal(*capitals), 1)


def checksum(short: str) -> str:
    """Return the three-letter suffix of a 15-character Salesforce id."""
    return "".join(_letter(short[start : start + 5]) for start in (0, 5, 10))


def _letter(group: str) -> str:
    return _ALPHABET[sum(1 << bit for bit, letter in enumerate(group) if "A" <= letter <= "Z")]


def hash_id(columns: Sequence[str], where: pl.Expr | None = None) -> pl.Expr:
    """Return `#` and 16 hex digits of a hash of the raw cells, for rows without an id; it never changes.

    where: the rows that need one; null elsewhere.
    """
    cells = pl.concat_str(*(pl.col(name).fill_null("\0") for name in columns), separator="\x1f")
    wanted = cells if where is None else pl.when(where).then(cells)
    return wanted.map_batches(_digests, return_dtype=pl.String)


def _digests(rows: pl.Series) -> pl.Series:
    if rows.null_count() == rows.len():
        return rows
    digests = [row and f"#{blake2b(row.encode(), digest_size=8).hexdigest()}" for row in rows]
    return pl.Series(rows.name, digests, dtype=pl.String)


def numbered(ids: pl.Expr) -> pl.Expr:
    """Return ids with `~2`, `~3` behind the second, third ... record that has the same one, in row order."""
    place = pl.int_range(1, pl.len() + 1).over(ids)
    return pl.when(place > 1).then(pl.concat_str(ids, pl.lit("~"), place.cast(pl.String))).otherwise(ids)
