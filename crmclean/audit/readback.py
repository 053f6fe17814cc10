"""Reads the target back into frames, through the destination's contract."""

from collections.abc import Iterator
from itertools import islice

import polars as pl

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.contract import Cells, Destination

KEY = "_key"  # record id that the target keeps; null: somebody else's record
ID = "_id"  # the target's own id
_PART = 20_000  # records that stand in Python's memory at once


def read_target(destination: Destination, schema: TargetSchema) -> dict[str, pl.DataFrame]:
    """Return every object with `_key`, `_id` and its fields as text; references are the target's ids."""
    return {name: _read(destination, object_) for name, object_ in schema.objects.items()}


def read_known(destination: Destination, object_: TargetObject, known: pl.DataFrame) -> pl.DataFrame:
    """Return the records of an object that the target keeps without a key, by the ids that the journal knows.

    known: `record` and `target_id`.
    """
    ids = known["target_id"].unique(maintain_order=True).to_list()
    found = _framed(object_, ((None, id_, cells) for _, id_, cells in destination.fetch(object_.name, ids)))
    named = known.select(pl.col("target_id").alias(ID), pl.col("record").alias(KEY))
    return found.drop(KEY).join(named, on=ID, how="left", maintain_order="left").select(found.columns)


def _read(destination: Destination, object_: TargetObject) -> pl.DataFrame:
    return _framed(object_, destination.scan(object_.name))


def _framed(object_: TargetObject, records: Iterator[tuple[str | None, str, Cells]]) -> pl.DataFrame:
    fields = [field.name for field in object_.writable() if field.name != object_.key]
    shape = dict.fromkeys((KEY, ID, *fields), pl.String)
    parts = [pl.DataFrame(schema=shape)]
    while rows := list(islice(records, _PART)):
        columns = [[key for key, _, _ in rows], [id_ for _, id_, _ in rows]]
        columns += [[cells.get(name) for _, _, cells in rows] for name in fields]
        parts.append(pl.DataFrame(dict(zip(shape, columns, strict=True)), schema=shape))
    return pl.concat(parts)
