"""The cells that the move destroys or changes, one by one, up to a bound per kind and field."""

from collections.abc import Iterator, Mapping

import polars as pl

from crmclean.files.tables import empty
from crmclean.pipeline.map.mapping import Mapped
from crmclean.pipeline.validate.losses import KINDS, canonical_cells, is_lost, merged_cells
from crmclean.records import INTO, OUTCOME, RECORD, Outcome

LOST_CELLS = {
    "kind": "text",
    "object": "text",
    "record": "text",
    "field": "text",
    "before": "text",
    "after": "text",
    "into": "text",
}
MOST = 10_000  # cells of one kind and field; losses.parquet has the whole number


def lost_cells(mapped: Mapped, tables: Mapping[str, pl.LazyFrame], beside: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the lost cells (shape LOST_CELLS), first by record id, at most MOST of each kind and field.

    beside: merged records beside_survivors, see pipeline.losses.
    """
    parts = [empty(LOST_CELLS), *_changed(mapped), *_dropped(mapped, tables)]
    merged = [*(_losers(name, both) for name, both in beside.items()), *_collapsed(mapped, tables)]
    whole = pl.concat([*parts, *(each for each in merged if each.height)], how="diagonal")
    return whole.select(list(LOST_CELLS)).sort("kind", "object", "field", "record", "before", "after")


def _changed(mapped: Mapped) -> Iterator[pl.DataFrame]:
    shape = {"into": pl.lit(None, pl.String)}
    for code, kind in KINDS.items():
        told = mapped.changes.filter(pl.col("code") == code)
        yield _first(told.with_columns(kind=pl.lit(kind), **shape).select(list(LOST_CELLS)))
    values = mapped.changes.filter(pl.col("code") == "map.value")
    pairs = values.select("object", "field", "before", "after").unique()
    where = ["object", "field", "after"]
    lost = pairs.filter(pl.col("after").is_null() | (pl.len().over(where) > 1))
    told = values.join(lost, on=["object", "field", "before", "after"], how="semi", nulls_equal=True)
    yield _first(told.with_columns(kind=pl.lit("value translated"), **shape).select(list(LOST_CELLS)))


def _dropped(mapped: Mapped, tables: Mapping[str, pl.LazyFrame]) -> Iterator[pl.DataFrame]:
    columns = mapped.decisions.filter(pl.col("lost") > 0).select("object", "column").unique().sort("object", "column")
    for object_, column in columns.iter_rows():
        if object_ in tables and column in tables[object_].collect_schema():
            yield _cells(_live(tables[object_]), object_, column, "dropped column").head(MOST).collect()


def _losers(name: str, both: pl.DataFrame) -> pl.DataFrame:
    """Return what merged records say and their survivors do not."""
    parts = [
        both.lazy()
        .filter(is_lost(each))
        .head(MOST)
        .select(
            kind=pl.lit("lost to the survivor"), object=pl.lit(name), record=RECORD, field=pl.lit(each),
            before=pl.col(each), after=pl.col(f"{each}_kept"), into=INTO,
        )
        for each in merged_cells(both)
    ]  # fmt: skip
    return pl.concat(pl.collect_all(parts))


def _collapsed(mapped: Mapped, tables: Mapping[str, pl.LazyFrame]) -> Iterator[pl.DataFrame]:
    merged = mapped.fates.filter(pl.col(OUTCOME) == Outcome.MERGED.value).select(RECORD, INTO)
    for name, table in tables.items() if merged.height else ():
        rows = table.drop(INTO, strict=False).join(merged.lazy(), on=RECORD)
        for column in canonical_cells(table):
            kept = _cells(rows, name, column, "collapsed into another record", pl.col(INTO))
            yield kept.head(MOST).collect()


def _cells(rows: pl.LazyFrame, object_: str, column: str, kind: str, into: pl.Expr | None = None) -> pl.LazyFrame:
    nothing = pl.lit(None, pl.String)
    return rows.filter(pl.col(column).is_not_null()).select(
        kind=pl.lit(kind), object=pl.lit(object_), record=RECORD, field=pl.lit(column),
        before=pl.col(column).cast(pl.String), after=nothing, into=nothing if into is None else into,
    )  # fmt: skip


def _live(table: pl.LazyFrame) -> pl.LazyFrame:
    return table.filter(pl.col(OUTCOME).is_null()) if OUTCOME in table.collect_schema() else table


def _first(cells: pl.DataFrame) -> pl.DataFrame:
    parts = cells.partition_by("kind", "object", "field", maintain_order=True)
    return pl.concat([cells.clear(), *(part.bottom_k(MOST, by=["record", "before"]) for part in parts)])
