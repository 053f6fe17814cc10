"""Columns that no mapping knows, yet tell entities apart: a social security number, a member number, a nickname."""

import polars as pl

from crmclean.matching.evidence import Field
from crmclean.matching.folding import compact
from crmclean.matching.mailboxes import once

EXTRA = "x_"
MOST = 6  # columns looked at
FILLED = 0.2  # of the records
TELLING = 0.2  # different values per filled cell: fewer say which kind, not who
REPEATED = 0.01  # of the filled cells stand in another record, too; fewer and the column numbers the rows


def extras(frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Return the unmapped columns that look like evidence, folded, by column name."""
    told = {name: _told(frame[name]) for name in sorted(frame.columns) if name.startswith(EXTRA)}
    telling = sorted((-share, name) for name, share in told.items() if share is not None)
    return {name: once(frame[name], compact) for _, name in telling[:MOST]}


def _told(values: pl.Series) -> float | None:
    """Return how telling a column is, None where it is no evidence."""
    filled = len(values) - values.null_count()
    if not filled or filled < FILLED * len(values):
        return None
    distinct = values.drop_nulls().n_unique()
    repeated = 1 - distinct / filled
    return distinct / filled if distinct >= TELLING * filled and repeated >= REPEATED else None


def extra_fields(features: pl.DataFrame) -> tuple[Field, ...]:
    """Return those columns as fields of evidence; what they are worth is learned."""
    names = [name for name in features.columns if name.startswith(EXTRA)]
    return tuple(
        Field(name.removeprefix(EXTRA).replace("_", " "), name, 1.0, (0.25, 0.10, 0.65), 5e-3, numbers=True)
        for name in names
    )
