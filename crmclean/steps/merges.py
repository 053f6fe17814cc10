"""The steps of the dedupe phase: survivors take the resolved cells, losers are marked, references follow."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from crmclean.records import CODE, INTO, OUTCOME, RECORD, REF_PREFIX, WHY_PREFIX, Outcome
from crmclean.steps.contract import Context, Step


class Resolved(Protocol):
    """What matching.survivors answers: members (record, survivor, rule) and values (`_record`, cells, `_why.*`)."""

    @property
    def members(self) -> pl.DataFrame:
        """Every record of every group, survivors included."""

    @property
    def values(self) -> pl.DataFrame:
        """The new cells of the survivors."""


def merge_step(survivors: Resolved) -> Step:
    """Return the step that gives survivors their resolved cells and marks the other members as merged into them."""
    resolved = [name for name in survivors.values.columns if name != RECORD and not name.startswith(WHY_PREFIX)]
    fates = _fates(survivors)

    def columns(_object: str, _columns: Sequence[str]) -> tuple[str, ...]:
        return (*resolved, OUTCOME, INTO, CODE)

    def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
        return marked_merged(_resolved(frame, survivors.values, resolved, context.columns), fates)

    return Step("merge", columns, apply)


def absorbed_step(survivors: Resolved) -> Step:
    """Return the step that marks the members which are records of another object than their survivor, such as leads."""
    fates = _fates(survivors)

    def columns(_object: str, _columns: Sequence[str]) -> tuple[str, ...]:
        return (OUTCOME, INTO, CODE)

    def apply(frame: pl.LazyFrame, _context: Context) -> pl.LazyFrame:
        return marked_merged(frame, fates)

    return Step("merge", columns, apply)


def _fates(survivors: Resolved) -> pl.DataFrame:
    losers = survivors.members.filter(pl.col("record") != pl.col("survivor"))
    return losers.select("record", "survivor", pl.format("merge.{}", _named("rule")).alias("code"))


def _resolved(frame: pl.LazyFrame, values: pl.DataFrame, names: Sequence[str], present: Sequence[str]) -> pl.LazyFrame:
    """Give survivors their new cells, each with the rule that chose it."""
    fresh = [pl.lit(None, pl.String).alias(name) for name in names if name not in present]
    whys = [WHY_PREFIX + name for name in names if WHY_PREFIX + name in values.columns]
    renamed = {name: f"_new.{name}" for name in (*names, *whys)}
    joined = frame.with_columns(fresh).join(
        values.lazy().rename(renamed).with_columns(pl.lit(value=True).alias("_new")),
        on=RECORD,
        how="left",
        maintain_order="left",
    )
    taken = [pl.when("_new").then(pl.col(renamed[name])).otherwise(pl.col(name)).alias(name) for name in names]
    reasons = [pl.when("_new").then(pl.col(renamed[why])).alias(why) for why in whys]
    return joined.with_columns(*taken, *reasons).drop(*renamed.values(), "_new")


def marked_merged(frame: pl.LazyFrame, fates: pl.DataFrame) -> pl.LazyFrame:
    """Mark records as merged into others. fates: (record, survivor, code)."""
    told = fates.lazy().select(
        pl.col("record").alias(RECORD), pl.col("survivor").alias("_fate"), pl.col("code").alias("_rule")
    )
    lost = pl.col("_fate").is_not_null()
    marked = frame.join(told, on=RECORD, how="left", maintain_order="left").with_columns(
        pl.when(lost).then(pl.lit(Outcome.MERGED.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
        pl.when(lost).then(pl.col("_fate")).otherwise(pl.col(INTO)).alias(INTO),
        pl.when(lost).then(pl.col("_rule")).otherwise(pl.col(CODE)).alias(CODE),
        *(pl.when(lost).then(pl.col("_rule")).alias(WHY_PREFIX + name) for name in (OUTCOME, INTO, CODE)),
    )
    return marked.drop("_fate", "_rule")


def _named(rule: str) -> pl.Expr:
    """Return the rule, where it is a column of the source's own by one name: codes are a closed list."""
    return pl.when(pl.col(rule).str.starts_with("x_")).then(pl.lit("own-column")).otherwise(pl.col(rule))


def follow_step(members: pl.DataFrame) -> Step:
    """Return the step that turns every reference to a merged record into one to its survivor, never to itself.

    members: (record, survivor) of all objects together.
    """

    def columns(_object: str, columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in columns if name.startswith(REF_PREFIX))

    def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
        return _followed(frame, members, [name for name in context.columns if name.startswith(REF_PREFIX)])

    return Step("refs.follow", columns, apply)


def _followed(frame: pl.LazyFrame, members: pl.DataFrame, names: Sequence[str]) -> pl.LazyFrame:
    moved = members.filter(pl.col("record") != pl.col("survivor")).lazy()
    for name in names:
        fates = moved.select(pl.col("record").alias(name), pl.col("survivor").alias("_fate"))
        joined = frame.join(fates, on=name, how="left", maintain_order="left")
        itself = pl.col("_fate") == pl.coalesce(INTO, RECORD)
        followed = pl.when(itself).then(None).otherwise(pl.coalesce("_fate", name))
        frame = joined.with_columns(followed.alias(name)).drop("_fate")
    return frame
