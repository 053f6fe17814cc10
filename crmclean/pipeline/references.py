"""Which record a reference points to: `_ref.<field>` beside every *_ref cell, null where there is no such parent.

A parent is looked for among the records of the same source, in the objects that the field names, in this order. An
owner is a user by id, by email or by full name, where only one user has it.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from crmclean.crm.canonical import Field, canonical
from crmclean.exports.identity import clean_id
from crmclean.records import RECORD, REF_PREFIX, SOURCE

_KEY, _PARENT = "_key", "_parent"


def ids_of(frame: pl.LazyFrame, object_: str, formats: Mapping[str, str | None]) -> pl.DataFrame:
    """Return source, key and record of every record that others may point to; the first of repeated ids counts."""
    names = frame.collect_schema().names()
    if "source_id" not in names:
        return pl.DataFrame(schema={SOURCE: pl.String, _KEY: pl.String, _PARENT: pl.String})
    keys = frame.select(SOURCE, _cleaned("source_id", formats).alias(_KEY), pl.col(RECORD).alias(_PARENT))
    known = [keys]
    if object_ == "users":
        known += [_people(frame, field) for field in ("email", "full_name", "username") if field in names]
        known += [_names(frame, names)]
    found = pl.concat(known).drop_nulls(_KEY).collect()
    return found.unique([SOURCE, _KEY], keep="first", maintain_order=True)


def _people(frame: pl.LazyFrame, field: str) -> pl.LazyFrame:
    """Return the users by what an owner column may call them, where it is only one user's."""
    key = _folded(field)
    single = pl.col(RECORD).n_unique().over(SOURCE, key) == 1
    return frame.filter(single).select(SOURCE, key.alias(_KEY), pl.col(RECORD).alias(_PARENT))


def _names(frame: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
    if not {"first_name", "last_name"} <= set(names):
        return frame.select(SOURCE, pl.lit(None, pl.String).alias(_KEY), pl.col(RECORD).alias(_PARENT)).clear()
    whole = frame.with_columns(pl.concat_str("first_name", "last_name", separator=" ").alias("full_name"))
    return _people(whole, "full_name")


def _folded(field: str) -> pl.Expr:
    return pl.col(field).str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase()


def _cleaned(field: str, formats: Mapping[str, str | None]) -> pl.Expr:
    """Clean ids by the format of the row's source."""
    salesforce = [source for source, id_format in formats.items() if id_format == "salesforce"]
    plain = clean_id(pl.col(field), None)
    if not salesforce:
        return plain
    return pl.when(pl.col(SOURCE).is_in(salesforce)).then(clean_id(pl.col(field), "salesforce")).otherwise(plain)


def reference_fields(object_: str, names: Sequence[str]) -> tuple[Field, ...]:
    """Return the reference fields that a frame of this object has."""
    schema = canonical().get(object_)
    return tuple(field for field in schema.fields.values() if field.ref and field.name in names) if schema else ()


def linked(
    frame: pl.LazyFrame, object_: str, parents: Mapping[str, pl.DataFrame], formats: Mapping[str, str | None]
) -> pl.LazyFrame:
    """Add `_ref.<field>` for every reference field: the record id of the parent, null where there is none."""
    names = frame.collect_schema().names()
    for field in reference_fields(object_, names):
        frame = _joined(frame, field, parents, formats, names)
    return frame


def _joined(
    frame: pl.LazyFrame,
    field: Field,
    parents: Mapping[str, pl.DataFrame],
    formats: Mapping[str, str | None],
    names: Sequence[str],
) -> pl.LazyFrame:
    found = []
    side = f"{field.name.removesuffix('_ref')}_object"
    for target in field.ref:
        if target not in parents:
            continue
        column = f"_probe.{target}"
        key = _cleaned(field.name, formats)
        frame = frame.with_columns(key.alias(_KEY)).join(
            parents[target].lazy().rename({_PARENT: column}), on=[SOURCE, _KEY], how="left", maintain_order="left"
        )
        frame = frame.drop(_KEY)
        if target == "users":
            frame = _owner(frame, field, parents[target], column)
        probe = pl.col(column)
        found.append(pl.when(pl.col(side) == target).then(probe) if side in names else probe)
    record = pl.coalesce(*found) if found else pl.lit(None, pl.String)
    frame = frame.with_columns(record.alias(REF_PREFIX + field.name))
    return frame.drop([f"_probe.{target}" for target in field.ref if target in parents])


def _owner(frame: pl.LazyFrame, field: Field, users: pl.DataFrame, column: str) -> pl.LazyFrame:
    people = users.lazy().rename({_PARENT: "_person"})
    joined = frame.with_columns(_folded(field.name).alias(_KEY)).join(
        people, on=[SOURCE, _KEY], how="left", maintain_order="left"
    )
    return joined.with_columns(pl.coalesce(column, "_person").alias(column)).drop(_KEY, "_person")


def cycles(frame: pl.LazyFrame, field: str) -> pl.DataFrame:
    """Return `_record` of the records that are their own ancestor through a reference to the same object."""
    reference = REF_PREFIX + field
    edges = frame.select(RECORD, reference).drop_nulls(reference).collect()
    while True:
        kept = edges.filter(
            pl.col(reference).is_in(edges[RECORD].implode()), pl.col(RECORD).is_in(edges[reference].implode())
        )
        if kept.height == edges.height:
            return kept.select(RECORD)
        edges = kept
