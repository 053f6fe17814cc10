"""Required fields that are empty at the target, by object, owner and source: who has to fill them."""

from collections.abc import Iterator, Mapping

import polars as pl

from crmclean.audit.readback import ID, KEY
from crmclean.crm.target_model import TargetObject, TargetSchema

MISSING = {
    "object": pl.String, "field": pl.String, "owner": pl.String, "source": pl.String, "missing": pl.Int64,
    "records": pl.Int64,
}  # fmt: skip
NOBODY, NOT_OURS, NOT_TOLD = "no owner", "not ours", "owner is not in this export"
_OWNER = "owner_ref"


def missing_required(schema: TargetSchema, found: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return MISSING: records that lack a required field, of all with that owner and source; only where some do.

    owner: the record of the user where we know it, else the id at the target. source: that the record came from.
    """
    parts = [part for object_ in schema.objects.values() for part in _missing(object_, found)]
    return pl.concat([pl.DataFrame(schema=MISSING), *parts]).sort("object", "field", "owner", "source")


def _missing(object_: TargetObject, found: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    records = found[object_.name]
    required = [each.name for each in object_.writable() if each.required and each.name in records.columns]
    empty = {name: pl.col(name).is_null() for name in required}
    if object_.one_of and set(object_.one_of) <= set(records.columns):
        empty[f"one of {', '.join(object_.one_of)}"] = pl.all_horizontal(pl.col(object_.one_of).is_null())
    told = _owned(object_, records, found)
    for name, lacks in empty.items():
        sums = told.group_by("_owner", "_source").agg(missing=lacks.sum(), records=pl.len())
        some = sums.filter(pl.col("missing") > 0).with_columns(pl.col("missing", "records").cast(pl.Int64))
        place = {"object": pl.lit(object_.name), "field": pl.lit(name)}
        yield some.select(**place, owner="_owner", source="_source", missing="missing", records="records")


def _owned(object_: TargetObject, records: pl.DataFrame, found: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    source = pl.col(KEY).str.splitn(":", 2).struct.field("field_0").fill_null(NOT_OURS).alias("_source")
    owner = next((each for each in object_.references() if _OWNER in each.from_), None)
    if owner is None:
        return records.with_columns(source, _owner=pl.lit(NOBODY))
    if owner.name not in records.columns:
        return records.with_columns(source, _owner=pl.lit(NOT_TOLD))
    users = pl.concat([found[name].select(pl.col(ID), _user=pl.col(KEY)) for name in owner.ref if name in found])
    whole = records.join(users.unique(ID), left_on=owner.name, right_on=ID, how="left")
    return whole.with_columns(source, _owner=pl.coalesce("_user", owner.name, pl.lit(NOBODY)))
