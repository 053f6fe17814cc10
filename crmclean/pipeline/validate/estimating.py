"""What an import through the target's API will take: calls, time, and days where the daily allowance is short."""

from math import ceil

import polars as pl

from crmclean.crm.targets import Limits, TargetSchema
from crmclean.files.tables import schema_of
from crmclean.pipeline.validate.predicting import REJECTED

ESTIMATE = {
    "target_object": "text",
    "records": "integer",
    "calls": "integer",
    "seconds": "integer",
    "of_a_day": "text",
    "note": "text",
}
ALL = "all"


def estimate(schema: TargetSchema, predictions: pl.DataFrame) -> pl.DataFrame:
    """Return one row per target object and one for all (shape ESTIMATE); empty where the target states no limits.

    of_a_day: share of the daily allowance, as a decimal text; more than 1 is more than a day.
    """
    sent = predictions.filter(pl.col("prediction") != REJECTED)
    counts = dict(sent.group_by("target_object").len().iter_rows())
    limits, rows = schema.limits, []
    if limits is not None:
        objects = [name for name, each in schema.objects.items() if counts.get(name) and not each.existing]
        rows = [_row(name, counts[name], ceil(counts[name] / limits.rows_per_call), limits) for name in objects]
        rows.append(_row(ALL, sum(int(row[1]) for row in rows), sum(int(row[2]) for row in rows), limits))
    return pl.DataFrame(rows, schema=schema_of(ESTIMATE), orient="row")


def _row(name: str, records: int, calls: int, limits: Limits) -> tuple[str, int, int, int, str | None, str]:
    seconds = ceil(calls * max(limits.seconds / limits.calls if limits.calls else 0, limits.call_seconds))
    share = f"{calls * limits.cost / limits.daily:.2f}" if limits.daily else None
    return name, records, calls, seconds, share, limits.note
