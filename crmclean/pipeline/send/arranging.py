"""In which order the mapped rows are sent: stage by stage, parents before children, level by level.

Every row gets a number, under which the journal knows it. A reference to a row that is sent later (a cycle, or a parent
in a later stage) is left out at first and written in a second pass at the end of the parent's stage; one to a record
that does not come at all is left out and listed, and where the field is required its row is not sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.records import RECORD, REF_PREFIX

PARENT_MISSING = "import.parent-missing"
REQUIRED_CYCLE = "import.required-cycle"
_EARLIER = -1  # rank of the records of earlier rounds
_LEVELS = 1_000_000  # rank = (stage * objects + object) * _LEVELS + depth
_ORDER = {
    RECORD: pl.String,
    "object": pl.String,
    "stage": pl.Int64,
    "rank": pl.Int64,
    "number": pl.Int64,
    "key": pl.String,
}
KNOWN = pl.Schema({RECORD: pl.String(), "number": pl.Int64(), "key": pl.String()})


@dataclass(frozen=True)
class Arrangement:
    """The order of a round.

    order: _record, object, stage (position), rank, number, key; sorted as it is sent. merged: number, _record, into
    (also a number). dropped: _record, object, field, parent: references to records that do not come. wide: object ->
    _record, per reference field `now.` (number to send) and `later.` (number for the second pass), and the row's
    `fault` or why it is `held`.
    """

    order: pl.DataFrame
    merged: pl.DataFrame
    dropped: pl.DataFrame
    wide: Mapping[str, pl.DataFrame]


def arrange(
    schema: TargetSchema,
    staged: pl.DataFrame,
    tables: Mapping[str, pl.LazyFrame],
    merged: pl.DataFrame,
    known: pl.DataFrame,
    kept_back: pl.DataFrame | None = None,
    held: pl.DataFrame | None = None,
    missing_parent: str = "drop",
    last: int = 0,
    parentless: pl.DataFrame | None = None,
) -> Arrangement:
    """Arrange the mapped tables.

    staged: _record, stage. tables: target object -> mapped rows. merged: _record, _into (the final survivor).
    known: shape KNOWN: the crosswalk's number and the key of the groups that earlier rounds brought. kept_back, held:
    _record and fault (`code field`) of rows that are rejected or held, and not sent. missing_parent: what becomes of a
    row that points to a record which does not come: "drop" the reference and list it, "hold" the row, or "error". last:
    the highest number that the crosswalk has given so far, be it to a merged record. parentless: _record and fault of
    rows that were mapped without such a reference; the same becomes of them.
    """
    last = max(last, _highest(known["number"]))
    objects = [name for name in schema.objects if name in tables]
    levels = [
        _levelled(_narrow(tables[name], staged, schema.objects[name]), schema.objects[name], position, len(objects))
        for position, name in enumerate(objects)
    ]
    order = _numbered(pl.concat([pl.DataFrame(schema=_ORDER).drop("number", "key"), *levels]), known, last)
    wide = {name: _resolved(tables[name], order, known, schema.objects[name]) for name in objects}
    lost = {"hold": "held", "error": "fault"}.get(missing_parent)
    for column, some in (("fault", kept_back), ("held", held), (lost, parentless)):
        if column is not None and some is not None:
            wide = {name: _with_reasons(rows, column, some) for name, rows in wide.items()}
    if lost is not None:
        wide = {name: _with_lost_parents(rows, lost, schema.objects[name]) for name, rows in wide.items()}
    dropped = pl.concat([_no_drops(), *(_dropped(wide[name], schema.objects[name]) for name in objects)])
    return Arrangement(order, _merged(merged, order, last), dropped, wide)


def _narrow(table: pl.LazyFrame, staged: pl.DataFrame, object_: TargetObject) -> pl.DataFrame:
    """Return `_record`, the references and the stage of the rows that are in a stage.

    Rows that no canonical record stands behind come last; those of objects that everybody points to (users) first.
    """
    refs = [name for name in table.collect_schema().names() if name.startswith(REF_PREFIX)]
    rows = table.select(RECORD, *refs).collect()
    usual = 0 if object_.existing else staged["stage"].max()
    placed = rows.join(staged, on=RECORD, how="left", maintain_order="left")
    unknown = ~pl.col(RECORD).is_in(staged[RECORD].implode())
    stage = pl.when(unknown).then(pl.lit(usual, pl.Int64)).otherwise("stage")
    return placed.with_columns(stage=stage).drop_nulls("stage")


def _levelled(rows: pl.DataFrame, object_: TargetObject, position: int, objects: int) -> pl.DataFrame:
    own = [f"{REF_PREFIX}{field.name}" for field in object_.references() if object_.name in field.ref]
    depths = _depths(rows, [name for name in own if name in rows.columns])
    rank = (pl.col("stage") * objects + position) * _LEVELS + pl.col("depth")
    return depths.select(RECORD, object=pl.lit(object_.name), stage=pl.col("stage"), rank=rank)


def _depths(rows: pl.DataFrame, own: Sequence[str]) -> pl.DataFrame:
    """Return `_record`, stage and depth below the parents of the same object and stage; cycles stand deepest."""
    edges = _edges(rows, own)
    depths = rows.select(RECORD, "stage", depth=pl.lit(0, pl.Int64))
    waiting = edges.select(RECORD).unique()
    level = 0
    while waiting.height:
        level += 1
        depths = _deepen(depths, waiting, level)
        edges = edges.join(waiting, left_on="parent", right_on=RECORD, how="semi")
        still = edges.select(RECORD).unique()
        if still.height == waiting.height:  # only cycles, and what hangs below them, are left
            return depths
        waiting = still
    return depths


def _edges(rows: pl.DataFrame, own: Sequence[str]) -> pl.DataFrame:
    pointing = [rows.select(RECORD, "stage", parent=pl.col(name)).drop_nulls("parent") for name in own]
    parents = rows.select(parent=RECORD, parent_stage="stage")
    none = pl.DataFrame(schema={RECORD: pl.String, "stage": pl.Int64, "parent": pl.String})
    same_stage = pl.col("stage") == pl.col("parent_stage")
    return pl.concat([none, *pointing]).join(parents, on="parent").filter(same_stage).select(RECORD, "parent")


def _deepen(depths: pl.DataFrame, waiting: pl.DataFrame, level: int) -> pl.DataFrame:
    deeper = pl.col(RECORD).is_in(waiting[RECORD].implode())
    return depths.with_columns(depth=pl.when(deeper).then(pl.lit(level, pl.Int64)).otherwise("depth"))


def _numbered(order: pl.DataFrame, known: pl.DataFrame, last: int) -> pl.DataFrame:
    """Number the rows as they are sent; those of earlier rounds keep their numbers."""
    found = order.join(known, on=RECORD, how="left").sort("rank", RECORD)
    fresh = pl.col("number").is_null()
    return found.with_columns(
        pl.coalesce("number", last + fresh.cum_sum()).cast(pl.Int64).alias("number"),
        pl.coalesce("key", RECORD).alias("key"),
    )


def _highest(numbers: pl.Series) -> int:
    return int(numbers.max() or 0)  # type: ignore[arg-type]


def _resolved(table: pl.LazyFrame, order: pl.DataFrame, known: pl.DataFrame, object_: TargetObject) -> pl.DataFrame:
    """Return one row per record with the numbers of its parents, now or later, and its fault."""
    refs = [field for field in object_.references() if f"{REF_PREFIX}{field.name}" in table.collect_schema().names()]
    wide = table.select(RECORD, *(f"{REF_PREFIX}{field.name}" for field in refs)).collect()
    wide = wide.join(order.select(RECORD, "stage", "rank", "number", "key"), on=RECORD)
    coming = order.select(RECORD, "number", "rank", "stage")
    earlier = known.join(order, on=RECORD, how="anti").with_columns(
        rank=pl.lit(_EARLIER, pl.Int64), stage=pl.lit(_EARLIER, pl.Int64)
    )
    parents = pl.concat([coming, earlier.select(coming.columns)])
    for field in refs:
        wide = _with_parent(wide, parents, field.name)
    return wide.with_columns(_fault(refs), held=pl.lit(None, pl.String))


def _with_parent(wide: pl.DataFrame, parents: pl.DataFrame, name: str) -> pl.DataFrame:
    found = parents.select(pl.col(RECORD).alias(f"{REF_PREFIX}{name}"), n="number", r="rank", s="stage")
    joined = wide.join(found, on=f"{REF_PREFIX}{name}", how="left", maintain_order="left")
    before = pl.col("r") < pl.col("rank")
    return joined.with_columns(
        pl.when(before).then("n").alias(f"now.{name}"),
        pl.when(~before).then("n").alias(f"later.{name}"),
        pl.when(~before).then(pl.max_horizontal("s", "stage")).alias(f"in.{name}"),
    ).drop("n", "r", "s")


def _fault(refs: Sequence[TargetField]) -> pl.Expr:
    """The first required reference that cannot be sent, as `code field`."""
    faults = [pl.lit(None, pl.String)]
    for field in refs:
        if field.required:
            lost = pl.col(f"{REF_PREFIX}{field.name}").is_not_null() & pl.col(f"now.{field.name}").is_null()
            later = pl.col(f"later.{field.name}").is_not_null()
            faults.append(pl.when(lost & later).then(pl.lit(f"{REQUIRED_CYCLE} {field.name}")))
            faults.append(pl.when(lost & ~later).then(pl.lit(f"{PARENT_MISSING} {field.name}")))
    return pl.coalesce(faults).alias("fault")


def _with_reasons(wide: pl.DataFrame, column: str, reasons: pl.DataFrame) -> pl.DataFrame:
    known = reasons.unique(RECORD, keep="first", maintain_order=True).rename({"fault": "told"})
    told = wide.join(known, on=RECORD, how="left", maintain_order="left")
    return told.with_columns(pl.coalesce(column, "told").alias(column)).drop("told")


def _with_lost_parents(wide: pl.DataFrame, column: str, object_: TargetObject) -> pl.DataFrame:
    """Say of rows that point to a record which does not come why they are not sent."""
    reasons = [
        pl.when(_is_lost(field.name)).then(pl.lit(f"{PARENT_MISSING} {field.name}"))
        for field in object_.references()
        if f"now.{field.name}" in wide.columns
    ]
    return wide.with_columns(pl.coalesce(column, *reasons).alias(column))


def _is_lost(name: str) -> pl.Expr:
    nowhere = pl.col(f"now.{name}").is_null() & pl.col(f"later.{name}").is_null()
    return pl.col(f"{REF_PREFIX}{name}").is_not_null() & nowhere


def _no_drops() -> pl.DataFrame:
    return pl.DataFrame(schema={RECORD: pl.String, "object": pl.String, "field": pl.String, "parent": pl.String})


def _dropped(wide: pl.DataFrame, object_: TargetObject) -> pl.DataFrame:
    lost = [
        wide.filter(_is_lost(name) & pl.col("fault").is_null() & pl.col("held").is_null()).select(
            RECORD, object=pl.lit(object_.name), field=pl.lit(name), parent=f"{REF_PREFIX}{name}"
        )
        for name in (field.name for field in object_.references())
        if f"now.{name}" in wide.columns
    ]
    return pl.concat([_no_drops(), *lost]).sort("object", "field", RECORD)


def _merged(merged: pl.DataFrame, order: pl.DataFrame, last: int) -> pl.DataFrame:
    survivors = order.select(_into=pl.col(RECORD), into="number")
    fresh = merged.join(survivors, on="_into").sort(RECORD)
    first = max(last, _highest(order["number"])) + 1
    return fresh.with_row_index("number", first).select(pl.col("number").cast(pl.Int64), RECORD, "into")
