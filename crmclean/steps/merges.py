"""The patches of the dedupe phase: survivors take the resolved cells, losers are marked, references follow."""

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from crmclean.records import INTO, RECORD, REF_PREFIX, WHY_PREFIX, Outcome
from crmclean.steps.beside import marked, met
from crmclean.steps.contract import Cells, Patch


class Resolved(Protocol):
    """What matching.survivors answers: members (record, survivor, rule) and values (`_record`, cells, `_why.*`)."""

    @property
    def members(self) -> pl.DataFrame:
        """Every record of every group, survivors included."""

    @property
    def values(self) -> pl.DataFrame:
        """The new cells of the survivors."""


def merge_patch(survivors: Resolved) -> Patch:
    """Return the patch that gives survivors their resolved cells and marks the other members as merged into them."""
    values, fates = survivors.values, _fates(survivors)

    def cells(table: pl.DataFrame) -> Iterator[Cells]:
        rows, places = met(table[RECORD], values[RECORD])
        for name in values.columns:
            if name != RECORD and not name.startswith(WHY_PREFIX):
                why = WHY_PREFIX + name
                reasons = values[why].gather(places) if why in values.columns else None
                yield Cells(name, rows, values[name].gather(places), reasons)
        yield from merged(table, fates)

    return Patch("merge", cells)


def absorbed_patch(survivors: Resolved) -> Patch:
    """Return the patch that marks members which are records of another object than their survivor, such as leads."""
    fates = _fates(survivors)
    return Patch("merge", lambda table: merged(table, fates))


def _fates(survivors: Resolved) -> pl.DataFrame:
    losers = survivors.members.filter(pl.col("record") != pl.col("survivor"))
    return losers.select("record", "survivor", pl.format("merge.{}", _named("rule")).alias("code"))


def merged(table: pl.DataFrame, fates: pl.DataFrame) -> Iterator[Cells]:
    """Yield the cells that mark records as merged into others. fates: (record, survivor, code)."""
    rows, places = met(table[RECORD], fates["record"])
    code = fates["code"].gather(places)
    merged_ = pl.repeat(Outcome.MERGED.value, len(rows), eager=True)
    yield from marked(rows, merged_, code, fates["survivor"].gather(places))


def _named(rule: str) -> pl.Expr:
    """Return the rule, where it is a column of the source's own by one name: codes are a closed list."""
    return pl.when(pl.col(rule).str.starts_with("x_")).then(pl.lit("own-column")).otherwise(pl.col(rule))


def follow_patch(members: pl.DataFrame) -> Patch:
    """Return the patch that turns every reference to a merged record into one to its survivor, never to itself.

    members: (record, survivor) of all objects together.
    """
    moved = members.filter(pl.col("record") != pl.col("survivor"))

    def cells(table: pl.DataFrame) -> Iterator[Cells]:
        for name in (name for name in table.columns if name.startswith(REF_PREFIX)):
            rows, places = met(table[name], moved["record"])
            own = table.select(pl.coalesce(INTO, RECORD).gather(rows)).to_series()
            survivor = moved["survivor"].gather(places)
            yield Cells(name, rows, pl.select(pl.when(survivor != own).then(survivor)).to_series())

    return Patch("refs.follow", cells)
