"""Which records somebody has changed at the target in what a reviewer of duplicates sees."""

from collections.abc import Mapping

import polars as pl

from crmclean.audit.readback import KEY
from crmclean.matching.review import MOVING, SHOWN
from crmclean.records import RECORD


def before_edits(target: Mapping[str, pl.DataFrame], changed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the records of a target that are not as they were sent, as they were sent; other objects are empty."""
    found = {}
    for name, rows in target.items():
        cells = changed.filter(pl.col("object") == name, pl.col("field").is_in(rows.columns))
        before = rows.filter(pl.col(KEY).is_in(cells[RECORD].implode())).unique(KEY, keep="first", maintain_order=True)
        for field_ in cells["field"].unique(maintain_order=True):
            sent = cells.filter(pl.col("field") == field_).select(pl.col(RECORD).alias(KEY), "sent", _sent=True)
            joined = before.join(sent, on=KEY, how="left", maintain_order="left")
            now = pl.when(pl.col("_sent")).then("sent").otherwise(field_).alias(field_)
            before = joined.with_columns(now).select(before.columns)
        found[name] = before
    return found


def edited(now: Mapping[str, pl.DataFrame], sent: Mapping[str, pl.DataFrame]) -> pl.Series:
    """Return the records that say something else now than when they were sent, in a field that reviewers see.

    Both in canonical form: a number that the target writes in another way is the same number.
    """
    parts = [pl.Series(RECORD, [], pl.String)]
    for name, before in sent.items():
        fields = [each for each in SHOWN if each not in MOVING and each in before.columns and each in now[name].columns]
        both = before.select(RECORD, *fields).join(now[name].select(RECORD, *fields), on=RECORD, suffix="._now")
        differ = [pl.col(each).ne_missing(pl.col(f"{each}._now")) for each in fields]
        parts.append(both.filter(pl.any_horizontal(pl.lit(value=False), *differ))[RECORD])
    return pl.concat(parts)
