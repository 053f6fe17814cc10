"""Stages of deals over time, from what the exports themselves keep: `Date entered ...` columns and stage history."""

import re
from collections.abc import Iterator, Mapping

import polars as pl

from crmclean.crm.sources import header_key
from crmclean.hygiene.material import MOVES
from crmclean.pipeline.engagement import day
from crmclean.records import RECORD, SOURCE

STAGE_HISTORY = "stage_history"  # an extra object: one row for each stage that a deal was in
_ENTERED = re.compile(r"^date entered\s+[\"“”'(]*(.+?)(?:\s+\([^()]*\))?[\"“”')]*$", re.IGNORECASE)
_DEAL, _STAGE, _WHEN = ("opportunityid", "dealid"), ("stagename", "stage", "newvalue"), ("createddate", "timestamp")


def stage_moves(tables: Mapping[str, pl.LazyFrame], headers: Mapping[str, str]) -> pl.DataFrame:
    """Return MOVES from the loaded tables. headers: loaded column -> header as the export writes it."""
    found = [pl.DataFrame(schema=MOVES)]
    if "deals" in tables:
        found += _entered(tables["deals"], headers)
    if STAGE_HISTORY in tables and "deals" in tables:
        found += _history(tables[STAGE_HISTORY], tables["deals"], headers)
    return pl.concat(found).unique().sort("record", "on", "stage")


def current(deals: pl.DataFrame, on: object) -> pl.DataFrame:
    """Return the stage that every deal is in now: since it was entered, else on the day of the export."""
    if "stage" not in deals.columns:
        return pl.DataFrame(schema=MOVES)
    entered = day("stage_entered_at") if "stage_entered_at" in deals.columns else pl.lit(None, pl.Date)
    told = deals.select(record=RECORD, stage="stage", on=pl.coalesce(entered, pl.lit(on, pl.Date)))
    return told.drop_nulls()


def tells_entry(header: str) -> bool:
    """Return whether a column says when deals entered a stage."""
    return _stage_of(header) is not None


def _stage_of(header: str) -> str | None:
    known = _ENTERED.match(header.strip())
    return known[1].strip() if known and "current" not in known[1].lower() else None


def _entered(deals: pl.LazyFrame, headers: Mapping[str, str]) -> Iterator[pl.DataFrame]:
    for name in deals.collect_schema().names():
        stage = _stage_of(headers.get(name, ""))
        if stage is not None:
            moves = deals.select(record=RECORD, stage=pl.lit(stage), on=_day(pl.col(name)))
            yield moves.drop_nulls().collect()


def _day(cell: pl.Expr) -> pl.Expr:
    """Read a day as ISO, with or without a time behind it, or as month/day/year."""
    iso = cell.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(iso, cell.str.extract(r"^(\d{1,2}/\d{1,2}/\d{4})").str.to_date("%m/%d/%Y", strict=False))


def _history(rows: pl.LazyFrame, deals: pl.LazyFrame, headers: Mapping[str, str]) -> Iterator[pl.DataFrame]:
    names = rows.collect_schema().names()
    keys = {header_key(headers.get(name, name)): name for name in names}
    places = [next((keys[key] for key in options if key in keys), None) for options in (_DEAL, _STAGE, _WHEN)]
    if None in places:
        return
    deal, stage, when = (pl.col(str(place)) for place in places)
    wanted = pl.col(keys["field"]).is_in(["StageName", "Stage"]) if "field" in keys else pl.lit(value=True)
    ids = deals.select(pl.col(RECORD).alias("record"), SOURCE, pl.col("source_id").str.head(15).alias("_deal"))
    told = rows.filter(wanted).select(SOURCE, _deal=deal.str.head(15), stage=stage, on=_day(when))
    yield told.join(ids, on=[SOURCE, "_deal"]).select("record", "stage", "on").drop_nulls().collect()
