"""What two runs do differently: records that come, go or end otherwise, and cells that are not the same."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.files.tables import empty, schema_of
from crmclean.records import RECORD

CELLS = {"object": "text", "record": "text", "field": "text", "before": "text", "after": "text", "code": "text"}
FATES = {"object": "text", "record": "text", "before": "text", "after": "text", "code": "text"}
Tables = Mapping[str, pl.LazyFrame]


@dataclass(frozen=True)
class Difference:
    """What changes from one run to another.

    fates: records whose outcome is another one (FATES; null where a run does not have the record); code: of the later
    run. cells: of records that both have (CELLS); code: why the later run, or else the earlier one, changed the cell.
    target: cells of the target's objects, as `map` wrote them (CELLS). records: of both runs together.
    """

    fates: pl.DataFrame
    cells: pl.DataFrame
    target: pl.DataFrame
    records: int

    @property
    def changed(self) -> int:
        """Records with another outcome or another cell."""
        return pl.concat([part["record"] for part in (self.fates, self.cells, self.target)]).n_unique()


def compared_fates(before: pl.LazyFrame, after: pl.LazyFrame) -> tuple[pl.DataFrame, int]:
    """Return the records whose outcome differs (FATES), and the number of all. before, after: ledgers."""
    sides = [ledger.select("object", "record", "outcome", "code").collect() for ledger in (before, after)]
    both = sides[0].join(sides[1], on=["object", "record"], how="full", coalesce=True, suffix="_now")
    differs = both.filter(pl.col("outcome").ne_missing(pl.col("outcome_now")))
    code = pl.coalesce("code_now", "code").alias("code")
    rows = differs.select("object", "record", before="outcome", after="outcome_now", code=code)
    return rows.cast(schema_of(FATES)).sort("object", "record"), both.height


def compared_cells(before: Tables, after: Tables, changes: tuple[pl.LazyFrame, pl.LazyFrame]) -> pl.DataFrame:
    """Return the cells that differ (CELLS) in records that both runs have.

    before, after: object -> rows with `_record`. changes: records.CHANGES of both runs, in the order of their phases.
    """
    parts = [empty(CELLS)]
    for name in sorted(before.keys() & after.keys()):
        parts += _of_object(name, before[name].collect(), after[name].collect())
    found = pl.concat(parts)
    told = _reasons(changes[1], found).join(
        _reasons(changes[0], found), on=_CELL, how="full", coalesce=True, suffix="_was"
    )
    codes = told.select(*_CELL, code=pl.coalesce("code", "code_was"))
    return found.drop("code").join(codes, on=_CELL, how="left").select(list(CELLS)).sort("object", "record", "field")


_CELL = ["object", "record", "field"]


def _of_object(name: str, before: pl.DataFrame, after: pl.DataFrame) -> list[pl.DataFrame]:
    columns = dict.fromkeys((*before.columns, *after.columns))
    fields = [each for each in columns if not each.startswith("_")]
    both = before.join(after.select(pl.all().name.prefix("_now.")), left_on=RECORD, right_on=f"_now.{RECORD}")
    return [_of_field(name, field, both) for field in fields]


def _of_field(name: str, field: str, both: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    was, now = (pl.col(each).cast(pl.String) if each in both.columns else nothing for each in (field, f"_now.{field}"))
    return both.lazy().filter(was.ne_missing(now)).select(
        object=pl.lit(name), record=pl.col(RECORD), field=pl.lit(field), before=was, after=now, code=nothing
    ).collect()  # fmt: skip


def _reasons(changes: pl.LazyFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the last reason for each of the cells."""
    wanted = found.select(_CELL).lazy()
    return changes.join(wanted, on=_CELL, how="semi").unique(_CELL, keep="last").select(*_CELL, "code").collect()
