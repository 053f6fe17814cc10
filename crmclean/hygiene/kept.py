"""What the history keeps of a run for the next one: ids, codes, days and amounts."""

from collections.abc import Mapping, Sequence

import polars as pl

from crmclean.hygiene.material import Material
from crmclean.pipeline.engagement import column, day
from crmclean.records import RECORD
from crmclean.values.typed import typed

_RECORDS = ("contacts", "companies", "deals")


def kept_parts(material: Material, exceptions: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Return the parts of a point (history.PARTS). exceptions: by measure, record and field."""
    records = [table.select(record=RECORD) for name, table in material.tables.items() if name in _RECORDS]
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
    return {
        "defects": exceptions.select(pl.col("measure").cast(pl.String), "record", "field", "since"),
        "records": _sorted(records),
        "deals": known.sort("record"),
    }


def _sorted(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Sort each part, which is sorted mostly, and then all: they follow each other where there is one source."""
    every = [pl.DataFrame(schema={"record": pl.String}), *(part.sort("record") for part in parts)]
    whole = pl.concat(every, rechunk=True)
    return whole if whole["record"].is_sorted() else whole.sort("record")
