"""What a scorecard is worked out from, and the columns that every part of it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

from crmclean.matching.model import REOPENED
from crmclean.pipeline.engagement import column, day
from crmclean.plan.kpi_model import Dictionary
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values.typed import typed

OWNER = "_owner"  # record id of the owner, else what the export calls it; null: nobody
MONEY = "_money"  # amount of the deal, or of the open deals of a contact or company
MOVES = {"record": pl.String, "stage": pl.String, "on": pl.Date}  # a deal was in a stage on that day
GROUPS = {"record": pl.String, "group": pl.String}


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


@dataclass(frozen=True)
class Material:
    """One export in canonical text.

    tables: object -> records that are not deleted at the source. kept: object -> record, field, code of the cells that
    `normalize` could not bring into their form. groups: object -> records that are certainly or possibly the same, two
    at least. moves: what is known of the stages of deals over time. earlier: deals of earlier runs (on, record, amount,
    currency, close_date, probability, status), for the forecast. reopened: pairs that people have to decide again.
    dated: whether as_of is known; otherwise no age can be told.
    """

    tables: Mapping[str, pl.DataFrame]
    dictionary: Dictionary
    as_of: date
    kept: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    groups: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    moves: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MOVES))
    earlier: pl.DataFrame = field(default_factory=pl.DataFrame)
    dated: bool = True
    reopened: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REOPENED))

    @cached_property
    def happened(self) -> pl.Series:
        """The day on which each activity happened, up to as_of; null for bulk mail, open tasks and what is to come."""
        activities = self.tables["activities"]
        open_task = (column(activities, "kind") == "task") & (column(activities, "done") == "false")
        idle = (open_task | (column(activities, "is_bulk") == "true")).fill_null(value=False)
        on = days(activities, self.as_of, "done_at", "starts_at", "due_date")
        return activities.select(on=pl.when(~idle).then(on))["on"]

    def whole(self, object_: str) -> pl.DataFrame:
        """Return the records with every field that facts read; one that was not exported is empty throughout."""
        table = self.tables[object_]
        absent = [name for name in READ[object_] if name not in table.columns]
        return table.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)

    def wrong(self, object_: str, *fields: str) -> pl.Series:
        """Return the records whose cell in one of the fields has no valid form."""
        kept = self.kept.get(object_)
        if kept is None:
            return pl.Series([], dtype=pl.String)
        return kept.filter(pl.col("field").is_in(fields))["record"].unique()


def owner(frame: pl.DataFrame) -> pl.Expr:
    """Return who owns a record."""
    return pl.coalesce(column(frame, REF_PREFIX + "owner_ref"), column(frame, "owner_ref")).alias(OWNER)


def days(frame: pl.DataFrame, as_of: date, *names: str) -> pl.Expr:
    """Return the latest day of some columns that is not after `as_of`; null where there is none."""
    there = [day(name) for name in names if name in frame.columns]
    past = [pl.when(each <= as_of).then(each) for each in there]
    return pl.max_horizontal(past) if past else pl.lit(None, pl.Date)


def amounts(deals: pl.DataFrame, status: str) -> pl.DataFrame:
    """Return record and money of the deals of one status."""
    chosen = deals.filter(column(deals, "status") == status)
    return chosen.select(RECORD, money=typed(column(chosen, "amount"), "decimal").cast(pl.Float64))


def worth(frame: pl.DataFrame, of: pl.DataFrame) -> pl.DataFrame:
    """Add the money that hangs on each record. of: owner of the money (`_record`), money."""
    sums = of.group_by(RECORD).agg(pl.col("money").sum().alias(MONEY))
    return frame.join(sums, on=RECORD, how="left", maintain_order="left")
