"""The steps of the dedupe phase: survivors take the resolved cells, losers are marked, references follow."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from crmclean.records import CODE, INTO, OUTCOME, RECORD, REF_PREFIX, WHY_PREFIX, Outcome
from crmclean.steps.beside import place_in, taken
from crmclean.steps.contract import Context, Step

_PLACE = "_place"


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
    survives = pl.col(_PLACE).is_not_null()
    cells = [pl.when(survives).then(taken(values[name], _PLACE)).otherwise(pl.col(name)).alias(name) for name in names]
    reasons = [taken(values[why], _PLACE).alias(why) for why in whys]
    placed = frame.with_columns(place_in(values[RECORD], RECORD).alias(_PLACE), *fresh)
    return placed.with_columns(*cells, *reasons).drop(_PLACE)


def marked_merged(frame: pl.LazyFrame, fates: pl.DataFrame) -> pl.LazyFrame:
    """Mark records as merged into others. fates: (record, survivor, code)."""
    lost = pl.col(_PLACE).is_not_null()
    survivor, code = (taken(fates[name], _PLACE) for name in ("survivor", "code"))
    placed = frame.with_columns(place_in(fates["record"], RECORD).alias(_PLACE))
    return placed.with_columns(
        pl.when(lost).then(pl.lit(Outcome.MERGED.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
        pl.when(lost).then(survivor).otherwise(pl.col(INTO)).alias(INTO),
        pl.when(lost).then(code).otherwise(pl.col(CODE)).alias(CODE),
        *(code.alias(WHY_PREFIX + name) for name in (OUTCOME, INTO, CODE)),
    ).drop(_PLACE)


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
    moved = members.filter(pl.col("record") != pl.col("survivor"))
    for name in names:
        placed = frame.with_columns(place_in(moved["record"], name).alias(_PLACE))
        fate = placed.with_columns(taken(moved["survivor"], _PLACE).alias(_PLACE))
        itself = pl.col(_PLACE) == pl.coalesce(INTO, RECORD)
        followed = pl.when(itself).then(None).otherwise(pl.coalesce(_PLACE, name))
        frame = fate.with_columns(followed.alias(name)).drop(_PLACE)
    return frame
