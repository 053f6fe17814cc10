"""Adoption: who works in the CRM, how much, and how fast people are answered."""

from datetime import date, timedelta

import polars as pl

from crmclean.hygiene.material import OWNER, WEEKS, Material
from crmclean.hygiene.values import Frames, Value
from crmclean.pipeline.engagement import column
from crmclean.plan.kpi_model import Measure
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values.typed import typed

_ANSWERS = 90  # days back that response times are taken from
_WEEKEND = 6  # polars counts days of the week from 1, Monday
_INBOUND = ("email", "call", "form")
_TOLD = ("starts_at", "created_at", "direction", "kind", "is_bulk", REF_PREFIX + "person_ref")


def weekly_active(measure: Measure, material: Material, _frames: Frames) -> Value:
    """Active users with an activity of their own within `active_days`."""
    users, busy = _users(material), _own(material, int(material.dictionary.thresholds["active_days"]))
    return Value.of(measure, busy.select(OWNER).unique().height, users.height)


def daily_active(measure: Measure, material: Material, _frames: Frames) -> Value:
    """User-days with an activity / users x working days within `active_days`."""
    days = int(material.dictionary.thresholds["active_days"])
    dates = [material.as_of - timedelta(days=back) for back in range(days)]
    working = [each for each in dates if each.isoweekday() < _WEEKEND]
    busy = _own(material, days).filter(pl.col("on").is_in(working)).select(OWNER, "on").unique()
    return Value.of(measure, busy.height, _users(material).height * len(working))


def calls(measure: Measure, material: Material, _frames: Frames) -> Value:
    """Calls per active user and week."""
    return _per_user(measure, material, "call")


def emails(measure: Measure, material: Material, _frames: Frames) -> Value:
    """Emails per active user and week; bulk and inbound mail is nobody's work."""
    return _per_user(measure, material, "email")


def response(measure: Measure, material: Material, _frames: Frames) -> Value:
    """Median hours from something inbound to the first activity of ours with the person."""
    first, last = material.as_of - timedelta(days=_ANSWERS), material.as_of
    told = _moments(material.tables["activities"], first)
    asked = told.filter(pl.col("inbound") & pl.col("at").dt.date().is_between(first, last)).sort("at")
    ours = told.filter(~pl.col("inbound") & ~pl.col("bulk")).join(asked, on="person", how="semi")
    ours = ours.select("person", answered="at").sort("answered")
    answers = asked.join_asof(
        ours, left_on="at", right_on="answered", by="person", strategy="forward", check_sortedness=False
    )
    hours = answers.drop_nulls("answered").select(hours=(pl.col("answered") - pl.col("at")).dt.total_seconds() / 3600)[
        "hours"
    ]
    if hours.is_empty():
        return Value(measure, None, reason="needs inbound activities that were answered; there are none")
    middle = float(hours.median() or 0.0)  # type: ignore[arg-type]
    return Value(measure, middle, float(hours.len()), float(asked.height))


def _moments(activities: pl.DataFrame, first: date) -> pl.DataFrame:
    """Return person, moment and kind of activities since a day, and of some before it: most are left out unread."""
    cells = [column(activities, name) for name in ("starts_at", "created_at")]
    lately = pl.any_horizontal((cell >= first.isoformat()).fill_null(value=False) for cell in cells)
    told = activities.select(each for each in activities if each.name in _TOLD).filter(lately)
    told = told.select(
        person=column(told, REF_PREFIX + "person_ref"),
        at=pl.coalesce(*(typed(cell, "datetime") for cell in cells)),
        inbound=(column(told, "direction") == "inbound").fill_null(value=False) & column(told, "kind").is_in(_INBOUND),
        bulk=(column(told, "is_bulk") == "true").fill_null(value=False),
    )
    return told.drop_nulls(["person", "at"])


def _users(material: Material) -> pl.DataFrame:
    users = material.tables["users"]
    return users.filter((column(users, "is_active") != "false").fill_null(value=True))


def _own(material: Material, days: int, kind: str | None = None) -> pl.DataFrame:
    """Return owner and day of what active users did in the last days."""
    since: date = material.as_of - timedelta(days=days)
    recent = (pl.col("on") > since) & (pl.col("on") <= material.as_of)
    active = pl.col(OWNER).is_in(_users(material)[RECORD].implode())
    wanted = pl.col("kind") == kind if kind else pl.lit(value=True)
    return material.work.filter(recent & wanted & active)


def _per_user(measure: Measure, material: Material, kind: str) -> Value:
    done = _own(material, 7 * WEEKS, kind).height
    return Value.of(measure, done / WEEKS, _users(material).height)
