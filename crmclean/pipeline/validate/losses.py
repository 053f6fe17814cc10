"""What the move destroys or changes, counted before anything is loaded."""

from collections.abc import Mapping

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.files.tables import empty, schema_of
from crmclean.pipeline.map.blanking import CODES_OF_BLANKS
from crmclean.pipeline.map.mapped_rows import STEP
from crmclean.pipeline.map.mapping import Mapped
from crmclean.records import FATE, INTO, OUTCOME, PROVENANCE, RECORD, Outcome
from crmclean.steps.beside import place_in
from crmclean.values.typed import typed

LOSSES = {
    "kind": "text",
    "object": "text",
    "field": "text",
    "values": "integer",
    "money": "text",
    "why": "text",
}
KINDS = {
    "map.time-cut": "time cut from a date",
    "map.rounded": "precision lost",
    "map.scaled": "unit changed",
    "map.shared-moved": "moved to another field",
    "map.subdivision": "form changed",
    "map.joined": "joined with another column",
    "map.cut": "truncated text",
    **dict.fromkeys(CODES_OF_BLANKS, "field blanked"),
}
_KEPT = "_kept"
_MERGED = pl.col(OUTCOME) == Outcome.MERGED.value
_NOT_CELLS = (*PROVENANCE, *FATE)
Name = str | pl.Expr


