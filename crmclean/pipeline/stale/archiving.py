"""The stale phase from tables to tables: lifecycle derived, the dead archived, the doubtful held."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.pipeline import insight
from crmclean.pipeline.engagement import PEOPLE, column, last_engaged, people_of_deals
from crmclean.pipeline.stale.staling import archived_share, verdicts
from crmclean.pipeline.store import Phase
from crmclean.pipeline.work import Work
from crmclean.plan.model import DEFAULT_LIFECYCLE, Plan
from crmclean.records import OBJECTS, OUTCOME, RECORD, REF_PREFIX, SOURCE, Outcome
from crmclean.steps.archive import ARCHIVE, STALE_CODE
from crmclean.steps.contract import Step
from crmclean.steps.hold import HOLD, HOLD_CODE
from crmclean.steps.lifecycle_rules import CODE as LIFECYCLE_CODE
from crmclean.steps.lifecycle_rules import LIFECYCLE_RULES, LifecycleFacts

STALE: tuple[Step, ...] = (ARCHIVE, HOLD)


def stale(
    plan: Plan,
    deduped: Mapping[str, pl.LazyFrame],
    held: pl.DataFrame,
    as_of: date | None,
    restored: frozenset[str] = frozenset(),
) -> Phase:
    """Decide who is active, stale, or cannot be told, and mark it.

    held: (record, group, code) of records that wait for a person. restored: record ids that a person brought back.
    """
    work = Work(plan, {name: deduped[name].collect(engine="in-memory") for name in OBJECTS if name in deduped}, as_of)
    lifecycles = {name: _lifecycle_facts(plan, work.tables, name) for name in PEOPLE if name in work.tables}
    for object_, facts in lifecycles.items():
        work.take(object_, work.applied(object_, (LIFECYCLE_RULES,), {LIFECYCLE_CODE: facts}))
    engaged = last_engaged(work.tables, as_of)
    told = verdicts(work.tables, plan, as_of, restored, engaged)
    for object_ in tuple(work.tables):
        work.take(object_, work.applied(object_, STALE, {STALE_CODE: told.get(object_), HOLD_CODE: held}))
    return _phase(deduped, work, {"ages": insight.ages(work.tables, as_of, engaged)})


def _lifecycle_facts(plan: Plan, tables: Mapping[str, pl.DataFrame], object_: str) -> LifecycleFacts:
    table = tables[object_]
    filled = (
        table.select(SOURCE, column(table, "lifecycle").is_not_null().alias("filled"))
        .group_by(SOURCE)
        .agg(pl.col("filled").any())
    )
    silent = tuple(sorted(filled.filter(~pl.col("filled"))[SOURCE]))
    rules = plan.lifecycle.get(object_, DEFAULT_LIFECYCLE)
    return LifecycleFacts(silent, _deal_facts(tables, table), rules)


def _deal_facts(tables: Mapping[str, pl.DataFrame], table: pl.DataFrame) -> pl.DataFrame:
    people = people_of_deals(tables)
    deals = tables.get("deals")
    statuses = pl.DataFrame(schema={"deal": pl.String, "status": pl.String})
    if deals is not None:
        statuses = deals.filter(pl.col(OUTCOME).is_null()).select(deal=pl.col(RECORD), status=column(deals, "status"))
    on_deals = (
        people.join(statuses, on="deal")
        .group_by("person")
        .agg(
            (pl.col("status") == "open").any().alias("has_open_deal"),
            (pl.col("status") == "won").any().alias("has_won_deal"),
        )
    )
    company = column(table, REF_PREFIX + "company_ref").alias("_company")
    return (
        table.select(RECORD, company)
        .join(on_deals, left_on=RECORD, right_on="person", how="left", maintain_order="left")
        .join(_company_types(tables), on="_company", how="left", maintain_order="left")
        .with_columns(pl.col("has_open_deal", "has_won_deal").fill_null(value=False))
        .select(RECORD, "has_open_deal", "has_won_deal", "company_type")
    )


def _company_types(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    companies = tables.get("companies")
    if companies is None:
        return pl.DataFrame(schema={"_company": pl.String, "company_type": pl.String})
    return companies.select(_company=pl.col(RECORD), company_type=column(companies, "type"))


def _phase(deduped: Mapping[str, pl.LazyFrame], work: Work, frames: Mapping[str, pl.DataFrame]) -> Phase:
    outcomes = {outcome.value: work.counted(outcome) for outcome in (Outcome.ARCHIVED, Outcome.HELD)}
    changes, findings = work.changes, work.findings
    unknown = int((findings["code"] == "stale.cannot-tell").sum())
    share = archived_share(work.tables)
    recorded = {"changes": changes.height, "findings": findings.height}
    counts = {**outcomes, "cannot_tell": unknown, "archived_share": share, **recorded}
    return Phase({**deduped, **work.tables}, changes, findings, frames, counts=counts)
