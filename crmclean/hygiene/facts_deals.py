"""Deals with their ages, stages and people."""

import polars as pl

from crmclean.hygiene.happened import last_activities
from crmclean.hygiene.material import MONEY, Material, days, owner
from crmclean.hygiene.owners import gone
from crmclean.hygiene.stages import placed, reversals
from crmclean.pipeline.engagement import column, day, people_of_deals
from crmclean.records import RECORD
from crmclean.values.typed import typed


def deal_facts(material: Material) -> pl.DataFrame:
    """Return the deals with FACTS["deals"], owner and their own money."""
    frame, as_of = material.whole("deals"), material.as_of
    seen = last_activities(material, "parent_ref").rename({"on": "_seen"})
    moved = (
        material.moves.group_by("record")
        .agg(_moved=_since(), _stays=pl.col("stage").n_unique())
        .rename({"record": RECORD})
    )
    frame = frame.join(seen, on=RECORD, how="left", maintain_order="left")
    frame = placed(frame.join(moved, on=RECORD, how="left", maintain_order="left"), material)
    people = people_of_deals(material.tables)["deal"].unique()
    back = reversals(material)
    created = days(frame, as_of, "created_at")
    moved_on = pl.when(pl.col("_stays") > 1).then("_moved")  # a first sight of a stage is no move
    entered = day("stage_entered_at")
    since = pl.coalesce(entered, "_moved")
    active = pl.max_horizontal(days(frame, as_of, "last_activity"), "_seen")
    frame = frame.with_columns(
        owner(frame),
        typed(column(frame, "amount"), "decimal").cast(pl.Float64).alias(MONEY),
        pl.coalesce(active, created).alias("touched"),
        pl.max_horizontal(
            active, created, days(frame, as_of, "updated_at"), _past(pl.coalesce(entered, moved_on), as_of)
        ).alias("updated"),
        (column(frame, "contact_ref").is_not_null() | pl.col(RECORD).is_in(people.implode())).alias("has_contact"),
        (since + pl.duration(days=pl.col("_days").cast(pl.Int64))).alias("stage_left_by"),
        pl.col(RECORD).is_in(material.moves["record"].unique().implode()).alias("in_history"),
        pl.col(RECORD).is_in(back.implode()).alias("reversed"),
    )
    return frame.with_columns(gone(material).alias("owner_gone")).drop("_seen", "_moved", "_stays", "_days", "_place")


def _since() -> pl.Expr:
    """The first day of the last unbroken stay in one stage."""
    ordered = pl.col("stage").sort_by("on"), pl.col("on").sort_by("on")
    runs = ordered[0].rle_id()
    return ordered[1].filter(runs == runs.max()).min()


def _past(value: pl.Expr, as_of: object) -> pl.Expr:
    return pl.when(value <= pl.lit(as_of, pl.Date)).then(value)
