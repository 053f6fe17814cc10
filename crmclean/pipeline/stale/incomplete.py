"""Who lacks what a record of its kind needs, after merges and enrichment have filled what they could: archived.

The rule is `[complete]` of the plan. Whoever has an open deal, or is protected from going stale otherwise, stays; so
does a company that anything live belongs to, and whatever a person has restored.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.pipeline.engagement import column
from crmclean.plan.expressions import flagged
from crmclean.plan.model import Plan
from crmclean.records import OUTCOME, RECORD, REF_PREFIX

ARCHIVED, KEPT = "incomplete.core-fields", "incomplete.protected"
_COMPANY = REF_PREFIX + "company_ref"
_BELONGING = ("contacts", "leads", "deals", "activities")


def lacking(name: str, table: pl.DataFrame, plan: Plan, as_of: date | None) -> frozenset[str]:
    """Return the live records of an object that are not complete by the plan's rule; none where there is no rule."""
    rule = plan.complete.get(name)
    if rule is None:
        return frozenset()
    live = table.filter(pl.col(OUTCOME).is_null())
    judged = flagged(live.lazy(), rule, name, as_of, name="_complete").filter(~pl.col("_complete")).collect()
    return frozenset(judged[RECORD])


def judged(people: pl.DataFrame, lacks: frozenset[str], safe: frozenset[str]) -> pl.DataFrame:
    """Put what is lacking in place of what else was said of people (_record, archive, verdict)."""
    told = pl.DataFrame({RECORD: sorted(lacks)}, schema={RECORD: pl.String}).with_columns(
        archive=~pl.col(RECORD).is_in(sorted(safe))
    )
    verdict = pl.when("archive").then(pl.lit(ARCHIVED)).otherwise(pl.lit(KEPT)).alias("verdict")
    return pl.concat([people.filter(~pl.col(RECORD).is_in(sorted(lacks))), told.with_columns(verdict)])


def alone(lacks: frozenset[str], tables: Mapping[str, pl.DataFrame], gone: frozenset[str]) -> frozenset[str]:
    """Return the companies to which nothing belongs that stays: no person, deal, activity or child company."""
    needed: set[str] = set()
    for name in _BELONGING:
        if name in tables:
            live = tables[name].filter(pl.col(OUTCOME).is_null() & ~pl.col(RECORD).is_in(sorted(gone)))
            ends = [end for end in (_COMPANY, REF_PREFIX + "parent_ref") if end in live.columns]
            needed |= {record for end in ends for record in live[end].drop_nulls()}
    companies = tables["companies"]
    parents = companies.filter(pl.col(OUTCOME).is_null()).select(column(companies, REF_PREFIX + "parent_ref"))
    return lacks - needed - set(parents.to_series().drop_nulls())
