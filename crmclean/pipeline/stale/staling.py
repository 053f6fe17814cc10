"""The stale phase: who is active, who is stale, and of whom it cannot be told.

Stale = no engagement in N months before `as_of`. Records created under 90 days ago are never stale, nor are protected
ones: people with an open deal or a role on one, people of companies with an open deal or of customer type, customers.
A company goes only when it has contacts, all of them are archived, and no deal is open; an activity or a link only with
its last live end; deals never. Whoever lacks what a record of its kind needs goes, too: see pipeline.incomplete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from crmclean.pipeline.engagement import PEOPLE, column, day, people_of_deals, survivor, telling_sources
from crmclean.pipeline.stale.incomplete import alone, judged, lacking
from crmclean.plan.expressions import flagged
from crmclean.plan.model import Plan
from crmclean.records import OUTCOME, RECORD, REF_PREFIX, SOURCE, Outcome

_COMPANY = REF_PREFIX + "company_ref"
_VERDICT = {RECORD: pl.String, "archive": pl.Boolean, "verdict": pl.String}


@dataclass(frozen=True)
class _Known:
    """What people are judged by; see verdicts."""

    plan: Plan
    as_of: date | None
    restored: frozenset[str]
    engaged: pl.DataFrame


def verdicts(
    tables: Mapping[str, pl.DataFrame],
    plan: Plan,
    as_of: date | None,
    restored: frozenset[str],
    engaged: pl.DataFrame,
) -> Mapping[str, pl.DataFrame]:
    """Return per object the rows _record, archive, verdict (a code) of every record that has something to say.

    restored: record ids that a person has brought back; they stay. engaged: see engagement.last_engaged.
    """
    known = _Known(plan, as_of, restored, engaged)
    people = pl.concat([_judged_people(name, tables, known) for name in PEOPLE if name in tables] or [_empty()])
    gone = frozenset(people.filter("archive")[RECORD])
    companies = _judged_companies(tables, plan, as_of, gone, restored)
    gone |= frozenset(companies.filter("archive")[RECORD])
    followers = {name: _followers(tables[name], gone) for name in ("activities", "links") if name in tables}
    return {"contacts": people, "leads": people, "companies": companies, **followers}


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema=_VERDICT)


def _live(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col(OUTCOME).is_null())


def _judged_people(name: str, tables: Mapping[str, pl.DataFrame], known: _Known) -> pl.DataFrame:
    people = _people(name, tables, known)
    lacks = lacking(name, tables[name], known.plan, known.as_of)
    if not lacks:
        return people
    return judged(people, lacks, _protected(name, tables, known.plan, known.as_of) | known.restored)


def _judged_companies(
    tables: Mapping[str, pl.DataFrame],
    plan: Plan,
    as_of: date | None,
    gone: frozenset[str],
    restored: frozenset[str],
) -> pl.DataFrame:
    companies = _companies(tables, gone, restored)
    lacks = lacking("companies", tables["companies"], plan, as_of) if "companies" in tables else frozenset()
    return judged(companies, alone(lacks, tables, gone) - restored, frozenset()) if lacks else companies


def _people(name: str, tables: Mapping[str, pl.DataFrame], known: _Known) -> pl.DataFrame:
    plan, as_of = known.plan, known.as_of
    if as_of is None:
        return _live(tables[name]).select(RECORD, archive=pl.lit(value=False), verdict=pl.lit("stale.cannot-tell"))
    facts = _facts(name, tables, plan, as_of, known.engaged)
    since, new = _months_before(as_of, plan.stale.months), as_of - timedelta(days=plan.stale.new_days)
    verdict = (
        pl.when(pl.col("on") >= since)
        .then(None)
        .when(pl.col("created") > new)
        .then(pl.lit("stale.new"))
        .when(pl.col("on").is_null() & (~pl.col("telling") | pl.col("created").is_null()))
        .then(pl.lit("stale.cannot-tell"))
        .when("protected")
        .then(pl.lit("stale.protected"))
        .when(pl.col(RECORD).is_in(known.restored))
        .then(pl.lit("stale.restored"))
        .otherwise(pl.lit("stale.no-engagement"))
    )
    told = facts.select(RECORD, verdict=verdict).filter(pl.col("verdict").is_not_null())
    return told.select(RECORD, archive=pl.col("verdict") == "stale.no-engagement", verdict="verdict")


def _facts(
    name: str, tables: Mapping[str, pl.DataFrame], plan: Plan, as_of: date, engaged: pl.DataFrame
) -> pl.DataFrame:
    members = tables[name].select(
        person=survivor(),
        created=day("created_at") if "created_at" in tables[name].columns else pl.lit(None, pl.Date),
        telling=pl.col(SOURCE).is_in(telling_sources(tables)),
    )
    ages = members.group_by("person").agg(pl.col("created").min(), pl.col("telling").any())
    protected = _protected(name, tables, plan, as_of)
    return (
        tables[name]
        .lazy()
        .filter(pl.col(OUTCOME).is_null())
        .select(RECORD)
        .collect()
        .join(ages, left_on=RECORD, right_on="person", how="left")
        .join(engaged, left_on=RECORD, right_on="person", how="left")
        .with_columns(protected=pl.col(RECORD).is_in(protected))
    )


def _months_before(as_of: date, months: int) -> date:
    return pl.select(pl.lit(as_of, pl.Date).dt.offset_by(f"-{months}mo")).item()  # type: ignore[no-any-return]


def _open_deals(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    deals = tables.get("deals")
    if deals is None:
        return pl.DataFrame(schema={RECORD: pl.String, _COMPANY: pl.String})
    opened = _live(deals).filter(column(deals, "status") == "open")
    return opened.select(RECORD, column(deals, _COMPANY).alias(_COMPANY))


def _protected(name: str, tables: Mapping[str, pl.DataFrame], plan: Plan, as_of: date | None) -> frozenset[str]:
    table, opened = _live(tables[name]), _open_deals(tables)
    on_deal = people_of_deals(tables).join(opened, left_on="deal", right_on=RECORD)["person"]
    safe_companies = frozenset(opened[_COMPANY].drop_nulls()) | _customer_companies(tables)
    at_company = column(table, _COMPANY).is_in(safe_companies)
    customers = column(table, "lifecycle") == "customer"
    protected = frozenset(table.filter(at_company | customers)[RECORD]) | frozenset(on_deal)
    if plan.stale.protect is None:
        return protected
    asked = flagged(table.lazy(), plan.stale.protect, name, as_of, name="_protect").filter("_protect").collect()
    return protected | frozenset(asked[RECORD])


def _customer_companies(tables: Mapping[str, pl.DataFrame]) -> frozenset[str]:
    companies = tables.get("companies")
    if companies is None:
        return frozenset()
    type_ = column(companies, "type").str.to_lowercase().str.starts_with("customer")
    return frozenset(companies.filter(type_ | (column(companies, "lifecycle") == "customer"))[RECORD])


def _companies(tables: Mapping[str, pl.DataFrame], gone: frozenset[str], restored: frozenset[str]) -> pl.DataFrame:
    if "companies" not in tables or "contacts" not in tables:
        return _empty()
    companies, contacts = _live(tables["companies"]), tables["contacts"]
    contacts = contacts.filter(pl.col(OUTCOME).is_null() & column(contacts, _COMPANY).is_not_null())
    if _COMPANY not in contacts.columns:
        return _empty()
    left = contacts.group_by(_COMPANY).agg((~pl.col(RECORD).is_in(gone)).sum().alias("left"))
    kept = frozenset(_open_deals(tables)[_COMPANY].drop_nulls()) | restored
    candidates = left.filter((pl.col("left") == 0) & ~pl.col(_COMPANY).is_in(kept))[_COMPANY]
    archived = _without_live_children(companies, frozenset(candidates))
    rows = companies.filter(pl.col(RECORD).is_in(archived)).select(RECORD).sort(RECORD)
    return rows.select(RECORD, archive=pl.lit(value=True), verdict=pl.lit("stale.all-contacts-archived"))


def _without_live_children(companies: pl.DataFrame, candidates: frozenset[str]) -> frozenset[str]:
    """Keep a parent for as long as one of its child companies stays."""
    if REF_PREFIX + "parent_ref" not in companies.columns:
        return candidates
    family = companies.select(RECORD, parent=pl.col(REF_PREFIX + "parent_ref")).drop_nulls()
    while True:
        needed = frozenset(family.filter(~pl.col(RECORD).is_in(candidates))["parent"])
        if not candidates & needed:
            return candidates
        candidates -= needed


def _followers(table: pl.DataFrame, gone: frozenset[str]) -> pl.DataFrame:
    """Activities go with their last live end, links with the first: a link needs both."""
    ends = [name for name in table.columns if name.startswith(REF_PREFIX) and not name.endswith(".owner_ref")]
    if not ends:
        return _empty()
    is_gone = [pl.col(end).is_in(gone) for end in ends]
    lives = [pl.col(end).is_not_null() & ~pl.col(end).is_in(gone) for end in ends]
    is_link = "from_ref" in table.columns
    goes = pl.any_horizontal(is_gone) & (pl.lit(value=is_link) | ~pl.any_horizontal(lives))
    rows = _live(table).filter(goes.fill_null(value=False)).select(RECORD)
    code = "stale.end-archived" if is_link else "stale.parents-archived"
    return rows.select(RECORD, archive=pl.lit(value=True), verdict=pl.lit(code))


def archived_share(tables: Mapping[str, pl.DataFrame]) -> float:
    """Return archived people / people that were not merged or excluded before; 0 where there are none."""
    people = pl.concat(
        [tables[name].select(OUTCOME) for name in PEOPLE if name in tables] or [pl.DataFrame({OUTCOME: []})]
    )
    archived = people.filter(pl.col(OUTCOME) == Outcome.ARCHIVED.value).height
    alive = people.filter(pl.col(OUTCOME).is_null()).height + archived
    return archived / alive if alive else 0.0
