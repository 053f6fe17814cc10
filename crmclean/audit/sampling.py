"""Follows a seeded sample of records from the target, through every recorded change, back to their source cells.

Three links must hold for every cell: what the target says is what was mapped; what was mapped is the cleaned cell, or a
change of `map` says why not; and the changes of normalize, dedupe and stale lead without a gap from the cell that was
loaded to the cleaned one.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.audit.alike import comparable_cells, kinds_of
from crmclean.audit.readback import ID, KEY
from crmclean.audit.result import Sample
from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.records import FATE, PROVENANCE, RECORD, REF_PREFIX

CONFIDENCE = 0.95
_MISMATCHES = {RECORD: pl.String, "object": pl.String, "field": pl.String, "where": pl.String}
_CELLS = {RECORD: pl.String, "object": pl.String, "field": pl.String, "value": pl.String}
_OBJECT = "_object"  # canonical object, in mapped rows
_NOT_CELLS = (*PROVENANCE, *FATE, _OBJECT)
_CELL = (RECORD, "object", "field")


@dataclass(frozen=True)
class Trail:
    """What a sample is followed through.

    target: object -> records at the target; what an export of it lacks has no column. mapped: target object -> mapped
    rows. final, loaded: canonical object -> rows after `stale` and after `load`. cleaning: changes of normalize, dedupe
    and stale, in this order. mapping: changes of map (object and field are the target's).
    """

    schema: TargetSchema
    target: Mapping[str, pl.DataFrame]
    mapped: Mapping[str, pl.LazyFrame]
    final: Mapping[str, pl.LazyFrame]
    loaded: Mapping[str, pl.LazyFrame]
    cleaning: pl.LazyFrame
    mapping: pl.LazyFrame


def follow(trail: Trail, imported: pl.DataFrame, seed: int, size: int) -> Sample:
    """Follow a sample. imported: record, target_object of the records that must be at the target."""
    chosen = _choose(imported, seed, size)
    mapped = _long(trail.mapped, chosen)
    broken = pl.concat([_at_target(trail, chosen, mapped), _in_map(trail, chosen, mapped), _in_history(trail, chosen)])
    mismatches = broken.unique().sort(RECORD, "object", "field", "where")
    wrong = mismatches[RECORD].n_unique()
    size = sum(map(len, chosen.values()))
    followed = [(record, object_) for object_, records in sorted(chosen.items()) for record in records]
    drawn = pl.DataFrame(followed, schema={"record": pl.String, "target_object": pl.String}, orient="row")
    return Sample(size, _shown(trail, chosen, mapped).height, wrong, upper_bound(wrong, size), mismatches, drawn)


def upper_bound(wrong: int, size: int) -> float:
    """Return the largest error rate that is consistent with the sample (one-sided Clopper-Pearson, 95 %)."""
    if wrong >= size:
        return 1.0
    low, high = wrong / size, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, size, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _at_most(wrong: int, size: int, rate: float) -> float:
    """Probability of at most `wrong` errors among `size` records."""
    term = total = (1 - rate) ** size
    for k in range(wrong):
        term *= (size - k) / (k + 1) * rate / (1 - rate)
        total += term
    return total


def _choose(imported: pl.DataFrame, seed: int, size: int) -> dict[str, list[str]]:
    rows = imported.sort("record").select("record", "target_object").rows()
    picked = random.Random(seed).sample(rows, min(size, len(rows)))  # noqa: S311 - the same sample every time
    chosen: dict[str, list[str]] = {}
    for record, object_ in sorted(picked):
        chosen.setdefault(object_, []).append(record)
    return chosen


def _long(tables: Mapping[str, pl.LazyFrame], chosen: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return _record, object, field, value of every cell of the chosen records."""
    parts = [
        _cells(tables[object_].filter(pl.col(RECORD).is_in(records)).collect(), object_)
        for object_, records in chosen.items()
        if object_ in tables
    ]
    return pl.concat([pl.DataFrame(schema=_CELLS), *parts])


def _cells(rows: pl.DataFrame, object_: str) -> pl.DataFrame:
    names = [name for name in rows.columns if name not in _NOT_CELLS and not name.startswith("_why.")]
    long = rows.unpivot(
        on=names, index=RECORD, variable_name="_field", value_name="_value"
    )  # CRMs have a field "value"
    return long.select(RECORD, object=pl.lit(object_), field="_field", value=pl.col("_value").cast(pl.String))


def _broken(cells: pl.DataFrame, where: str) -> pl.DataFrame:
    return cells.select(*_CELL, pl.lit(where).alias("where")).cast(_MISMATCHES)  # type: ignore[arg-type]


def target_cells(trail: Trail, drawn: pl.DataFrame) -> pl.DataFrame:
    """Return what the target says of records: record, target_object, target_field, at_target; references as ids."""
    parts = []
    for (name,), own in drawn.group_by("target_object", maintain_order=True):
        rows = trail.target[str(name)].filter(pl.col(KEY).is_in(own["record"].implode()))
        parts.append(_cells(rows.drop(ID).rename({KEY: RECORD}), str(name)))
    cells = pl.concat([pl.DataFrame(schema=_CELLS), *parts])
    return cells.select(record=RECORD, target_object="object", target_field="field", at_target="value")


def _at_target(trail: Trail, chosen: Mapping[str, Sequence[str]], mapped: pl.DataFrame) -> pl.DataFrame:
    """Compare mapped cells with what the target says; references by the key of the record that they lead to."""
    said = []
    for object_, records in chosen.items():
        rows = trail.target[object_].filter(pl.col(KEY).is_in(records)).drop(ID).rename({KEY: RECORD})
        said.append(_cells(with_parent_keys(rows, trail.target, trail.schema.objects[object_]), object_))
    target = pl.concat([pl.DataFrame(schema=_CELLS), *said]).rename({"value": "said"}).with_columns(there=True)
    keys = {object_.key for object_ in trail.schema.objects.values()}
    sent = _shown(trail, chosen, mapped).filter(~pl.col("field").is_in(keys))
    compared = sent.join(target, on=_CELL, how="left").join(kinds_of(trail.schema), on=["object", "field"], how="left")
    differs = comparable_cells("value").ne_missing(comparable_cells("said"))
    missing = pl.col("there").is_null() & pl.col("value").is_not_null()
    return _broken(compared.filter(differs | missing), "target")


def _shown(trail: Trail, chosen: Mapping[str, Sequence[str]], mapped: pl.DataFrame) -> pl.DataFrame:
    """Return the mapped cells that the target shows."""
    there = {(name, field) for name in chosen for field in (*_fields(trail, name), trail.schema.objects[name].key)}
    shown = pl.DataFrame(sorted(there), schema={"object": pl.String, "field": pl.String}, orient="row")
    return mapped.join(shown, on=["object", "field"], how="semi")


def _fields(trail: Trail, object_: str) -> Iterator[str]:
    """Yield the columns of mapped rows that the target shows."""
    refs = {field.name for field in trail.schema.objects[object_].references()}
    for name in trail.target[object_].columns:
        yield REF_PREFIX + name if name in refs else name


def with_parent_keys(rows: pl.DataFrame, target: Mapping[str, pl.DataFrame], object_: TargetObject) -> pl.DataFrame:
    """Return rows of the target with `_ref.<field>`, the key of the record that it leads to, in place of references."""
    for field in object_.references():
        if field.name in rows.columns:
            rows = _with_parent_key(rows, target, field)
    return rows


def _with_parent_key(rows: pl.DataFrame, target: Mapping[str, pl.DataFrame], field: TargetField) -> pl.DataFrame:
    parents = pl.concat([target[name].select(ID, KEY) for name in field.ref if name in target])
    known = parents.rename({ID: field.name, KEY: REF_PREFIX + field.name})
    return rows.join(known, on=field.name, how="left", maintain_order="left").drop(field.name)


def _in_map(trail: Trail, chosen: Mapping[str, Sequence[str]], mapped: pl.DataFrame) -> pl.DataFrame:
    """Find mapped cells that are neither the cleaned cell nor a recorded change of it."""
    records = [record for some in chosen.values() for record in some]
    told = trail.mapping.filter(pl.col("record").is_in(records)).collect()
    changes = told.rename({"record": RECORD}).group_by(_CELL, maintain_order=True)
    ends = changes.agg(pl.col("before").first(), pl.col("after").last(), told=pl.lit(value=True))
    cells = mapped.filter(~pl.col("field").str.starts_with(REF_PREFIX)).join(ends, on=_CELL, how="left")
    start = pl.when("told").then("before").otherwise("value")
    cells = cells.with_columns(start=start).join(_fed(trail, chosen), on=_CELL, how="left")
    untrue = pl.col("told") & pl.col("after").ne_missing(pl.col("value"))
    # Nothing is mapped only from nothing; a text only from a cell with it, or from the target file's own constants.
    empty = pl.col("start").is_null() & (pl.col("cells").list.len() > 0)
    unlike = pl.col("start").is_not_null() & ~pl.col("cells").list.concat(pl.col("given")).list.contains(
        pl.col("start")
    )
    fields = pl.col("cells").is_not_null()
    return _broken(cells.filter(fields & (untrue.fill_null(value=False) | empty | unlike)), "map")


def _fed(trail: Trail, chosen: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return, per target cell, the filled canonical `cells` that feed it and the texts that the target file gives."""
    texts = dict.fromkeys(_CELL, pl.String())
    lists = dict.fromkeys(("cells", "given"), pl.List(pl.String))
    parts = [pl.DataFrame(schema=pl.Schema({**texts, **lists}))]
    for object_, records in chosen.items():
        homes = trail.mapped[object_].filter(pl.col(RECORD).is_in(records)).select(RECORD, _OBJECT).collect()
        for (canonical,), rows in homes.group_by(_OBJECT):
            if canonical in trail.final:
                final = trail.final[canonical].filter(pl.col(RECORD).is_in(rows[RECORD].to_list())).collect()
                parts += _feeds(trail.schema.objects[object_], str(canonical), final)
    return pl.concat(parts)


def _feeds(object_: TargetObject, canonical: str, final: pl.DataFrame) -> list[pl.DataFrame]:
    rules = [rule for rule in object_.sources if rule.object == canonical]
    found = []
    for field in object_.writable():
        if field.type == "reference" or field.name == object_.key:
            continue
        names = dict.fromkeys(name for rule in rules for name in rule.feeds(field))
        if any(name.startswith("_") and name not in final.columns for name in names):
            continue  # worked out by `map` itself: the ends of a link
        cells = [_joined(final, name, field.separator) for name in names]
        given = [text for text in (field.default, *(rule.constants.get(field.name) for rule in rules)) if text]
        found.append(
            final.select(
                RECORD,
                pl.lit(object_.name).alias("object"),
                pl.lit(field.name).alias("field"),
                pl.concat_list(cells or [pl.lit(None, pl.String)]).list.drop_nulls().alias("cells"),
                pl.lit(given, pl.List(pl.String)).alias("given"),
            )
        )
    return found


def _joined(final: pl.DataFrame, name: str, separator: str) -> pl.Expr:
    parts = [pl.col(part) for part in name.split() if part in final.columns]
    if not parts:
        return pl.lit(None, pl.String)
    text = pl.concat_str(parts, separator=separator, ignore_nulls=True)
    return pl.when(text != "").then(text)


def _in_history(trail: Trail, chosen: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Find cells whose recorded changes do not lead from what was loaded to what was mapped."""
    records = [record for some in chosen.values() for record in some]
    final = _of_records(trail.final, records)
    loaded = _of_records(trail.loaded, records).rename({"value": "loaded"})
    told = trail.cleaning.filter(pl.col("record").is_in(records)).collect().rename({"record": RECORD})
    steps = told.with_columns(gap=pl.col("before").ne_missing(pl.col("after").shift(1).over(_CELL)))
    later = pl.int_range(pl.len()).over(_CELL) > 0
    ends = steps.with_columns(gap=pl.col("gap") & later).group_by(_CELL, maintain_order=True)
    history = ends.agg(pl.col("before").first(), pl.col("after").last(), pl.col("gap").any(), told=pl.lit(value=True))
    there = loaded.select(RECORD).unique()
    cells = (
        final.join(there, on=RECORD, how="semi").join(loaded, on=_CELL, how="left").join(history, on=_CELL, how="left")
    )
    quiet = pl.col("told").is_null() & pl.col("value").ne_missing(pl.col("loaded"))
    ends_off = pl.col("before").ne_missing(pl.col("loaded")) | pl.col("after").ne_missing(pl.col("value"))
    return _broken(cells.filter(quiet | (pl.col("told") & (ends_off | pl.col("gap")))), "history")


def _of_records(tables: Mapping[str, pl.LazyFrame], records: Sequence[str]) -> pl.DataFrame:
    everywhere = dict.fromkeys(tables, records)
    return _long(tables, everywhere)
