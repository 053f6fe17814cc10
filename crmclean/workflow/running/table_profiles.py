"""What the columns of the loaded tables hold, for run/load/profile.json."""

from collections.abc import Mapping
from dataclasses import asdict

import polars as pl

from crmclean.exports.profile import profile

_PROFILED = 50_000  # rows of a table whose cells are looked at


def profiles(loaded: Mapping[str, pl.LazyFrame]) -> Mapping[str, list[dict[str, object]]]:
    """Profile every loaded table; of a long one the cells of every so many rows, but the fill of all of them."""
    found = {}
    for name, table in loaded.items():
        frame = table.collect()
        step = -(-frame.height // _PROFILED) or 1
        filled = {column: frame.height - frame[column].null_count() for column in frame.columns}
        sample = profile(frame.gather_every(step))
        found[name] = [
            asdict(one) | {"rows": frame.height, "filled": filled[one.name], "rows_looked_at": one.rows}
            for one in sample
        ]
    return found
