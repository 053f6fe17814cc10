"""What is recorded of a merge: members, the rule behind every new cell, its origin, and the values that lost."""

from collections.abc import Mapping, Sequence

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
    """List the values of other members that stand in no cell of the survivor (LOSERS), sorted."""
    cells = sorted(name for name in names if not name.startswith(REF_PREFIX))
    others = part.filter(pl.col("_rank") > 0)
    survivor = final[RECORD].gather(others["_group"]).alias("survivor")  # groups are numbered in the order of `final`
    lost = others.select("_group", survivor, pl.col(RECORD).alias("record"), *cells).sort("survivor", "record")
    kept = final.select(cells).rechunk()[lost["_group"]]
    standing = standing_numbers(final)
    pieces = [_lost(lost, kept, name) for name in cells]
    return _stacked(
        [_unlike(rows, standing) if name in PHONES else rows for name, rows in zip(cells, pieces, strict=True)], LOSERS
    )


def origins_of(part: pl.DataFrame, values: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Say from which member each cell came that is not the survivor's own (ORIGINS), sorted.

    Composed cells have no one origin.
    """
    whys = [name for name in sorted(names) if WHY_PREFIX + name in values.columns]
    changed = [name for name in whys if values[WHY_PREFIX + name].null_count() < values.height]
    needed = values.select(RECORD, *changed, *(WHY_PREFIX + name for name in changed))
    survivors = part.filter(pl.col("_rank") == 0).select(RECORD)
    final = survivors.join(needed, on=RECORD, how="left", maintain_order="left").rename({RECORD: "survivor"})
    lost = part.filter(pl.col("_rank") > 0).select("_group", RECORD, *changed)
    taken = final.with_columns(_row=pl.col("survivor").arg_sort().arg_sort()).rechunk()[lost["_group"]]
    return _stacked([_origin(lost, taken, name) for name in changed], ORIGINS)


def _lost(lost: pl.DataFrame, kept: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Return the values of one field that are not the survivor's, with the place of their record."""
    said = lost.lazy().select("survivor", "record", value=name).with_row_index("_row")
    sides = said.with_columns(kept[name].alias("_kept"))
    gone = sides.filter(pl.col("value").is_not_null() & pl.col("value").ne_missing(pl.col("_kept")))
    return gone.select("survivor", "record", "_row", field=pl.lit(name), value="value")


def _unlike(numbers: pl.LazyFrame, standing: pl.DataFrame) -> pl.LazyFrame:
    """Leave out numbers that stand in any phone field of the survivor, however they are written."""
    spelled = numbers.with_columns(digits=digits(pl.col("value")))
    return spelled.join(standing.lazy(), on=["survivor", "digits"], how="anti", maintain_order="left").drop("digits")


def _origin(lost: pl.DataFrame, taken: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Return the first other member that holds what a survivor has taken over in one field."""
    sides = taken.lazy().select("survivor", "_row", now=name, code=WHY_PREFIX + name)
    beside = sides.with_columns(lost["_group"], lost[RECORD].alias("record"), lost[name].alias("own"))
    holders = beside.filter(pl.col("code").is_not_null() & (pl.col("own") == pl.col("now")))
    return holders.filter(pl.col("_group").is_first_distinct()).select(
        "survivor", "record", "_row", field=pl.lit(name), code="code"
    )


def _stacked(pieces: Sequence[pl.LazyFrame], shape: pl.Schema) -> pl.DataFrame:
    """Put the rows of all fields together, by `_row` and then in the order given; one number is sorted quickly."""
    rows = [pl.DataFrame(schema={**shape, "_row": pl.UInt32()}), *pl.collect_all(pieces)]
    return pl.concat(rows, how="diagonal").sort("_row", maintain_order=True).select(shape.names())
