"""Which record a reference points to: `_ref.<field>` beside every *_ref cell, null where there is no such parent.

A parent is looked for among the records of the same source, in the objects that the field names, in this order. An
owner is a user by id, by email or by full name, where only one user has it.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from crmclean.crm.canonical import Field, canonical
from crmclean.exports.identity import clean_id
from crmclean.files.at_once import at_once
from crmclean.records import RECORD, REF_PREFIX, SOURCE
from crmclean.values.distinct import encoded
from crmclean.values.places import places_among

_KEY, _PARENT, _CELL = "_key", "_parent", "_cell"
_CALLED = ("email", "full_name", "username")  # what an owner column may hold instead of a user's id


def reference_fields(object_: str, names: Sequence[str]) -> tuple[Field, ...]:
    """Return the reference fields that a frame of this object has."""
    schema = canonical().get(object_)
    return tuple(field for field in schema.fields.values() if field.ref and field.name in names) if schema else ()


def linked(object_: str, tables: Mapping[str, pl.LazyFrame], formats: Mapping[str, str | None]) -> pl.LazyFrame:
    """Add `_ref.<field>` for every reference field: the record id of the parent, null where there is none.

    formats: source -> how its ids are written. Most cells hold the id of a parent as that parent has it; the others are
    read in every way that is known, each different one once.
    """
    fields = reference_fields(object_, tables[object_].collect_schema().names())
    if not fields:
        return tables[object_]
    parents = at_once(lambda field: _beside(tables[object_], field, tables, formats), fields)
    return pl.concat([tables[object_], *parents], how="horizontal")


def _beside(
    table: pl.LazyFrame, field: Field, tables: Mapping[str, pl.LazyFrame], formats: Mapping[str, str | None]
) -> pl.LazyFrame:
    """Return the one column `_ref.<field>`, in the order of the table."""
    side = [name for name in (SOURCE, _side(field)) if name in table.collect_schema()]
    cells = table.select(*side, field.name).collect(engine="in-memory")
    key = [*(name for name in side if not _all_alike(cells[name])), field.name]
    if len(key) > 1:
        different = cells.unique(key, keep="any")
        known = pl.concat([different.select(key), _parents(different, field, tables, formats)], how="horizontal")
        return cells.select(key).join(known, on=key, how="left", maintain_order="left").select(pl.last()).lazy()
    own = cells[field.name]
    plain = _plain_ids(cells, field, tables)
    found = plain["parent"].gather(places_among(own, plain["id"]))
    left = (own.is_not_null() & found.is_null()).arg_true()
    distinct, places = encoded(own.gather(left))
    rest = distinct.to_frame().with_columns(_first(cells[name]) for name in side)
    parents = _parents(rest, field, tables, formats).to_series()
    return found.scatter(left, parents.gather(places)).alias(parents.name).to_frame().lazy()


def _plain_ids(cells: pl.DataFrame, field: Field, tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return id and parent of all records of the cells' one source that the field may mean.

    None if they are more than the cells, or two of them have one id: which one is meant is not settled here.
    """
    parts = [pl.DataFrame(schema={"id": pl.String, "parent": pl.String})]
    for target in _targets(cells, field, tables) if cells.height else ():
        start = f"{cells[SOURCE][0]}:{target}:"
        records = tables[target].select(parent=RECORD).filter(pl.col("parent").str.starts_with(start))
        ids = records.select(pl.col("parent").str.strip_prefix(start).alias("id"), "parent")
        parts.append(ids.collect(engine="in-memory"))
    plain = pl.concat(parts, rechunk=True)  # to gather from several pieces is slow
    several = sum(part.height > 0 for part in parts) > 1  # records of one object have different ids
    doubtful = several and plain["id"].hash().n_unique() < plain.height
    return plain.clear() if doubtful or plain.height >= cells.height else plain


def _first(column: pl.Series) -> pl.Expr:
    return pl.lit(column.first() if len(column) else None, pl.String).alias(column.name)


def _all_alike(cells: pl.Series) -> bool:
    return cells.min() == cells.max() and cells.null_count() in (0, len(cells))


def _side(field: Field) -> str:
    """Return the column in which links say which object a reference means."""
    return f"{field.name.removesuffix('_ref')}_object"


