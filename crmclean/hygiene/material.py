"""What a scorecard is worked out from, and the columns that every part of it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Protocol, TypeVar

import polars as pl

from crmclean.files.at_once import at_once
from crmclean.matching.model import REOPENED
from crmclean.pipeline.engagement import column, day
from crmclean.plan.kpi_model import Dictionary
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values.distinct import encoded
from crmclean.values.places import places_among
from crmclean.values.results import placed
from crmclean.values.typed import typed

OWNER = "_owner"  # record id of the owner, else what the export calls it; null: nobody
MONEY = "_money"  # amount of the deal, or of the open deals of a contact or company
MOVES = {"record": pl.String, "stage": pl.String, "on": pl.Date}  # a deal was in a stage on that day
_NOT_OWN = {"is_bulk": "true", "done": "false", "direction": "inbound"}
_WORKED = ("kind", *_NOT_OWN)
WEEKS = 4  # that calls and emails are counted over
_ACTIVITY_DAYS = ("done_at", "starts_at", "due_date")
KEPT_CELLS = {"row": pl.UInt32, "field": pl.String}
LINKED = {"start": pl.UInt32, "end": pl.UInt32}
GROUPS = {"row": pl.UInt32, "group": pl.UInt32}  # rows of a table that are the same, and a number of the group


READ: Mapping[str, tuple[str, ...]] = {  # fields that facts and figures read, by object
    "contacts": (
        "source_id", "first_name", "last_name", "full_name", "email", "email_bounced", "phone", "mobile", "company_ref",
        "company_name", "country", "region", "lifecycle", "email_opt_out", "opted_in_at", "opted_out_at",
        "marketing_status", "last_activity", "last_engaged", "last_contacted", "email_last_opened",
        "email_last_clicked", "email_last_replied", "form_last_submitted", "owner_ref", "created_at", "updated_at",
    ),
    "companies": (
        "source_id", "name", "domain", "website", "industry", "country", "type", "contact_count", "owner_ref",
        "created_at", "updated_at",
    ),
    "deals": (
        "source_id", "name", "amount", "currency", "pipeline", "stage", "status", "is_closed", "is_won", "probability",
        "close_date", "stage_entered_at", "company_ref", "contact_ref", "owner_ref", "lead_source", "last_activity",
        "created_at", "updated_at", "type",
    ),
    "leads": (
        "source_id", "first_name", "last_name", "full_name", "is_converted", "converted_at", "owner_ref", "country",
        "industry", "lead_source", "created_at", "updated_at",
    ),
    "activities": (
        "kind", "starts_at", "due_date", "done", "done_at", "direction", "is_bulk", "person_ref",
        "parent_ref", "owner_ref", "created_at",
    ),
}  # fmt: skip


REPORTED: Mapping[str, tuple[str, ...]] = {  # fields of which it matters whether the cell has a valid form
    "contacts": ("email", "phone", "mobile"),
    "companies": ("industry",),
}


R = TypeVar("R")
Groups = Mapping[str, pl.DataFrame]  # object -> GROUPS of records that are certainly or possibly the same


class Match(Protocol):
    """Finds the groups; nothing else takes as long."""

    def __call__(self, beside: Callable[[], R]) -> tuple[Groups, R]:
        """Return the groups, and what other work comes to, which is done while matching leaves a core idle."""


def _without(beside: Callable[[], R]) -> tuple[Groups, R]:
    return {}, beside()


@dataclass(frozen=True)
class Material:
    """One export in canonical text.

    tables: object -> records that are not deleted at the source. kept: object -> KEPT_CELLS, those that `normalize`
    could not bring into their form. match: finds the records that are the same. moves: what is known of the stages of
    deals over time. earlier: deals of earlier runs (on, record, amount, currency, close_date, probability, status), for
    the forecast. reopened: pairs that people have to decide again. dated: whether as_of is known; otherwise no age can
    be told.
    """

    tables: Mapping[str, pl.DataFrame]
    dictionary: Dictionary
    as_of: date
    kept: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    match: Match = _without
    moves: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MOVES))
    earlier: pl.DataFrame = field(default_factory=pl.DataFrame)
    dated: bool = True
    reopened: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REOPENED))
    _rows: dict[tuple[str, str, str], pl.Series] = field(default_factory=dict, init=False, repr=False, compare=False)
    _links: dict[tuple[str, str], pl.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)
    _orders: dict[str, pl.Series] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def owners(self) -> Mapping[str, tuple[pl.Series, pl.Series]]:
        """Object -> its different owners, and for each record the place of its own among them."""
        told = at_once(lambda table: encoded(_owners(table)), self.tables.values())
        return dict(zip(self.tables, told, strict=True))

    @cached_property
    def owner_type(self) -> pl.Enum:
        """All owners and users, in the order of their texts."""
        users = [self.tables["users"][RECORD].alias(OWNER)] if "users" in self.tables else []
        told = [owners for owners, _ in self.owners.values()]
        return pl.Enum(pl.concat([pl.Series(OWNER, [], pl.String), *users, *told]).unique().sort())

    @cached_property
    def owned(self) -> Mapping[str, pl.Series]:
        """Object -> owner of each record."""
        return {name: owners.cast(self.owner_type).gather(places) for name, (owners, places) in self.owners.items()}

    def parents(self, object_: str, field_: str, parent: str) -> pl.Series:
        """Return in which row of the table `parent` the record stands that a reference points to; null: in none."""
        key = (object_, field_, parent)
        if key not in self._rows:
            self._rows[key] = _rows_of(self.tables[object_], field_, self.tables.get(parent))
        return self._rows[key]

    def linked(self, start: str, end: str) -> pl.DataFrame:
        """Return LINKED: where the records stand that each link joins, from one object to another; null: nowhere."""
        key = (start, end)
        if key not in self._links:
            self._links[key] = _ends(self.tables, start, end)
        return self._links[key]

    def order(self, object_: str) -> pl.Series:
        """Return the rows of a table in the order of their records' ids."""
        if object_ not in self._orders:
            self._orders[object_] = _in_order(self.tables[object_][RECORD])
        return self._orders[object_]

    @cached_property
    def activity_days(self) -> pl.DataFrame:
        """The days of each activity: done, begun, due; the columns that the export has."""
        activities = self.tables["activities"]
        return activities.select(day(name) for name in _ACTIVITY_DAYS if name in activities.columns)

    @cached_property
    def happened(self) -> pl.Series:
        """The day on which each activity happened, up to as_of; null for bulk mail, open tasks and what is to come."""
        activities = self.tables["activities"]
        open_task = (column(activities, "kind") == "task") & (column(activities, "done") == "false")
        idle = (open_task | (column(activities, "is_bulk") == "true")).fill_null(value=False)
        past = _latest(self.activity_days, self.as_of)
        return activities.with_columns(on=pl.when(~idle).then(past))["on"]

    @cached_property
    def work(self) -> pl.DataFrame:
        """Owner, kind and day of what users did themselves lately; bulk, inbound and open items are left out."""
        activities, on = self.tables["activities"], pl.coalesce(pl.lit(None, pl.Date), pl.all()).alias("on")
        days_ = self.activity_days.select(on).to_series()
        since = self.as_of - timedelta(days=max(7 * WEEKS, int(self.dictionary.thresholds["active_days"])))
        lately = days_.is_between(since, self.as_of, closed="right").arg_true()
        told = activities.select(each.gather(lately) for each in activities if each.name in _WORKED)
        told = told.with_columns(self.owned["activities"].gather(lately), days_.gather(lately))
        not_own = (column(told, name) == said for name, said in _NOT_OWN.items())
        own = ~pl.any_horizontal(each.fill_null(value=False) for each in not_own)
        return told.filter(own).select(OWNER, column(told, "kind"), "on")

    def whole(self, object_: str) -> pl.DataFrame:
        """Return the records with every field that facts read; one that was not exported is empty throughout."""
        table = self.tables[object_]
        absent = [name for name in READ[object_] if name not in table.columns]
        return table.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)

    def wrong(self, object_: str, *fields: str) -> pl.Series:
        """Say of each record whether its cell in one of the fields has no valid form."""
        kept = self.kept.get(object_, pl.DataFrame(schema=KEPT_CELLS))
        rows = kept.filter(pl.col("field").is_in(fields))["row"]
        return pl.repeat(value=False, n=self.tables[object_].height, eager=True).scatter(rows, values=True)