def losses(mapped: Mapped, tables: Mapping[str, pl.LazyFrame], merged: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the losses by kind, object and field (shape LOSSES). tables: canonical objects after `stale`.

    merged: the merged ones of them, see beside_survivors. money: what the amounts of the field change by in all, as a
    decimal text. object and field are the target's where the value gets there, else the canonical ones.
    """
    parts = [_dropped(mapped), _changed(mapped), _values(mapped), _collapsed(mapped, tables), _left(tables)]
    survivors = [_survivorship(name, both) for name, both in merged.items()]
    return pl.concat([empty(LOSSES), *parts, *survivors]).sort("kind", "object", "field")


def _row(
    kind: str | pl.Expr, object_: str | pl.Expr, field: pl.Expr, values: pl.Expr, **more: pl.Expr
) -> list[pl.Expr]:
    nothing = pl.lit(None, pl.String)
    return [
        pl.lit(kind).alias("kind") if isinstance(kind, str) else kind.alias("kind"),
        pl.lit(object_).alias("object") if isinstance(object_, str) else object_.alias("object"),
        field.alias("field"),
        values.cast(pl.Int64).alias("values"),
        more.get("money", nothing).alias("money"),
        more.get("why", nothing).alias("why"),
    ]


def _dropped(mapped: Mapped) -> pl.DataFrame:
    columns = mapped.decisions.filter(pl.col("lost") > 0).unique(["object", "column"], maintain_order=True)
    row = _row("dropped column", pl.col("object"), pl.col("column"), pl.col("lost"), why=pl.col("reason"))
    return columns.select(row)


def _left(tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Count the records of tables that nothing moves: attachments, line items, other objects."""
    names = sorted(name for name in tables if name not in canonical())
    counts = pl.collect_all([tables[name].select(values=pl.len()) for name in names])
    rows = [
        count.select(_row("object not migrated", name, pl.lit(None, pl.String), pl.col("values")))
        for name, count in zip(names, counts, strict=True)
    ]
    return pl.concat([empty(LOSSES), *rows])


def _changed(mapped: Mapped) -> pl.DataFrame:
    """Count the changes of form; what a rounding changes is summed."""
    told = mapped.changes.lazy().filter(pl.col("code").is_in(list(KINDS)))
    difference = typed(pl.col("after"), "decimal") - typed(pl.col("before"), "decimal")
    rounded = pl.when(pl.col("code") == "map.rounded").then(difference)
    counts = told.group_by("code", "object", "field").agg(values=pl.len(), money=rounded.sum())
    kind = pl.col("code").replace_strict(KINDS, return_dtype=pl.String)
    money = pl.when(pl.col("code") == "map.rounded").then(pl.col("money").cast(pl.String).str.strip_chars_end("0"))
    row = _row(kind, pl.col("object"), pl.col("field"), pl.col("values"), money=money.str.strip_chars_end("."))
    return counts.select(row).collect()


def _values(mapped: Mapped) -> pl.DataFrame:
    """Count picklist values that are dropped, and those of which several become one."""
    told = mapped.changes.lazy().filter(pl.col("code") == "map.value")
    pairs = told.group_by("object", "field", "before", "after").len()
    where = ["object", "field", "after"]
    merged = pairs.with_columns(several=pl.len().over(where) > 1, gone=pl.col("after").is_null())
    kind = pl.when("gone").then(pl.lit("value dropped")).otherwise(pl.lit("several values become one"))
    lost = merged.filter(pl.col("gone") | pl.col("several")).with_columns(kind=kind)
    counts = lost.group_by("kind", "object", "field").agg(values=pl.col("len").sum())
    return counts.select(_row(pl.col("kind"), pl.col("object"), pl.col("field"), pl.col("values"))).collect()


def _collapsed(mapped: Mapped, tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Count the values of records that `map` merges into others."""
    merged = mapped.fates.filter(_MERGED)[RECORD]
    parts = [empty(LOSSES)]
    for name, table in tables.items():
        columns = canonical_cells(table)
        rows = table.filter(pl.col(RECORD).is_in(merged.implode())) if merged.len() else table.head(0)
        counts = rows.select(pl.col(columns).count()).unpivot(variable_name="field", value_name="values").collect()
        row = _row("collapsed into another record", name, pl.col("field"), pl.col("values"), why=pl.lit(STEP))
        parts.append(counts.filter(pl.col("values") > 0).select(row))
    return pl.concat(parts)


def _survivorship(name: str, both: pl.DataFrame) -> pl.DataFrame:
    """Count the values of merged records that differ from their survivor's."""
    counts = both.select(is_lost(each).sum().alias(each) for each in merged_cells(both))
    long = counts.unpivot(variable_name="field", value_name="values").filter(pl.col("values") > 0)
    return long.select(_row("lost to the survivor", name, pl.col("field"), pl.col("values"))).cast(schema_of(LOSSES))


def beside_survivors(tables: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.DataFrame]:
    """Return, by object, the merged records by record id: `_into`, their cells, and the survivor's as `<column>_kept`.

    Objects without cells, or of which nothing is merged, are left out.
    """
    found: dict[str, pl.DataFrame] = {}
    for name, table in tables.items():
        columns = canonical_cells(table)
        if columns and INTO in table.collect_schema():
            rows = table.select(RECORD, INTO, OUTCOME, *columns).collect(engine="in-memory").rechunk()
            merged = rows.select(RECORD, INTO, OUTCOME).with_row_index("_row").filter(_MERGED)
            losers = merged.sort(RECORD).with_columns(place_in(rows[RECORD], INTO).alias(_KEPT)).drop_nulls(_KEPT)
            own, kept = rows.select(RECORD, INTO, *columns), rows.select(pl.col(columns).name.suffix(_KEPT))
            found |= {name: own[losers["_row"]].hstack(kept[losers[_KEPT]])} if losers.height else {}
    return found


def merged_cells(both: pl.DataFrame) -> list[str]:
    """Return the columns of `beside_survivors` that hold the cells of the merged records."""
    return both.columns[2 : 2 + (both.width - 2) // 2]


def is_lost(column: str) -> pl.Expr:
    """Whether the cell of a merged record is not its survivor's; on `beside_survivors`."""
    return pl.col(column).is_not_null() & pl.col(column).ne_missing(pl.col(f"{column}{_KEPT}"))


def canonical_cells(table: pl.LazyFrame) -> list[str]:
    """Return the columns of a canonical table that hold values of the exports."""
    return [name for name in table.collect_schema().names() if name not in _NOT_CELLS and not name.startswith("_")]
