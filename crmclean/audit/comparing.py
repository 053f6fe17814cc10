"""Compares every cell that was sent with what the target holds: first by hashed buckets, then cell by cell.

Records are put into buckets by a hash of their id; where the sums of the row hashes of a bucket are the same on both
sides, nothing in it differs. Only the records of the other buckets are looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.audit.alike import comparable
from crmclean.audit.readback import ID, KEY
from crmclean.audit.result import Check
from crmclean.audit.sampling import with_parent_keys
from crmclean.crm.target_model import TargetSchema
from crmclean.records import RECORD

BUCKETS = 1024
CHANGED = {"_record": pl.String, "object": pl.String, "field": pl.String, "sent": pl.String, "at_target": pl.String}


@dataclass(frozen=True)
class Comparison:
    """All cells of one object. changed: shape CHANGED, holds cell values. buckets: those that were looked into."""

    object: str
    records: int
    buckets: int
    changed: pl.DataFrame

    def check(self, listed: str) -> Check:
        """Return it as a check; a difference is no fault of the import, and is listed apart: in the file `listed`."""
        count = self.changed[RECORD].n_unique()
        cells = "cell" if self.changed.height == 1 else "cells"
        note = f"{self.changed.height:,} {cells} not as sent: {listed}" if count else ""
        return Check("changed since", self.object, count, self.records, passed=True, note=note)


def compare(
    schema: TargetSchema,
    target: Mapping[str, pl.DataFrame],
    mapped: Mapping[str, pl.LazyFrame],
    sent: pl.DataFrame,
) -> list[Comparison]:
    """Compare all records that were sent. sent: record, target_object; those that are not at the target are skipped."""
    found = []
    for name, object_ in schema.objects.items():
        wanted = sent.filter(pl.col("target_object") == name)["record"]
        if name not in mapped or object_.existing or wanted.is_empty():
            continue
        there = with_parent_keys(target[name].rename({KEY: RECORD}), target, object_).drop(ID)
        ours = mapped[name].filter(pl.col(RECORD).is_in(wanted.implode())).collect()
        fields = [field for field in there.columns if field in ours.columns and field not in (RECORD, object_.key)]
        kinds = {field: object_.fields[field].type if field in object_.fields else "reference" for field in fields}
        found.append(_compared(name, ours.select(RECORD, *fields), there.select(RECORD, *fields), kinds))
    return found


def _compared(name: str, ours: pl.DataFrame, theirs: pl.DataFrame, kinds: Mapping[str, str]) -> Comparison:
    there = theirs.join(ours.select(RECORD), on=RECORD, how="semi").unique(RECORD, keep="first", maintain_order=True)
    here = ours.join(there.select(RECORD), on=RECORD, how="semi").cast(pl.String)
    sides = [_hashed(side, kinds) for side in (here, there)]
    sums = [side.group_by("_bucket").agg(pl.col("_hash").sum()) for side in sides]
    other = sums[0].join(sums[1], on=["_bucket", "_hash"], how="anti")
    open_ = [side.join(other.select("_bucket"), on="_bucket", how="semi").drop("_bucket", "_hash") for side in sides]
    return Comparison(name, here.height, other.height, _cells(name, open_[0], open_[1], kinds))


def _hashed(rows: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    forms = [comparable(pl.col(field), kind) for field, kind in kinds.items()]
    return rows.with_columns(_bucket=pl.col(RECORD).hash() % BUCKETS, _hash=pl.struct(RECORD, *forms).hash())


def _cells(name: str, here: pl.DataFrame, there: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """Return the cells that differ, column by column."""
    both = here.join(there, on=RECORD, suffix="._there")
    parts = [pl.DataFrame(schema=CHANGED)]
    for field in here.columns:
        if field != RECORD:
            ours, theirs = pl.col(field), pl.col(f"{field}._there")
            rows = both.filter(comparable(ours, kinds[field]).ne_missing(comparable(theirs, kinds[field])))
            cells = {"sent": ours, "at_target": theirs.cast(pl.String)}
            parts.append(rows.select(RECORD, object=pl.lit(name), field=pl.lit(field), **cells))
    return pl.concat(parts).sort(RECORD, "field")