def _owners(table: pl.DataFrame) -> pl.Series:
    owner = pl.coalesce(column(table, REF_PREFIX + "owner_ref"), column(table, "owner_ref"))
    return table.with_columns(owner.alias(OWNER))[OWNER]


def _rows_of(table: pl.DataFrame, field_: str, parents: pl.DataFrame | None) -> pl.Series:
    reference = REF_PREFIX + field_
    if parents is None or reference not in table.columns:
        return pl.repeat(None, table.height, dtype=pl.UInt32, eager=True).alias("row")
    return places_among(table[reference], parents[RECORD]).alias("row")


def _ends(tables: Mapping[str, pl.DataFrame], start: str, end: str) -> pl.DataFrame:
    if "links" not in tables:
        return pl.DataFrame(schema=LINKED)
    links = tables["links"].filter(pl.col("from_object") == start, pl.col("to_object") == end)
    rows = _rows_of(links, "from_ref", tables.get(start)), _rows_of(links, "to_ref", tables.get(end))
    return pl.DataFrame(list(rows), schema=LINKED)


def _in_order(records: pl.Series) -> pl.Series:
    if records.is_sorted():  # as most exports are
        return pl.int_range(records.len(), dtype=pl.UInt32, eager=True)
    return records.arg_sort()


def days(frame: pl.DataFrame, as_of: date, *names: str) -> pl.Expr:
    """Return the latest day of some columns that is not after `as_of`; null where there is none."""
    filled = [name for name in names if name in frame.columns and frame[name].null_count() < frame.height]
    return _latest(frame.select(map(day, filled)), as_of)


def _latest(read: pl.DataFrame, as_of: date) -> pl.Expr:
    """Return the latest day of each row that is not after `as_of`. read: days, none of which is read a second time."""
    if not read.width:
        return pl.lit(None, pl.Date)
    return pl.lit(read.select(pl.max_horizontal(pl.when(pl.all() <= as_of).then(pl.all()))).to_series())


def amounts(deals: pl.DataFrame, status: str) -> pl.DataFrame:
    """Return row and money (Decimal, so that sums do not depend on the order) of the deals of one status."""
    told = deals.select(
        deal=pl.int_range(pl.len(), dtype=pl.UInt32),
        money=typed(column(deals, "amount"), "decimal"),
        status=column(deals, "status"),
    )
    return told.filter(pl.col("status") == status).drop("status")


def beside(height: int, known: pl.DataFrame) -> pl.Series:
    """Return for each row of a table what is known of it, null where nothing is. known: row, and one more column."""
    rows, told = known.drop_nulls("row")
    return placed(told, rows, height)


def worth(height: int, of: pl.DataFrame) -> pl.Series:
    """Return the money that hangs on each row of a table. of: row, money."""
    return beside(height, of.group_by("row").agg(pl.col("money").sum().cast(pl.Float64).alias(MONEY)))
