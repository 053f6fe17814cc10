"""What only time tells: how deals went on from stage to stage, and how good earlier forecasts were."""

import polars as pl

from crmclean.hygiene.material import MONEY, Material
from crmclean.hygiene.stages import moves_in_order
from crmclean.hygiene.values import Frames, Part, Value
from crmclean.plan.kpi_model import Measure
from crmclean.records import RECORD
from crmclean.values.typed import typed


def conversion(measure: Measure, material: Material, frames: Frames) -> Value:
    """Deals that went on or were won / deals that have left the stage, stage by stage.

    A deal has left a stage when it was seen in a later one afterwards, or is closed.
    """
    moves = moves_in_order(material)
    deals = frames["deals"].select(pl.col(RECORD).alias("record"), "status") if "deals" in frames else None
    if deals is None or moves.is_empty():
        return Value(measure, None, reason="needs deals and their stages over time")
    ahead = pl.col("place").reverse().cum_max().reverse().over("record")
    seen = moves.with_columns(went=pl.col("place") < ahead)
    stays = seen.group_by("record", "place").agg(pl.col("stage").first(), pl.col("went").any())
    told = stays.join(deals, on="record").with_columns(went=pl.col("went") | (pl.col("status") == "won"))
    left = told.filter(pl.col("went") | (pl.col("status") == "lost"))
    by_stage = left.group_by("place").agg(
        pl.col("stage").sort().first(), above=pl.col("went").sum().cast(pl.Float64), below=pl.len().cast(pl.Float64)
    )
    parts = tuple(
        Part("stage", stage, above / below, above, below)
        for _, stage, above, below in by_stage.sort("place").iter_rows()
    )
    return Value.of(measure, float(left["went"].sum()), float(left.height), parts)


def forecast(measure: Measure, material: Material, frames: Frames) -> Value:
    """1 - |forecast - won| / won of the deals that the oldest useful earlier run expected to close by now."""
    earlier, as_of = material.earlier, material.as_of
    due = (pl.col("close_date") > pl.col("on")) & (pl.col("close_date") <= as_of) & (pl.col("status") == "open")
    expected = earlier.filter(due & pl.col("amount").is_not_null())
    if expected.is_empty():
        return Value(measure, None, reason="needs an earlier run that expected deals to close since")
    start = expected["on"].max()
    expected = expected.filter(pl.col("on") == start)
    chance = pl.col("probability").fill_null(100.0) / 100
    forecast_ = float(expected.select((pl.col("amount") * chance).sum()).item())
    deals = frames["deals"]
    closed = typed(pl.col("close_date"), "date") if "close_date" in deals.columns else pl.lit(None, pl.Date)
    won = deals.filter((pl.col("status") == "won") & (closed > start) & (closed <= as_of))
    real = float(won[MONEY].sum())
    if not real:
        return Value(measure, None, reason="needs deals that were won since the earlier run; there are none")
    return Value(measure, max(0.0, 1 - abs(forecast_ - real) / real), forecast_, real)
