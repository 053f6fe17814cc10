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
    survivor = pl.col(RECORD).first().over("_group", order_by="_rank")
    return part.select(record=RECORD, survivor=survivor, rule="_rule").sort("record").cast(MEMBERS)


def losers_of(part: pl.DataFrame, final: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """List the values of other members that stand in no cell of the survivor (LOSERS)."""
    lost = part.filter(pl.col("_rank") > 0).join(final, on="_group", suffix="_final", maintain_order="left")
    pieces = [_lost(lost, name) for name in names if not name.startswith(REF_PREFIX)]
    listed = pl.concat([pl.DataFrame(schema=LOSERS), *pieces])
    elsewhere = standing_numbers(final).with_columns(moved=pl.lit(value=True))
    listed = listed.with_columns(digits=digits(pl.col("value")))
    told = listed.join(elsewhere, on=["survivor", "digits"], how="left", maintain_order="left")
    moved = pl.col("moved").fill_null(value=False) & pl.col("field").is_in(PHONES)
    return told.filter(~moved).drop("moved", "digits").sort("survivor", "record", "field")


def origins_of(part: pl.DataFrame, values: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Say from which member each cell came that is not the survivor's own; composed cells have no one origin."""
    whys = [name for name in names if WHY_PREFIX + name in values.columns]
    changed = [name for name in whys if values[WHY_PREFIX + name].null_count() < values.height]
    survivors = part.lazy().filter(pl.col("_rank") == 0).select("_group", survivor=RECORD)
    new = [pl.when(pl.col(WHY_PREFIX + name).is_not_null()).then(name).alias(f"_final.{name}") for name in changed]
    codes = values.lazy().select(pl.col(RECORD).alias("survivor"), *(WHY_PREFIX + name for name in changed))
    chosen = values.lazy().select(pl.col(RECORD).alias("survivor"), *new)
    lost = part.lazy().filter(pl.col("_rank") > 0).select("_group", RECORD, *changed)
    wide = lost.join(survivors, on="_group", maintain_order="left").join(chosen, on="survivor", maintain_order="left")
    first = [pl.col(RECORD).filter(pl.col(name) == pl.col(f"_final.{name}")).first().alias(name) for name in changed]
    origins = wide.group_by("survivor").agg(first).join(codes, on="survivor").collect()
    pieces = [
        origins.select("survivor", record=name, field=pl.lit(name), code=WHY_PREFIX + name).drop_nulls("record")
        for name in changed
    ]
    return pl.concat([pl.DataFrame(schema=ORIGINS), *pieces]).sort("survivor", "field")


def _lost(lost: pl.DataFrame, name: str) -> pl.DataFrame:
    value = pl.col(name)
    gone = value.is_not_null() & value.ne_missing(pl.col(f"{name}_final"))
    return lost.filter(gone).select(
        pl.col(f"{RECORD}_final").alias("survivor"),
        pl.col(RECORD).alias("record"),
        pl.lit(name).alias("field"),
        value.alias("value"),
    )
