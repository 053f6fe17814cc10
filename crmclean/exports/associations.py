"""Columns that hold ids of other records joined by `;` (HubSpot's `Associated ... IDs`) as link records.

The first id also fills the single reference of the record, where it has none.
"""

from dataclasses import replace

import polars as pl

from crmclean.crm.sources import Association, header_key
from crmclean.exports.identity import clean_id
from crmclean.exports.naming import Named
from crmclean.records import CODE, FILE, INTO, OUTCOME, RECORD, ROW, SOURCE


def association_columns(one: Named) -> dict[str, Association]:
    """Return the association columns of a file by their loaded names."""
    known = one.table.links if one.table else {}
    by_header = {header_key(verdict.header): one.columns[verdict.name] for verdict in reversed(one.recognition.columns)}
    return {by_header[key]: link for key, link in known.items() if key in by_header}


def filled(one: Named) -> Named:
    """Fill empty single references from the first id of an association column."""
    frame = one.frame
    present = set(frame.collect_schema().names())
    for column, link in association_columns(one).items():
        if link.fills:
            first = _ids(column).list.first()
            known = pl.col(link.fills) if link.fills in present else pl.lit(None, pl.String)
            frame = frame.with_columns(pl.coalesce(known, first).alias(link.fills))
            present.add(link.fills)
    return replace(one, frame=frame)


def links(one: Named) -> pl.LazyFrame | None:
    """Return one link record per id in the association columns, at the file and row where it stands."""
    found = [_links(one, column, link) for column, link in association_columns(one).items()]
    return pl.concat(found) if found else None


def _ids(column: str) -> pl.Expr:
    parts = pl.col(column).str.split(";").list.eval(pl.element().str.strip_chars())
    return parts.list.eval(pl.element().filter(pl.element() != ""))


def _links(one: Named, column: str, link: Association) -> pl.LazyFrame:
    own, other = (one.origin.object, "_own"), (link.object, "_other")
    start, end = (other, own) if link.turned else (own, other)
    prefix = f"{one.origin.source}:links:"
    kept = one.frame.filter(pl.col(column).is_not_null() & pl.col(OUTCOME).is_null())
    pairs = kept.select(
        clean_id(pl.col("source_id"), one.schema.id_format).alias("_own"),
        _ids(column).alias("_other"),
        SOURCE,
        FILE,
        ROW,
    )
    nothing = pl.lit(None, pl.String)
    return (
        pairs.explode("_other")
        .drop_nulls("_other")
        .with_columns(clean_id(pl.col("_other"), one.schema.id_format))
        .with_columns(
            pl.concat_str(pl.lit(start[0]), start[1], pl.lit(end[0]), end[1], separator="~").alias("source_id")
        )
        .select(
            "source_id",
            pl.lit(start[0]).alias("from_object"),
            pl.col(start[1]).alias("from_ref"),
            pl.lit(end[0]).alias("to_object"),
            pl.col(end[1]).alias("to_ref"),
            pl.concat_str(pl.lit(prefix), "source_id").alias(RECORD),
            SOURCE,
            FILE,
            ROW,
            nothing.alias(OUTCOME),
            nothing.alias(INTO),
            nothing.alias(CODE),
        )
    )
