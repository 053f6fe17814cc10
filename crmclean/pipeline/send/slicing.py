"""The arranged rows as slices of payloads, in the order of sending."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.pipeline.send.arranging import Arrangement
from crmclean.records import RECORD


@dataclass(frozen=True)
class Frozen:
    """Rows of one target object that are sent together; what crmclean.destinations.freezing calls a Slice."""

    stage: str
    object: str
    operation: str
    second_pass: bool
    fields: Sequence[str]
    refs: Sequence[str]
    numbers: Sequence[int]
    records: Sequence[str]
    payloads: Sequence[str]
    faults: dict[int, tuple[str, str]]
    held: dict[int, tuple[str, str]]
    hashes: Sequence[bytes] | None = None


def frozen(
    schema: TargetSchema,
    stages: Sequence[str],
    arranged: Arrangement,
    tables: Mapping[str, pl.LazyFrame],
    batch_rows: int,
) -> Iterator[Frozen]:
    """Yield what is sent, in the order of sending, `batch_rows` rows at a time."""
    for position, stage in enumerate(stages):
        for name, wide in arranged.wide.items():
            here = arranged.order.filter((pl.col("object") == name) & (pl.col("stage") == position))
            if here.height:
                yield from _rows(schema.objects[name], stage, here, wide, tables[name], batch_rows)
        for name, wide in arranged.wide.items():
            for field in schema.objects[name].references():
                yield from _second_pass(name, field.name, stage, position, wide, batch_rows)


def _rows(
    object_: TargetObject,
    stage: str,
    here: pl.DataFrame,
    wide: pl.DataFrame,
    table: pl.LazyFrame,
    batch_rows: int,
) -> Iterator[Frozen]:
    refs = [field.name for field in object_.references() if f"now.{field.name}" in wide.columns]
    columns = table.collect_schema().names()
    cells = [field.name for field in object_.writable() if field.type != "reference" and field.name in columns]
    cells = [name for name in cells if name != object_.key]
    payload = _payload(cells, [f"now.{name}" for name in refs])
    rows = (
        here.lazy()
        .join(wide.lazy().drop("stage", "rank", "number", "key"), on=RECORD)
        .join(table.select(RECORD, *cells), on=RECORD)
        .select(RECORD, "number", "rank", "key", "fault", "held", payload=payload)
        .sort("rank", RECORD)
        .collect(engine="streaming")
    )
    for _, level in rows.group_by("rank", maintain_order=True):
        for part in level.iter_slices(batch_rows):
            yield _frozen(stage, object_.name, cells, refs, part, second_pass=False)


def _second_pass(
    object_: str, field: str, stage: str, position: int, wide: pl.DataFrame, batch_rows: int
) -> Iterator[Frozen]:
    if f"later.{field}" not in wide.columns:
        return
    late = wide.filter((pl.col(f"in.{field}") == position) & pl.col(f"later.{field}").is_not_null())
    late = late.filter(pl.col("fault").is_null() & pl.col("held").is_null()).sort(RECORD)
    payload = _payload([], [f"later.{field}"])
    rows = late.select(RECORD, "number", "key", "fault", "held", payload=payload)
    for part in rows.iter_slices(batch_rows):
        yield _frozen(stage, object_, [], [field], part, second_pass=True)


def _payload(cells: Sequence[str], refs: Sequence[str]) -> pl.Expr:
    key = pl.struct(key=pl.col("key")).struct.json_encode().str.strip_suffix("}")
    return pl.concat_str(key, pl.lit(',"cells":'), _json(cells), pl.lit(',"refs":'), _json(refs), pl.lit("}"))


def _json(columns: Sequence[str]) -> pl.Expr:
    if not columns:
        return pl.lit("[]")
    listed = pl.struct(v=pl.concat_list(columns)).struct.json_encode()
    return listed.str.strip_prefix('{"v":').str.strip_suffix("}")


def _frozen(
    stage: str, object_: str, fields: Sequence[str], refs: Sequence[str], part: pl.DataFrame, *, second_pass: bool
) -> Frozen:
    return Frozen(
        stage=stage,
        object=object_,
        operation="update" if second_pass else "upsert",
        second_pass=second_pass,
        fields=fields,
        refs=refs,
        numbers=part["number"].to_list(),
        records=part["key"].to_list(),
        payloads=part["payload"].to_list(),
        faults=_reasons(part, "fault"),
        held=_reasons(part, "held"),
    )


def _reasons(part: pl.DataFrame, column: str) -> dict[int, tuple[str, str]]:
    bad = part.with_row_index("position").filter(pl.col(column).is_not_null())
    found = {}
    for position, reason in bad.select("position", column).iter_rows():
        code, _, field = reason.partition(" ")
        found[position] = (code, field)
    return found
