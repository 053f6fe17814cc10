"""The clean tables as other programs read them: living records only, typed, with links by record id."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.crm.canonical import Field, canonical
from crmclean.records import OUTCOME, RECORD, REF_PREFIX, SOURCE, Outcome
from crmclean.values.typed import typed

Tables = Mapping[str, pl.LazyFrame]
_FATES = ("outcome", "stage", "target_object", "target_id")


@dataclass(frozen=True)
class Column:
    """One column of an exported table.

    type: text, date, datetime (UTC), decimal, integer or boolean. refers_to: tables whose `record` it holds.
    values: the closed list of a picklist. cell: the column it is made of; None where it is made of something else.
    """

    name: str
    label: str
    type: str
    kind: str
    refers_to: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    cell: str | None = None


_OWN = (
    Column("record", "Record of this project; the key of the table", "text", "id"),
    Column("source", "Source in the plan", "text", "text"),
    Column("import_outcome", "What became of the record at the target", "text", "picklist"),
    Column("import_stage", "Stage that it was imported in", "text", "text"),
    Column("target_object", "Object at the target", "text", "text"),
    Column("target_id", "Id at the target", "text", "id"),
)


def columns(object_: str, table: pl.LazyFrame, headers: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of an exported object, canonical ones in their order. headers: column -> header at first."""
    names = table.collect_schema().names()
    known = canonical()[object_].fields if object_ in canonical() else {}
    order = [*(name for name in known if name in names), *(name for name in names if name not in known)]
    told = [column for name in order if not name.startswith("_") for column in _columns(name, known, names, headers)]
    return (*_OWN, *told)


def _columns(name: str, known: Mapping[str, Field], names: list[str], headers: Mapping[str, str]) -> Iterator[Column]:
    field = known.get(name)
    if field is None:
        yield Column(name, headers.get(name, name), "text", "text", cell=name)
        return
    yield Column(name, field.label, field.type, field.kind, values=field.values, cell=name)
    if REF_PREFIX + name in names:
        label = f"{field.label}: the record after merges"
        record = f"{name.removesuffix('_ref')}_record"
        yield Column(record, label, "text", "ref", refers_to=field.ref, cell=REF_PREFIX + name)


def exported(table: pl.LazyFrame, told: tuple[Column, ...], ledger: pl.LazyFrame) -> pl.LazyFrame:
    """Return the living records of an object after `stale` in the columns of `columns`, by record."""
    living = _living(table)
    fates = ledger.select("record", *(pl.col(name).alias(f"_fate.{name}") for name in _FATES))
    whole = living.join(fates, left_on=RECORD, right_on="record", how="left").sort(RECORD)
    own = [pl.col(name) for name in (RECORD, SOURCE, *(f"_fate.{fate}" for fate in _FATES))]
    cells = [typed(pl.col(str(column.cell)), column.type) for column in told[len(_OWN) :]]
    return whole.select(cell.alias(column.name) for cell, column in zip([*own, *cells], told, strict=True))


def _living(table: pl.LazyFrame) -> pl.LazyFrame:
    """Leave out what was merged, archived or excluded; what is held for a person's answer stays."""
    if OUTCOME not in table.collect_schema():
        return table
    return table.filter(pl.col(OUTCOME).is_null() | (pl.col(OUTCOME) == Outcome.HELD.value))


def unread(table: pl.LazyFrame, told: tuple[Column, ...]) -> dict[str, int]:
    """Return how many cells of living records are not of their column's type, and so are empty in the export."""
    living = _living(table)
    cells = [column for column in told if column.cell and column.type != "text"]
    lost = [
        (pl.col(str(column.cell)).is_not_null() & typed(pl.col(str(column.cell)), column.type).is_null())
        .sum()
        .alias(column.name)
        for column in cells
    ]
    counts = living.select(lost).collect() if lost else pl.DataFrame()
    return {name: int(counts[name][0]) for name in counts.columns if counts[name][0]}


def crosswalk(ledger: pl.LazyFrame) -> pl.LazyFrame:
    """Return old id -> new id of every record that the target knows, losers of merges included."""
    known = ledger.filter(pl.col("target_id").is_not_null())
    id_ = pl.col("record").str.splitn(":", 3).struct.field("field_2").alias("source_id")
    return known.select("object", "record", "source", id_, "into", "target_object", "target_id")


def frame_columns(frame: pl.LazyFrame, labels: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of a table that has no canonical object, such as the ledger."""
    names = {pl.Int64: "integer", pl.Date: "date"}
    return tuple(
        Column(name, labels.get(name, name), next((word for of, word in names.items() if dtype == of), "text"), "text")
        for name, dtype in frame.collect_schema().items()
    )
