"""What is recorded of a merge: members, the rule behind every new cell, its origin, and the values that lost."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from crmclean.matching.surviving import PHONES, Rule, digits_of, stands_nowhere
from crmclean.records import RECORD, REF_PREFIX, WHY_PREFIX

MEMBERS = pl.Schema({"record": pl.String(), "survivor": pl.String(), "rule": pl.String()})
ORIGINS = pl.Schema({"survivor": pl.String(), "record": pl.String(), "field": pl.String(), "code": pl.String()})
LOSERS = pl.Schema({"survivor": pl.String(), "record": pl.String(), "field": pl.String(), "value": pl.String()})


def explained(final: pl.DataFrame, own: pl.DataFrame, plans: Mapping[str, Rule]) -> pl.DataFrame:
    """Return the cells of the survivors, with the rule's code beside each that is not its own (own: row by row)."""
    why = [
        pl.when(pl.col(name).ne_missing(own[name])).then(pl.lit(plan.code)).alias(f"{WHY_PREFIX}{name}")
        for name, plan in plans.items()
        if not name.startswith(REF_PREFIX)
    ]
    return final.select(RECORD, *plans, *why)


def members_of(part: pl.DataFrame, final: pl.DataFrame) -> pl.DataFrame:
    """Return every record of every group with its survivor (MEMBERS)."""
    members = part.select(record=RECORD, survivor=final[RECORD].gather(part["_group"]), rule="_rule")
    return members[part["_at"].arg_sort()].cast(MEMBERS)


def losers_of(part: pl.DataFrame, final: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """List the values of other members that stand in no cell of the survivor (LOSERS), sorted."""
    cells = sorted(name for name in names if not name.startswith(REF_PREFIX))
    others = _others(part).sort("_row", "_at")
    group = others["_group"]
    lost = part.select(pl.col(RECORD).alias("record"), *cells)[others["_member"]]
    lost.insert_column(0, final[RECORD].gather(group).alias("survivor"))
    return _stacked((_lost(lost, final, group, name) for name in cells), LOSERS)


def origins_of(part: pl.DataFrame, values: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Say from which member each cell came that is not the survivor's own (ORIGINS), sorted.

    values: see `explained`, one row per group in their order. Composed cells have no one origin.
    """
    whys = [name for name in sorted(names) if WHY_PREFIX + name in values.columns]
    changed = [name for name in whys if values[WHY_PREFIX + name].null_count() < values.height]
    others = _others(part)
    lost = part.select(RECORD, *changed)[others["_member"]].hstack(others.select("_group", "_row"))
    return _stacked((_origin(lost, values, name).collect() for name in changed), ORIGINS)


def _others(part: pl.DataFrame) -> pl.DataFrame:
    """Return `_member` (row), `_group` and `_at` of the members that do not survive, and `_row`: whose turn it is.

    Their survivors take turns in the order of their ids.
    """
    turns = part.filter(pl.col("_rank") == 0)["_at"].rank("ordinal")
    others = (
        part.lazy().select("_group", "_at", "_rank").with_row_index("_member").filter(pl.col("_rank") > 0).collect()
    )
    return others.select("_member", "_group", "_at", turns.gather(others["_group"]).alias("_row"))


def _lost(lost: pl.DataFrame, final: pl.DataFrame, group: pl.Series, name: str) -> pl.DataFrame:
    """Return the values of one field that are not the survivor's, with the place of their record.

    A phone number is not lost where it stands in another field of the survivor.
    """
    said = lost.lazy().select("survivor", "record", value=name).with_row_index("_row")
    value = pl.col("value")
    gone = said.filter(value.is_not_null() & value.ne_missing(final[name].gather(group))).collect()
    if name in PHONES:
        gone = gone.filter(stands_nowhere(value, digits_of(final, group.gather(gone["_row"]))))
    return gone.select("survivor", "record", "_row", field=pl.lit(name), value="value")


def _origin(lost: pl.DataFrame, values: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Return the first other member that holds what a survivor has taken over in one field."""
    taken = values.select(survivor=RECORD, now=name, code=WHY_PREFIX + name)[lost["_group"]]
    beside = taken.lazy().with_columns(
        lost["_group"], lost["_row"], lost[RECORD].alias("record"), lost[name].alias("own")
    )
    holders = beside.filter(pl.col("code").is_not_null() & (pl.col("own") == pl.col("now")))
    return holders.filter(pl.col("_group").is_first_distinct()).select(
        "survivor", "record", "_row", field=pl.lit(name), code="code"
    )


def _stacked(pieces: Iterable[pl.DataFrame], shape: pl.Schema) -> pl.DataFrame:
    """Put the rows of all fields together, by `_row` and then in the order given; one number is sorted quickly.

    The pieces are made one after the other, so that no two fields are looked at in memory at once.
    """
    rows = [pl.DataFrame(schema={**shape, "_row": pl.UInt32()}), *pieces]
    return pl.concat(rows, how="diagonal").sort("_row", maintain_order=True).select(shape.names())
