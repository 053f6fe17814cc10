"""Personal values made unreadable for files that are passed on: the first letter of each word, the rest as stars.

How long a word was does not show. Ids stay readable where they tell nothing about anybody: numbers, codes, hashes.
"""

import polars as pl

_WORD = r"(\p{L})[\p{L}\p{M}\p{N}]*|\p{N}[\p{L}\p{M}\p{N}]*"
_OPAQUE = r"^[#A-Za-z0-9_~.-]*[0-9][#A-Za-z0-9_~.-]*$"  # has a digit, and neither @ nor spaces
_RECORD = r"^([^:]*:[^:]*:)(.*)$"


def masked(cell: pl.Expr) -> pl.Expr:
    """Return "A*** L***" for "Ann Lee", and stars for numbers."""
    return cell.str.replace_all(_WORD, "${1}***")


def masked_id(cell: pl.Expr) -> pl.Expr:
    """Mask the id of a record or of the target where it may be an address or a name; source and object stay."""
    head = cell.str.extract(_RECORD, 1).fill_null("")
    own = cell.str.extract(_RECORD, 2).fill_null(cell)
    return pl.when(own.str.contains(_OPAQUE)).then(cell).otherwise(head + masked(own))


def masked_frame(frame: pl.LazyFrame, *, ids: tuple[str, ...], kept: tuple[str, ...]) -> pl.LazyFrame:
    """Mask every text column but those in `kept`; those in `ids` as ids."""
    texts = [name for name, dtype in frame.collect_schema().items() if dtype == pl.String and name not in kept]
    return frame.with_columns((masked_id if name in ids else masked)(pl.col(name)) for name in texts)