def _targets(cells: pl.DataFrame, field: Field, tables: Mapping[str, pl.LazyFrame]) -> list[str]:
    """Return the objects in which parents are looked for: of links, those that some cell beside the reference names."""
    said = cells[_side(field)].unique() if _side(field) in cells.columns else None
    return [target for target in field.ref if target in tables and (said is None or target in said)]


def _parents(
    cells: pl.DataFrame, field: Field, tables: Mapping[str, pl.LazyFrame], formats: Mapping[str, str | None]
) -> pl.DataFrame:
    """Return the one column `_ref.<field>`, in the order of the cells."""
    side = _side(field)
    frame = cells.lazy().with_columns(_cleaned(field.name, formats).alias(_CELL))
    found = []
    for target in _targets(cells, field, tables):
        column = f"_found.{target}"
        key = pl.concat_str(SOURCE, pl.lit(f":{target}:"), _CELL)
        frame = _join(frame, key, tables[target].select(_KEY_IS_RECORD), column)
        record = pl.col(column)
        if target == "users":
            frame = _join(frame, _called(field.name), _people(tables["users"]), "_person")
            record = pl.coalesce(column, "_person")
        found.append(pl.when(pl.col(side) == target).then(record) if side in cells.columns else record)
    parent = pl.coalesce(*found) if found else pl.lit(None, pl.String)
    column = REF_PREFIX + field.name  # beside the rest: where nothing is found, it is as long, too
    return frame.with_columns(parent.alias(column)).select(column).collect(engine="in-memory")


_KEY_IS_RECORD = (pl.col(RECORD).alias(_KEY), pl.col(RECORD).alias(_PARENT))


def _join(frame: pl.LazyFrame, key: pl.Expr, parents: pl.LazyFrame, column: str) -> pl.LazyFrame:
    keyed = frame.with_columns(key.alias(_KEY))
    known = parents.rename({_PARENT: column}).join(keyed, on=_KEY, how="semi")  # many parents, few cells
    return keyed.join(known, on=_KEY, how="left", maintain_order="left").drop(_KEY)


def _cleaned(field: str, formats: Mapping[str, str | None]) -> pl.Expr:
    """Return ids as the row's source writes them."""
    salesforce = [source for source, id_format in formats.items() if id_format == "salesforce"]
    own, plain = clean_id(pl.col(field), "salesforce"), clean_id(pl.col(field), None)
    if len(salesforce) == len(formats):
        return own
    return pl.when(pl.col(SOURCE).is_in(salesforce)).then(own).otherwise(plain) if salesforce else plain


def _called(field: str) -> pl.Expr:
    folded = pl.col(field).str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase()
    return pl.concat_str(SOURCE, pl.lit(":"), folded)


def _people(users: pl.LazyFrame) -> pl.LazyFrame:
    """Return the users by what an owner column may call them, where only one user is called so."""
    names = users.collect_schema().names()
    whole = pl.concat_str("first_name", "last_name", separator=" ").alias("_whole")
    both = {"first_name", "last_name"} <= set(names)
    known = users.with_columns(whole) if both else users
    fields = [name for name in _CALLED if name in names] + (["_whole"] if both else [])
    calls = [known.select(_called(name).alias(_KEY), pl.col(RECORD).alias(_PARENT)) for name in fields]
    if not calls:
        return users.select(_KEY_IS_RECORD).clear()
    unique = pl.concat(calls).drop_nulls(_KEY).unique(maintain_order=True)
    return unique.filter(pl.len().over(_KEY) == 1)


def cycles(frame: pl.LazyFrame, field: str) -> pl.DataFrame:
    """Return `_record` of the records that are their own ancestor through a reference to the same object."""
    reference = REF_PREFIX + field
    edges = frame.select(RECORD, reference).drop_nulls(reference).collect()
    while True:
        parent_has_one = pl.col(reference).is_in(edges[RECORD].implode())
        is_parent = pl.col(RECORD).is_in(edges[reference].implode())
        kept = edges.filter(parent_has_one, is_parent)
        if kept.height == edges.height:
            return kept.select(RECORD)
        edges = kept
