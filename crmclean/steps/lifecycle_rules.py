"""Derives the lifecycle stage of records whose source has none, by the plan's rules; the first true one wins."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.plan.expressions import flagged
from crmclean.plan.model import Rule
from crmclean.records import RECORD, SOURCE, WHY_PREFIX
from crmclean.steps.contract import Context, Step

CODE = "lifecycle.rules"


@dataclass(frozen=True)
class LifecycleFacts:
    """What the rules may know beside the record itself.

    silent: sources whose lifecycle column is empty throughout. deals: one row per record with has_open_deal,
    has_won_deal and company_type. rules: the plan's, or the default ones.
    """

    silent: tuple[str, ...]
    deals: pl.DataFrame
    rules: tuple[Rule, ...]


def _columns(object_: str, columns: Sequence[str]) -> tuple[str, ...]:
    return ("lifecycle",) if object_ in ("contacts", "leads") and RECORD in columns else ()


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    facts: LifecycleFacts | None = context.facts
    if facts is None or not facts.silent:
        return frame
    known = frame.collect_schema().names()
    wide = frame.join(facts.deals.lazy(), on=RECORD, how="left", maintain_order="left")
    for number, rule in enumerate(facts.rules):
        wide = flagged(wide, rule.where, context.object, context.as_of, name=f"_rule.{number}")
    derived = pl.coalesce(
        pl.when(pl.col(f"_rule.{number}")).then(pl.lit(rule.value)) for number, rule in enumerate(facts.rules)
    )
    blank = pl.col("lifecycle").is_null() & pl.col(SOURCE).is_in(facts.silent) & derived.is_not_null()
    return wide.with_columns(
        pl.when(blank).then(derived).otherwise(pl.col("lifecycle")).alias("lifecycle"),
        pl.when(blank).then(pl.lit("lifecycle.derived")).alias(WHY_PREFIX + "lifecycle"),
    ).select(known)


LIFECYCLE_RULES = Step(CODE, _columns, _apply)
