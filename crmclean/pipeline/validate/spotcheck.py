"""A seeded sample of records, source beside target, with the reason of every change: for a person to look at.

The sample is stratified by target object, source, stage and the rarest field that was changed: every stratum that there
is room for is seen, the rest goes by size.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from crmclean.crm.targets import RECORD_KEY, TargetObject
from crmclean.files.tables import schema_of
from crmclean.pipeline.map.mapped_rows import OBJECT
from crmclean.pipeline.map.mapping import Mapped
from crmclean.pipeline.map.owners import AT_TARGET
from crmclean.pipeline.send.staging import assign
from crmclean.plan.model import Plan
from crmclean.records import CHANGES, RECORD, REF_PREFIX, SOURCE

SPOT_CHECK = {
    "number": "integer",
    "record": "text",
    "source": "text",
    "stage": "text",
    "target_object": "text",
    "target_field": "text",
    "column": "text",
    "before": "text",
    "cleaned": "text",
    "after": "text",
    "reasons": "text",
    "said_before": "text",
    "verdict": "text",
    "note": "text",
    "seen": "text",
}
_HASH = "_hash"
_STRATUM = ("target_object", SOURCE, "stage", "changed")


def spot_check(
    plan: Plan,
    mapped: Mapped,
    tables: Mapping[str, pl.LazyFrame],
    changes: Mapping[str, pl.LazyFrame],
    as_of: date | None = None,
    again: Collection[str] = (),
) -> pl.DataFrame:
    """Draw plan.spot_check records; one row per filled cell (shape SPOT_CHECK; holds cell values).

    again: records that are shown beside the sample, with higher numbers: somebody found them wrong. The last four
    columns are empty here; see pipeline.spot_verdicts.

    tables: canonical objects after `stale`. changes: phase -> records.CHANGES, in the order of the phases. before is
    the cell as it was loaded, cleaned as it entered `map`, after as it will be at the target; reasons are codes.
    """
    told = pl.concat([pl.LazyFrame(schema=schema_of(CHANGES)), *changes.values()])
    chosen = _chosen(plan, mapped, tables, told, as_of, again)
    if chosen.is_empty():
        return pl.DataFrame(schema=schema_of(SPOT_CHECK))
    return told_cells(chosen, mapped, tables, told)


def told_cells(
    chosen: pl.DataFrame, mapped: Mapped, tables: Mapping[str, pl.LazyFrame], told: pl.LazyFrame
) -> pl.DataFrame:
    """Return every filled cell of the chosen records as it was loaded, cleaned and mapped (shape SPOT_CHECK).

    chosen: _record, _source, _object, target_object and stage. told: records.CHANGES of the phases before `map`.
    """
    mine = pl.col("record").is_in(chosen[RECORD].implode())
    stories = _stories(told.select("record", "field", "before", "code").filter(mine).collect())
    ends = {(row[1], row[2]): row[3] for row in _narrow(mapped.changes.filter(mine)).rows()}
    # Owners whom only other records name have no row of their own.
    before = {name: _chosen_rows(tables[name], part) for (name,), part in chosen.group_by(OBJECT) if name in tables}
    after = {name: _chosen_rows(mapped.tables[name], part) for (name,), part in chosen.group_by("target_object")}
    cells: list[tuple[object, ...]] = []
    for number, row in enumerate(chosen.iter_rows(named=True), start=1):
        target_object, record = mapped.schema.objects[row["target_object"]], row[RECORD]
        both = before.get(row[OBJECT], {}).get(record, {}), after[target_object.name][record]
        cells += _cells(number, row, target_object, *both, stories, ends)
    return pl.DataFrame(cells, schema=schema_of(SPOT_CHECK), orient="row")


def _chosen(
    plan: Plan,
    mapped: Mapped,
    tables: Mapping[str, pl.LazyFrame],
    told: pl.LazyFrame,
    as_of: date | None,
    again: Collection[str],
) -> pl.DataFrame:
    records = pl.concat(
        [
            table.select(RECORD, OBJECT, SOURCE, target_object=pl.lit(name))
            for name, table in mapped.tables.items()
            if not mapped.schema.objects[name].existing
        ]
    ).collect()
    staged = assign(plan, tables, as_of)
    names = dict(enumerate(stage.name for stage in plan.stages))
    stage = pl.col("stage").replace_strict(names, default=None, return_dtype=pl.String)
    rarest = _rarest(pl.concat([told.select("record", "field"), mapped.changes.lazy().select("record", "field")]))
    frame = records.join(staged, on=RECORD, how="left", maintain_order="left").with_columns(stage=stage)
    frame = frame.with_columns(_hash(RECORD)).join(rarest, on=_HASH, how="left", maintain_order="left").drop(_HASH)
    ours = frame.filter(pl.col(SOURCE) != AT_TARGET).sort(RECORD)
    drawn = _sample(ours, plan.spot_check, plan.seed)
    further = ours.filter(pl.col(RECORD).is_in(list(again)), ~pl.col(RECORD).is_in(drawn[RECORD].implode()))
    return pl.concat([drawn.select(ours.columns), further])


def _rarest(changed: pl.LazyFrame) -> pl.DataFrame:
    """Return for every changed record (by `_hash`) the rarest of its changed fields: so that each field is seen."""
    fields = changed.group_by("field").len().sort("len", "field").collect()["field"]
    rank = pl.col("field").cast(pl.Enum(fields)).to_physical()  # numbers, which group ten times faster than texts
    lowest = changed.select(_hash("record"), rank=rank).group_by(_HASH).agg(pl.col("rank").min()).collect()
    return lowest.select(_HASH, changed=fields.gather(lowest["rank"]))


def _hash(record: str) -> pl.Expr:
    """Return a number for each record id: millions are grouped twice as quickly by it, and it names no stratum."""
    return pl.col(record).hash(seed=0).alias(_HASH)


def _sample(frame: pl.DataFrame, size: int, seed: int) -> pl.DataFrame:
    """Draw a seeded, stratified sample; every stratum gets one as long as there is room, the rest goes by size."""
    strata = frame.group_by(_STRATUM).len().sort("len", *_STRATUM, descending=[True, *[False] * len(_STRATUM)])
    counts = strata["len"].to_list()
    quotas = _quotas(counts, min(size, frame.height))
    dice = random.Random(seed)  # noqa: S311 - the same sample every time
    picks = [sorted(dice.sample(range(count), quota)) for count, quota in zip(counts, quotas, strict=True)]
    wanted = strata.drop("len").with_columns(pl.Series("_place", picks, pl.List(pl.Int64))).explode("_place")
    placed = frame.with_columns(_place=pl.int_range(pl.len(), dtype=pl.Int64).over(_STRATUM))
    return placed.join(wanted, on=[*_STRATUM, "_place"], how="semi", nulls_equal=True).sort(RECORD)


def _quotas(counts: Sequence[int], size: int) -> list[int]:
    """Share out `size` among strata, largest first: one each, then the rest in proportion."""
    quotas = [1 if place < size else 0 for place in range(len(counts))]
    rest, total = size - sum(quotas), sum(counts) or 1
    shares = [min(count - quota, int(rest * count / total)) for count, quota in zip(counts, quotas, strict=True)]
    quotas = [quota + share for quota, share in zip(quotas, shares, strict=True)]
    while sum(quotas) < size:
        place = max(range(len(counts)), key=lambda each: (counts[each] - quotas[each], -each))
        quotas[place] += 1
    return quotas


def _narrow(changes: pl.DataFrame) -> pl.DataFrame:
    return changes.select("object", "record", "field", "code")


def _stories(changes: pl.DataFrame) -> Mapping[tuple[str, str], tuple[str | None, tuple[str, ...]]]:
    """Return (record, field) -> the cell as it was first, and its codes; of changes (record, field, before, code)."""
    stories: dict[tuple[str, str], tuple[str | None, tuple[str, ...]]] = {}
    for record, field, before, code in changes.iter_rows():
        first, codes = stories.get((record, field), (before, ()))
        stories[record, field] = (first, (*codes, code))
    return stories


def _cells(
    number: int,
    row: Mapping[str, str],
    target_object: TargetObject,
    cleaned: Mapping[str, str | None],
    after: Mapping[str, str | None],
    stories: Mapping[tuple[str, str], tuple[str | None, tuple[str, ...]]],
    ends: Mapping[tuple[str, str], str],
) -> Iterator[tuple[object, ...]]:
    record = row[RECORD]
    for field, columns in _feeding(target_object, row[OBJECT]):
        now = after.get(field) or after.get(REF_PREFIX + field)
        column = next((name for name in columns if cleaned.get(name)), columns[0] if columns else None)
        was = cleaned.get(column) if column else None
        first, codes = stories.get((record, column or ""), (was, ()))
        if now is None and was is None and first is None:
            continue
        own = ends.get((record, field))
        reasons = "; ".join([*codes, *([own] if own else [])])
        story = (column, first, was, now, reasons)
        yield number, record, row[SOURCE], row["stage"], target_object.name, field, *story, None, None, None, None


def _feeding(target_object: TargetObject, object_: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    rules = [rule for rule in target_object.sources if rule.object == object_]
    for field in target_object.writable():
        names = dict.fromkeys(part for rule in rules for name in rule.feeds(field) for part in name.split())
        if field.name != target_object.key and RECORD_KEY not in names:
            yield field.name, tuple(names)


def _chosen_rows(table: pl.LazyFrame, chosen: pl.DataFrame) -> Mapping[str, Mapping[str, str | None]]:
    """Return record -> its row, for the chosen records of a table; one pass over the table."""
    rows = table.filter(pl.col(RECORD).is_in(chosen[RECORD].implode())).collect()
    return rows.unique(RECORD, keep="first", maintain_order=True).rows_by_key(RECORD, named=True, unique=True)
