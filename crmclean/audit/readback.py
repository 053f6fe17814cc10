"""Reads the target back into frames, through the destination's contract."""

from itertools import islice

import polars as pl

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.contract import Destination

KEY = "_key"  # record id that the target keeps; null: somebody else's record
ID = "_id"  # the target's own id
_PART = 20_000  # records that stand in Python's memory at once


def read_target(destination: Destination, schema: TargetSchema) -> dict[str, pl.DataFrame]:
    """Return every object with `_key`, `_id` and its fields as text; references are the target's ids."""
    return {name: _read(destination, object_) for name, object_ in schema.objects.items()}


def _read(destination: Destination, object_: TargetObject) -> pl.DataFrame:
    fields = [field.name for field in object_.writable() if field.name != object_.key]
    shape = dict.fromkeys((KEY, ID, *fields), pl.String)
    parts = [pl.DataFrame(schema=shape)]
    records = destination.scan(object_.name)
    while rows := list(islice(records, _PART)):
        columns = [[key for key, _, _ in rows], [id_ for _, id_, _ in rows]]
        columns += [[cells.get(name) for _, _, cells in rows] for name in fields]
        parts.append(pl.DataFrame(dict(zip(shape, columns, strict=True)), schema=shape))
    return pl.concat(parts)
