"""Adoption: who works in the CRM, how much, and how fast people are answered."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from crmclean.hygiene.material import OWNER, Material, owner
from crmclean.hygiene.values import Found, Value, no_defects
from crmclean.pipeline.engagement import column
from crmclean.plan.kpi_model import Measure
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values.typed import typed

Frames = Mapping[str, pl.DataFrame]
_WEEKS = 4  # that calls and emails are counted over
_ANSWERS = 90  # days back that response times are taken from
_WEEKEND = 6  # polars counts days of the week from 1, Monday
_INBOUND = ("email", "call", "form")


def weekly_active(measure: Measure, material: Material, _frames: Frames) -> Found:
    """Active users with an activity of their own within `active_days`."""
    users, busy = _users(material), _own(material, int(material.dictionary.thresholds["active_days"]))
    return Value.of(measure, busy.select(OWNER).unique().height, users.height), no_defects()


def daily_active(measure: Measure, material: Material, _frames: Frames) -> Found:
    """User-days with an activity / users x working days within `active_days`."""
    days = int(material.dictionary.thresholds["active_days"])
    dates = [material.as_of - timedelta(days=back) for back in range(days)]
    working = [each for each in dates if each.isoweekday() < _WEEKEND]
    busy = _own(material, days).filter(pl.col("on").is_in(working)).select(OWNER, "on").unique()
    return Value.of(measure, busy.height, _users(material).height * len(working)), no_defects()


def calls(measure: Measure, material: Material, _frames: Frames) -> Found:
    """Calls per active user and week."""
    return _per_user(measure, material, "call"), no_defects()


def emails(measure: Measure, material: Material, _frames: Frames) -> Found:
    """Emails per active user and week; bulk and inbound mail is nobody's work."""
    return _per_user(measure, material, "email"), no_defects()


def response(measure: Measure, material: Material, _frames: Frames) -> Found:
    """Median hours from something inbound to the first activity of ours with the person."""
    activities = material.tables["activities"]
    person = REF_PREFIX + "person_ref"
    moment = pl.coalesce(_moment(activities, "starts_at"), _moment(activities, "created_at"))
    told = activities.select(
        person=column(activities, person),
        at=moment,
        inbound=(column(activities, "direction") == "inbound").fill_null(value=False)
        & column(activities, "kind").is_in(_INBOUND),
        bulk=(column(activities, "is_bulk") == "true").fill_null(value=False),
    ).drop_nulls(["person", "at"])
    first, last = material.as_of - timedelta(days=_ANSWERS), material.as_of
    asked = told.filter(pl.col("inbound") & pl.col("at").dt.date().is_between(first, last)).sort("at")
    ours = told.filter(~pl.col("inbound") & ~pl.col("bulk")).select("person", answered="at").sort("answered")
    answers = asked.join_asof(
        ours, left_on="at", right_on="answered", by="person", strategy="forward", check_sortedness=False
    )
    hours = answers.drop_nulls("answered").select(hours=(pl.col("answered") - pl.col("at")).dt.total_seconds() / 3600)[
        "hours"
    ]
    if hours.is_empty():
        return Value(measure, None, reason="needs inbound activities that were answered; there are none"), no_defects()
    middle = float(hours.median() or 0.0)  # type: ignore[arg-type]
    return Value(measure, middle, float(hours.len()), float(asked.height)), no_defects()


def _moment(activities: pl.DataFrame, name: str) -> pl.Expr:
    return typed(column(activities, name), "datetime")


def _users(material: Material) -> pl.DataFrame:
    users = material.tables["users"]
    return users.filter((column(users, "is_active") != "false").fill_null(value=True))


def _own(material: Material, days: int, kind: str | None = None) -> pl.DataFrame:
    """Return owner and day of what active users did in the last days; bulk, inbound and open items are left out."""
    activities = material.tables["activities"]
    since: date = material.as_of - timedelta(days=days)
    happened = pl.coalesce(
        *(typed(column(activities, name), "datetime").dt.date() for name in ("done_at", "starts_at", "due_date"))
    )
    not_own = (
        (column(activities, "is_bulk") == "true").fill_null(value=False)
        | (column(activities, "done") == "false").fill_null(value=False)
        | (column(activities, "direction") == "inbound").fill_null(value=False)
    )
    wanted = column(activities, "kind") == kind if kind else pl.lit(value=True)
    told = activities.filter(wanted & ~not_own).select(owner(activities), on=happened)
    active = _users(material)[RECORD]
    recent = (pl.col("on") > since) & (pl.col("on") <= material.as_of)
    return told.filter(recent & pl.col(OWNER).is_in(active.implode()))


def _per_user(measure: Measure, material: Material, kind: str) -> Value:
    done = _own(material, 7 * _WEEKS, kind).height
    return Value.of(measure, done / _WEEKS, _users(material).height)
