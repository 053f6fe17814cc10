"""Deals with their ages, stages and people."""

from collections.abc import Callable, Mapping, Set

import polars as pl

from crmclean.hygiene.happened import last_activities
from crmclean.hygiene.material import MONEY, Material, days
from crmclean.hygiene.owners import gone
from crmclean.hygiene.stages import reversals, stages_of
from crmclean.pipeline.engagement import column, day, people_of_deals
from crmclean.records import RECORD
from crmclean.values.typed import typed

COMPANY = "_company"  # the row of the deal's company in its table
_STAGED = frozenset({"stage_left_by", "in_stages", "stage_lacks"})
_MOVED = frozenset({"updated", "stage_left_by"})
_TOUCHED = frozenset({"touched", "updated"})
_BESIDE = ("_seen", "_moved", "_stays", "_days")


def deal_facts(material: Material, used: Set[str]) -> pl.DataFrame:
    """Return the deals with owner, their own money, the company's row, and FACTS["deals"] of those that are used."""
    frame = material.whole("deals").with_columns(material.owned["deals"])
    money = typed(column(frame, "amount"), "decimal").cast(pl.Float64).alias(MONEY)
    beside = [material.parents("deals", "company_ref", "companies").alias(COMPANY)]
    if used & _TOUCHED:
        beside.append(last_activities(material, "parent_ref", "deals").alias("_seen"))
    if used & _MOVED:
        beside += _moved(frame, material)
    if used & _STAGED:
        beside += stages_of(frame, material).get_columns()
    known = frame.with_columns(*beside)
    facts = {name: tell(known, material) for name, tell in _FACTS.items() if name in used}
    return known.with_columns(money, **facts).drop(_BESIDE, strict=False)


def _moved(frame: pl.DataFrame, material: Material) -> list[pl.Series]:
    """Return per deal the day of its last move (_moved), and in how many stages it was seen (_stays)."""
    moves = material.moves.group_by(pl.col("record").alias(RECORD)).agg(
        _moved=_since(), _stays=pl.col("stage").n_unique()
    )
    return frame.select(RECORD).join(moves, on=RECORD, how="left", maintain_order="left").drop(RECORD).get_columns()


def _since() -> pl.Expr:
    """The first day of the last unbroken stay in one stage."""
    ordered = pl.col("stage").sort_by("on"), pl.col("on").sort_by("on")
    runs = ordered[0].rle_id()
    return ordered[1].filter(runs == runs.max()).min()


def _active(frame: pl.DataFrame, material: Material) -> pl.Expr:
    return pl.max_horizontal(days(frame, material.as_of, "last_activity"), "_seen")


def _touched(frame: pl.DataFrame, material: Material) -> pl.Expr:
    return pl.coalesce(_active(frame, material), days(frame, material.as_of, "created_at"))


def _updated(frame: pl.DataFrame, material: Material) -> pl.Expr:
    moved_on = pl.when(pl.col("_stays") > 1).then("_moved")  # a first sight of a stage is no move
    entered = pl.coalesce(day("stage_entered_at"), moved_on)
    past = pl.when(entered <= pl.lit(material.as_of, pl.Date)).then(entered)
    edited = (days(frame, material.as_of, name) for name in ("created_at", "updated_at"))
    return pl.max_horizontal(_active(frame, material), *edited, past)


def _has_contact(frame: pl.DataFrame, material: Material) -> pl.Expr:
    people = people_of_deals(material.tables)["deal"].unique()
    return column(frame, "contact_ref").is_not_null() | pl.col(RECORD).is_in(people.implode())


def _left_by(_frame: pl.DataFrame, _material: Material) -> pl.Expr:
    since = pl.coalesce(day("stage_entered_at"), "_moved")
    return since + pl.duration(days=pl.col("_days").cast(pl.Int64))


def _in_history(_frame: pl.DataFrame, material: Material) -> pl.Expr:
    return pl.col(RECORD).is_in(material.moves["record"].unique().implode())


def _reversed(_frame: pl.DataFrame, material: Material) -> pl.Expr:
    return pl.col(RECORD).is_in(reversals(material).implode())


_FACTS: Mapping[str, Callable[[pl.DataFrame, Material], pl.Expr]] = {
    "touched": _touched,
    "updated": _updated,
    "has_contact": _has_contact,
    "stage_left_by": _left_by,
    "in_history": _in_history,
    "reversed": _reversed,
    "owner_gone": gone,
}
