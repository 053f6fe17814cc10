"""Which rule of the target takes a canonical record: the first one whose conditions it meets."""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.targets import SourceRule, TargetSchema
from crmclean.records import REF_PREFIX

RULE = "_rule"  # place of the rule among all that records of this object may meet


def taken(schema: TargetSchema, object_: str, table: pl.LazyFrame) -> pl.LazyFrame:
    """Put the number of the first rule that a record meets beside it; null where it meets none."""
    names = table.collect_schema().names()
    number = pl.lit(None, pl.Int64)
    for place, (_, rule) in reversed(list(enumerate(schema.feeding(object_)))):
        number = pl.when(_meets(rule, names)).then(pl.lit(place, pl.Int64)).otherwise(number)
    return table.with_columns(number.alias(RULE))


def _meets(rule: SourceRule, names: Sequence[str]) -> pl.Expr:
    conditions = [pl.lit(value=True)]
    for name, texts in rule.where.items():
        ref = REF_PREFIX + name
        cell = pl.col(ref if ref in names else name) if {ref, name} & set(names) else pl.lit(None, pl.String)
        blank = cell.is_null() if "" in texts else pl.lit(value=False)
        conditions.append(cell.cast(pl.String).is_in([text for text in texts if text]).fill_null(value=False) | blank)
    return pl.all_horizontal(conditions)
