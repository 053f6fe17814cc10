"""What identifies a record: its source id in one form, or a hash of its cells."""

import string
from collections.abc import Sequence
from hashlib import blake2b

import polars as pl

from crmclean.exports.salesforce_ids import eighteen, in_pieces, joined

_BARE = (string.ascii_letters + string.digits + "-").encode()
ROUNDED = r"^\d(?:[.,]\d+)?E\+\d+$"  # how a spreadsheet writes long numbers; the digits are lost


def clean_id(cell: pl.Expr, id_format: str | None) -> pl.Expr:
    """Return ids in the form in which they are compared; null stays null.

    Braces around GUIDs, `zcrm_` and a spreadsheet's `.0` go; Salesforce ids get 18 characters. An id that a spreadsheet
    has rounded (1.23457E+17) is none.
    """
    clean = _salesforce if id_format == "salesforce" else _plain
    return cell.map_batches(lambda ids: in_pieces(ids, clean), return_dtype=pl.String, is_elementwise=True)


def _plain(ids: pl.Series) -> pl.Series:
    """Strip what does not belong to an id; most columns have none of it."""
    if _is_bare(ids) or not ids.str.contains(r"^[{\s]|[}\s]$|^zcrm_|\.0+$|^$|E\+\d+$").any():
        return ids
    stripped = (
        ids.str.strip_chars()
        .str.replace(r"^\{(.+)\}$", "$1")
        .str.replace(r"^zcrm_(\d+)$", "$1")
        .str.replace(r"^(\d+)\.0+$", "$1")
    )
    return stripped.set((stripped == "") | stripped.str.contains(ROUNDED), None)


def _is_bare(ids: pl.Series) -> bool:
    """Whether ids hold nothing but letters, digits and dashes: a look at all of them at once, a third of a pattern."""
    return not joined(ids).translate(None, _BARE) and not (ids == "").any()


def _salesforce(ids: pl.Series) -> pl.Series:
    return eighteen(_plain(ids))


def hash_id(columns: Sequence[str], known: pl.Expr | None = None) -> pl.Expr:
    """Return `#` and 16 hex digits of a hash of the raw cells, for rows without an id; it never changes.

    known: ids of the rows that have one, which stay.
    """
    ids = pl.lit(None, pl.String) if known is None else known
    cells = pl.struct(ids.alias("_known"), *columns)
    return cells.map_batches(_hashed, return_dtype=pl.String, is_elementwise=True)


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
    return ids.map_batches(_numbered, return_dtype=pl.String)


def _numbered(ids: pl.Series) -> pl.Series:
    repeated = ids.alias("id").to_frame().with_row_index("row").drop_nulls().filter(pl.col("id").is_duplicated())
    placed = repeated.with_columns(place=pl.int_range(1, pl.len() + 1).over("id")).filter(pl.col("place") > 1)
    names = placed.select(pl.concat_str("id", pl.lit("~"), pl.col("place").cast(pl.String))).to_series()
    return ids.scatter(placed["row"], names)
