"""What the history keeps of a run for the next one: ids, codes, days and amounts."""

from collections.abc import Callable, Mapping

import polars as pl

from crmclean.hygiene.material import Material
from crmclean.pipeline.engagement import column, day
from crmclean.records import RECORD
from crmclean.values.typed import typed

_RECORDS = ("contacts", "companies", "deals")


def kept_parts(material: Material, exceptions: pl.DataFrame) -> Mapping[str, Callable[[], pl.DataFrame]]:
    """Return what makes each part of a point (history.PARTS). exceptions: by measure, record and field."""
    return {
        "defects": lambda: exceptions.select(pl.col("measure").cast(pl.String), "record", "field", "since"),
        "records": lambda: _records(material),
        "deals": lambda: _deals(material),
    }


def _deals(material: Material) -> pl.DataFrame:
    deals = material.tables.get("deals", pl.DataFrame(schema={RECORD: pl.String}))
    known = deals.select(
        record=RECORD,
        stage=column(deals, "stage"),
        status=column(deals, "status"),
        amount=typed(column(deals, "amount"), "decimal").cast(pl.Float64),
        currency=column(deals, "currency"),
        close_date=day("close_date") if "close_date" in deals.columns else pl.lit(None, pl.Date),
        probability=typed(column(deals, "probability"), "decimal").cast(pl.Float64),
    )
    return known.sort("record")


def _records(material: Material) -> pl.DataFrame:
    """Put all records in order, object by object: they follow each other where there is one source."""
    tables = {name: table for name, table in material.tables.items() if name in _RECORDS}
    parts = [table.select(record=pl.col(RECORD).gather(material.order(name))) for name, table in tables.items()]
    whole = pl.concat([pl.DataFrame(schema={"record": pl.String}), *parts], rechunk=True)
    return whole if whole["record"].is_sorted() else whole.sort("record")
