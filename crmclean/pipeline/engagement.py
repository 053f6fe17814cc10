"""When each person last engaged, and which sources can tell at all.

Engagement is a completed call or meeting, an inbound or answered email, a click, a form, a deal that moved. Outbound
and bulk mail, open tasks, future dates and edits are none. A person's own "last activity" counts unless the source's
own activities show that on that day nothing but such non-engagement happened.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.pipeline.record_ids import object_of
from crmclean.records import INTO, OUTCOME, RECORD, REF_PREFIX, SOURCE, Outcome
from crmclean.values.typed import day_of

PEOPLE = ("contacts", "leads")
_TELLING = ("activities", "deals", "links")
_OWN = ("last_engaged", "email_last_clicked", "email_last_replied", "form_last_submitted")
# All columns that say when somebody engaged, which source can tell, and whose a record is.
_LOOKED_AT = (
    RECORD, SOURCE, OUTCOME, INTO, *_OWN, "last_activity", "kind", "done", "direction", "done_at", "starts_at",
    "due_date", "status", "close_date", "stage_entered_at",
    *(REF_PREFIX + name for name in ("person_ref", "contact_ref", "from_ref", "to_ref")),
)  # fmt: skip
_EVENT = {"person": pl.String, "on": pl.Date}


def day(name: str) -> pl.Expr:
    """Return a date or datetime column as a Date."""
    return day_of(pl.col(name))


def column(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return the column, or null texts where the table has none."""
    return pl.col(name) if name in frame.columns else pl.lit(None, pl.String).alias(name)


def survivor() -> pl.Expr:
    """Return the record that a row's facts belong to: itself, or the survivor that it was merged into."""
    merged = pl.col(OUTCOME) == Outcome.MERGED.value
    return pl.when(merged).then(pl.col(INTO)).otherwise(pl.col(RECORD))


def looked_at(tables: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.DataFrame]:
    """Return of tables what `last_engaged` goes by."""
    return {name: _looked_at(table) for name, table in tables.items() if name in (*PEOPLE, *_TELLING)}


def _looked_at(table: pl.LazyFrame) -> pl.DataFrame:
    names = table.collect_schema().names()
    missing = [pl.lit(None, pl.String).alias(name) for name in (SOURCE, OUTCOME, INTO) if name not in names]
    return table.select(*(name for name in _LOOKED_AT if name in names), *missing).collect(engine="in-memory")


def last_engaged(tables: Mapping[str, pl.DataFrame], as_of: date | None) -> pl.DataFrame:
    """Return person and the day of the last engagement up to `as_of`, over all members of a cluster; none without."""
    if as_of is None:
        return _none()
    events = pl.concat([_own_dates(tables), _activities(tables), _last_activities(tables), _deals(tables)])
    return events.filter(pl.col("on") <= as_of).group_by("person").agg(pl.col("on").max())


def telling_sources(tables: Mapping[str, pl.DataFrame]) -> frozenset[str]:
    """Return the sources that hold any engagement data: a filled engagement column, or any activity."""
    telling = set(tables["activities"][SOURCE].to_list()) if "activities" in tables else set()
    for name in PEOPLE:
        if name in tables:
            table = tables[name]
            filled = pl.any_horizontal(column(table, field).is_not_null() for field in (*_OWN, "last_activity"))
            telling |= set(table.filter(filled)[SOURCE].unique().to_list())
    return frozenset(telling)


def _events(frame: pl.DataFrame, person: pl.Expr, on: pl.Expr) -> pl.DataFrame:
    events = frame.select(person=person, on=on).filter(pl.col("person").is_not_null() & pl.col("on").is_not_null())
    return events.cast(_EVENT)  # type: ignore[arg-type]


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=_EVENT)


def _own_dates(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    people = [tables[name] for name in PEOPLE if name in tables]
    parts = [_events(table, survivor(), day(field)) for table in people for field in _OWN if field in table.columns]
    return pl.concat([_none(), *parts])


def _happened(activities: pl.DataFrame) -> pl.Expr:
    days = [day(name) for name in ("done_at", "starts_at", "due_date") if name in activities.columns]
    return pl.coalesce(days) if days else pl.lit(None, pl.Date)


def _engaging(activities: pl.DataFrame) -> pl.Expr:
    kind, done = column(activities, "kind"), column(activities, "done") == "true"
    inbound = column(activities, "direction") == "inbound"
    return (kind.is_in(["call", "meeting"]) & done) | ((kind == "email") & inbound) | kind.is_in(["form", "click"])


def _person(activities: pl.DataFrame) -> pl.Expr:
    return column(activities, REF_PREFIX + "person_ref")


def _activities(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    activities = tables.get("activities")
    if activities is None:
        return _none()
    rows = activities.filter(_engaging(activities).fill_null(value=False))
    return _events(rows, _person(activities), _happened(activities))


def _last_activities(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    people = [tables[name] for name in PEOPLE if name in tables and "last_activity" in tables[name].columns]
    dates = pl.concat([_none(), *(_events(table, survivor(), day("last_activity")) for table in people)])
    activities = tables.get("activities")
    if activities is None:
        return dates
    idle = activities.filter(~_engaging(activities).fill_null(value=False))
    return dates.join(_events(idle, _person(activities), _happened(activities)), on=["person", "on"], how="anti")


def _deals(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    deals = tables.get("deals")
    if deals is None:
        return _none()
    closed = (
        pl.when(column(deals, "status").is_in(["won", "lost"])).then(day("close_date"))
        if ("close_date" in deals.columns)
        else pl.lit(None, pl.Date)
    )
    entered = day("stage_entered_at") if "stage_entered_at" in deals.columns else pl.lit(None, pl.Date)
    moved = deals.select(deal=pl.col(RECORD), on=pl.max_horizontal(closed, entered))
    return people_of_deals(tables).join(moved, on="deal").select("person", "on").drop_nulls().cast(_EVENT)  # type: ignore[arg-type]


def people_of_deals(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the pairs of deal and person: the primary contact, and every role on the deal."""
    deals, links = tables.get("deals"), tables.get("links")
    pairs = [pl.DataFrame(schema={"deal": pl.String, "person": pl.String})]
    if deals is not None:
        pairs.append(deals.select(deal=pl.col(RECORD), person=column(deals, REF_PREFIX + "contact_ref")))
    if links is not None:
        ends = links.select(deal=pl.col(REF_PREFIX + "from_ref"), person=pl.col(REF_PREFIX + "to_ref"))
        pairs.append(ends.filter(object_of("deal") == "deals", object_of("person").is_in(PEOPLE)))
    return pl.concat(pairs).drop_nulls().unique().sort("deal", "person")
