"""What normalize leaves to a person: values that nothing reads, most frequent first, and likely typos of addresses."""

from collections.abc import Mapping

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.records import RECORD
from crmclean.values.codes import KEPT
from crmclean.values.email_kinds import suggest

# Kinds with a closed list of values: the same few are misread many times, so that a line in the plan mends them all.
_CLOSED = ("industry", "lifecycle", "country", "state", "currency", "boolean", "consent", "date", "datetime", "money")
_MOST = 10_000  # values; the thirty most frequent ones cover nearly all records
_TYPO = "emails.typo-domain"


def unread(findings: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return object, field, value, code, records: the values that were kept as they were; most frequent first."""
    kept = findings.filter(pl.col("code").is_in(KEPT))
    closed = {name: canonical()[name].of_kind(*_CLOSED) for name in tables if name in canonical()}
    found = [
        _values(kept, tables, object_, field).group_by("object", "field", "value", "code").agg(records=pl.len())
        for object_, field in _fields(kept)
        if field in closed.get(object_, ())
    ]
    names = ("object", "field", "value", "code")
    empty = pl.DataFrame(schema={**dict.fromkeys(names, pl.String), "records": pl.get_index_type()})
    return pl.concat([empty, *found]).sort("records", *names, descending=[True, *(False for _ in names)]).head(_MOST)


def suggested(findings: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return object, field, record, value, suggestion: addresses whose domain may be a typo; nothing was rewritten."""
    typos = findings.filter(pl.col("code") == _TYPO)
    found = [_values(typos, tables, object_, field) for object_, field in _fields(typos)]
    names = ("object", "field", "record", "value")
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    addresses = pl.concat([empty, *(part.select(names) for part in found)])
    return addresses.with_columns(suggestion=suggest(pl.col("value"))).sort(names)


def _fields(findings: pl.DataFrame) -> list[tuple[str, str]]:
    return findings.select("object", "field").unique().sort("object", "field").rows()


def _values(findings: pl.DataFrame, tables: Mapping[str, pl.DataFrame], object_: str, field: str) -> pl.DataFrame:
    """Return the findings of one field with the value that stands there."""
    mine = findings.filter((pl.col("object") == object_) & (pl.col("field") == field))
    cells = tables[object_].select(pl.col(RECORD).alias("record"), pl.col(field).alias("value"))
    return mine.join(cells, on="record", how="inner").drop_nulls("value")
