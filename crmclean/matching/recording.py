"""What is recorded of a merge: members, the rule behind every new cell, its origin, and the values that lost."""

from collections.abc import Mapping

import polars as pl

from crmclean.matching.surviving import PHONES, Rule, digits, standing_numbers
from crmclean.records import RECORD, REF_PREFIX, WHY_PREFIX

MEMBERS = pl.Schema({"record": pl.String(), "survivor": pl.String(), "rule": pl.String()})
ORIGINS = pl.Schema({"survivor": pl.String(), "record": pl.String(), "field": pl.String(), "code": pl.String()})
LOSERS = pl.Schema({"survivor": pl.String(), "record": pl.String(), "field": pl.String(), "value": pl.String()})


def explained(final: pl.DataFrame, own: pl.DataFrame, plans: Mapping[str, Rule]) -> pl.DataFrame:
    """Return the cells of the survivors, with the rule's code beside each that is not its own."""
    both = final.join(own, on="_group", suffix="_own", maintain_order="left")
    why = [
        pl.when(pl.col(name).ne_missing(pl.col(f"{name}_own"))).then(pl.lit(plan.code)).alias(f"{WHY_PREFIX}{name}")
        for name, plan in plans.items()
        if not name.startswith(REF_PREFIX)
    ]
    return both.select(RECORD, *plans, *why)


def members_of(part: pl.DataFrame) -> pl.DataFrame:
    """Return every record of every group with its survivor (MEMBERS)."""
    survivor = pl.col(RECORD).first().over("_group")
    return part.select(record=RECORD, survivor=survivor, rule="_rule").sort("record").cast(MEMBERS)


def losers_of(part: pl.DataFrame, final: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """List the values of other members that stand in no cell of the survivor (LOSERS)."""
    lost = part.filter(pl.col("_rank") > 0).join(final, on="_group", suffix="_final", maintain_order="left")
    cells = [name for name in names if not name.startswith(REF_PREFIX)]
    others = [_lost(lost, name) for name in cells if name not in PHONES]
    numbers = pl.concat([pl.DataFrame(schema=LOSERS), *(_lost(lost, name) for name in cells if name in PHONES)])
    told = numbers.with_columns(digits=digits(pl.col("value")))
    gone = told.join(standing_numbers(final), on=["survivor", "digits"], how="anti").drop("digits")
    return pl.concat([gone, *others]).sort("survivor", "record", "field")


def origins_of(part: pl.DataFrame, values: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Say from which member each cell came that is not the survivor's own; composed cells have no one origin."""
    whys = [name for name in names if WHY_PREFIX + name in values.columns]
    changed = [name for name in whys if values[WHY_PREFIX + name].null_count() < values.height]
    survivors = part.filter(pl.col("_rank") == 0).select("_group", survivor=RECORD)
    final = survivors.join(values, left_on="survivor", right_on=RECORD, maintain_order="left")
    lost = part.filter(pl.col("_rank") > 0).select("_group", RECORD, *changed)
    pieces = [_origin(lost, final, name) for name in changed]
    return pl.concat([pl.DataFrame(schema=ORIGINS), *pieces]).sort("survivor", "field")


def _origin(lost: pl.DataFrame, final: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the first other member that holds what a survivor has taken over in one field (ORIGINS)."""
    taken = final.select("_group", "survivor", now=name, code=WHY_PREFIX + name).drop_nulls(["code", "now"])
    holders = lost.select("_group", record=RECORD, now=name).join(taken, on=["_group", "now"], maintain_order="left")
    found = holders.unique("_group", keep="first", maintain_order=True)
    return found.select("survivor", "record", field=pl.lit(name), code="code")


def _lost(lost: pl.DataFrame, name: str) -> pl.DataFrame:
    value = pl.col(name)
    gone = value.is_not_null() & value.ne_missing(pl.col(f"{name}_final"))
    return lost.filter(gone).select(
        pl.col(f"{RECORD}_final").alias("survivor"),
        pl.col(RECORD).alias("record"),
        pl.lit(name).alias("field"),
        value.alias("value"),
    )
