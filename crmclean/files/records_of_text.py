"""Rows of named cells as a reading; for formats that have no columns of their own."""

from collections.abc import Sequence

import polars as pl

from crmclean.files.dialects import Dialect
from crmclean.files.reading import Reading


def reading_of(
    rows: Sequence[dict[str, str]], names: Sequence[str], form: str, why: str, *, sha256: str, size: int
) -> Reading:
    """Make a reading of rows; empty texts are null, and columns without any value are left out."""
    used = tuple(name for name in names if any(row.get(name) for row in rows)) or tuple(names[:1])
    columns = {name: [row.get(name) or None for row in rows] for name in used}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(used, pl.String))
    return Reading(
        frame=frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_row")).lazy(),
        header=used,
        names=used,
        dialect=Dialect(form, "", None, ""),
        evidence=(why,),
        rows=len(rows),
        sha256=sha256,
        size=size,
    )
