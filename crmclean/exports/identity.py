"""What identifies a record: its source id in one form, or a hash of its cells.

Salesforce: 15 characters are case-sensitive; the 18-character form adds a checksum of which letters are capitals
(three groups of five, bit i set when character i is A-Z, the number indexes A-Z0-5). Checked on 470 real ids.
"""

from collections.abc import Sequence
from hashlib import blake2b

import polars as pl

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
NOTHING = ("000000000000000", "000000000000000AAA")  # weekly exports write these for an empty reference
_FIFTEEN = r"^[A-Za-z0-9]{15}$"


def clean_id(cell: pl.Expr, id_format: str | None) -> pl.Expr:
    """Return ids in the form in which they are compared; null stays null.

    Braces around GUIDs, `zcrm_` and a spreadsheet's `.0` go; Salesforce ids get 18 characters.
    """
    clean = _salesforce if id_format == "salesforce" else _plain
    return cell.map_batches(clean, return_dtype=pl.String)


def _plain(ids: pl.Series) -> pl.Series:
    """Strip what does not belong to an id; most columns have none of it."""
    if not ids.str.contains(r"^[{\s]|[}\s]$|^zcrm_|\.0+$|^$").any():
        return ids
    stripped = (
        ids.str.strip_chars()
        .str.replace(r"^\{(.+)\}$", "$1")
        .str.replace(r"^zcrm_(\d+)$", "$1")
        .str.replace(r"^(\d+)\.0+$", "$1")
    )
    return stripped.set(stripped == "", None)


def _salesforce(ids: pl.Series) -> pl.Series:
    plain = _plain(ids)
    plain = plain.set(plain.is_in(NOTHING), None)
    short = plain.str.contains(_FIFTEEN).fill_null(value=False)
    if not short.any():
        return plain
    cell = pl.col(plain.name)
    suffixed = pl.concat_str(cell, *(_suffix(cell, group) for group in range(3)))
    return plain.scatter(short.arg_true(), plain.filter(short).to_frame().select(suffixed).to_series())


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


def hash_id(columns: Sequence[str], known: pl.Expr | None = None) -> pl.Expr:
    """Return `#` and 16 hex digits of a hash of the raw cells, for rows without an id; it never changes.

    known: ids of the rows that have one, which stay.
    """
    ids = pl.lit(None, pl.String) if known is None else known
    cells = pl.struct(ids.alias("_known"), *columns)
    return cells.map_batches(_hashed, return_dtype=pl.String)


def _hashed(rows: pl.Series) -> pl.Series:
    table = rows.struct.unnest()
    ids = table.drop_in_place("_known")
    if not ids.null_count():
        return ids
    cells = pl.concat_str(pl.all().fill_null("\0"), separator="\x1f")
    lacking = table.filter(ids.is_null()).select(cells).to_series()
    digests = [f"#{blake2b(row.encode(), digest_size=8).hexdigest()}" for row in lacking]
    return ids.scatter(ids.is_null().arg_true(), digests)


def numbered(ids: pl.Expr) -> pl.Expr:
    """Return ids with `~2`, `~3` behind the second, third ... record that has the same one, in row order."""
    place = pl.int_range(1, pl.len() + 1).over(ids)
    return pl.when(place > 1).then(pl.concat_str(ids, pl.lit("~"), place.cast(pl.String))).otherwise(ids)
