"""Runs steps over one table and reads changes and findings off the wide frame.

The columns that a step may change are compared with what came after them: a step cannot forget to record, nor record
what it did not do. Each step is collected by itself, so that the next one works in the memory that it has left.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from crmclean.files.at_once import at_once
from crmclean.files.tables import empty
from crmclean.pipeline.sparing import NOTHING_SPARED, Spared, in_doubt, seen_by
from crmclean.plan.model import Plan
from crmclean.records import CHANGES, FINDINGS, PROVENANCE, RECORD, REF_PREFIX, WHY_PREFIX
from crmclean.steps.contract import Context, Learning, Step
from crmclean.values.codes import CODES

_WAS = "_was."
SLICE = 250_000  # rows of a table that steps see at once
_WIDER = 2  # so many times more where no old column is kept beside the new one
_SEVERITIES = {code: entry.severity.value for code, entry in CODES.items() if entry.severity}
_FOUND = pl.Series(list(_SEVERITIES)).implode()


@dataclass(frozen=True)
class Applied:
    """One table after its steps, with what the steps did to it."""

    frame: pl.DataFrame
    changes: pl.DataFrame
    findings: pl.DataFrame


@dataclass(frozen=True)
class Kept:
    """One column that a step may change: where its old values and its reasons stand beside the new ones."""

    step: str
    field: str
    was: str
    why: str


def learn(
    steps: Sequence[Step], object_: str, frame: pl.DataFrame, plan: Plan, spared: Spared = NOTHING_SPARED
) -> Mapping[str, Any]:
    """Collect the facts of every step that learns from whole columns."""
    return {
        step.code: step.learn(Learning(object_, seen_by(step, frame.columns, spared), frame.lazy(), plan, spared.clean))
        for step in steps
        if step.learn is not None
    }


def apply_steps(
    steps: Sequence[Step],
    object_: str,
    frame: pl.LazyFrame,
    *,
    facts: Mapping[str, Any],
    tables: Mapping[str, pl.DataFrame],
    plan: Plan,
    as_of: date | None,
    reported: Collection[str] | None = None,
    spared: Spared = NOTHING_SPARED,
) -> Applied:
    """Run the steps over the table of an object, slice by slice.

    reported: the fields whose findings are all that anybody asks for; then no change is recorded either.

    Steps work row by row, so that a slice gives the same answer as the whole, and old and new columns never stand in
    memory for all rows at once. Slices run side by side and are put together in order.
    """

    def context(step: Step, columns: tuple[str, ...]) -> Context:
        return Context(object_, columns, facts.get(step.code), tables, plan, as_of)

    table = frame.collect(engine="in-memory")  # in one piece
    rows = SLICE if reported is None else SLICE * _WIDER
    slices = list(table.iter_slices(rows)) if table.height else [table]
    parts = list(at_once(lambda part: _applied(steps, object_, part, context, reported, spared), slices))
    return Applied(
        _put_together(table, slices, [part.frame for part in parts]),
        pl.concat([part.changes for part in parts]),
        pl.concat([part.findings for part in parts]),
    )


def _put_together(table: pl.DataFrame, slices: Sequence[pl.DataFrame], after: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the table with the columns that the steps have written in some slice."""
    written = dict.fromkeys(name for part in after for name in part.columns)
    return table.with_columns(
        pl.concat(
            [(new if name in new.columns else old)[name] for old, new in zip(slices, after, strict=True)], rechunk=True
        )
        for name in written
    )


def _applied(
    steps: Sequence[Step],
    object_: str,
    part: pl.DataFrame,
    context: Callable[[Step, tuple[str, ...]], Context],
    reported: Collection[str] | None,
    spared: Spared,
) -> Applied:
    """Run the steps over a slice; the frame of the answer has the columns that they may have changed."""
    doubt = in_doubt(steps, object_, part, spared)
    if doubt is None:
        return _run(steps, object_, part, context, reported, spared)
    if doubt.rows.is_empty():
        return Applied(pl.DataFrame(), empty(CHANGES), empty(FINDINGS))
    told = _run(steps, object_, doubt.rows, context, reported, spared)
    return replace(told, frame=doubt.put_back(part, told.frame))


def _run(
    steps: Sequence[Step],
    object_: str,
    part: pl.DataFrame,
    context: Callable[[Step, tuple[str, ...]], Context],
    reported: Collection[str] | None,
    spared: Spared,
) -> Applied:
    columns, written = list(part.columns), dict[str, None]()
    changes, findings = [empty(CHANGES)], [empty(FINDINGS)]
    for step in steps:
        seen = seen_by(step, columns, spared)
        fields = step.columns(object_, seen)
        if not fields:
            continue
        written |= dict.fromkeys(fields)
        columns += [field for field in fields if field not in columns]
        kept = [Kept(step.code, field, _WAS + field, WHY_PREFIX + field) for field in fields]
        if reported is not None:  # what nobody reads is not even worked out then
            kept = [keep for keep in kept if keep.field in reported]
        after = step.apply(_beside(part, fields), context(step, seen)).select(*columns, *(keep.why for keep in kept))
        data = after.collect(engine="in-memory")  # the streaming engine takes half as long again
        if reported is None:
            changes += _changes(object_, part, data, kept)
        findings += [found(object_, data, keep) for keep in kept if data[keep.why].null_count() < data.height]
        part = data.select(columns)
    return Applied(part.select(*written), pl.concat(changes), pl.concat(findings))


def _beside(part: pl.DataFrame, fields: Sequence[str]) -> pl.LazyFrame:
    """Add an empty reason for every field, and the fields that are not there."""
    new = [field for field in fields if field not in part.columns]
    reasons = [WHY_PREFIX + field for field in fields]
    return part.lazy().with_columns(pl.lit(None, pl.String).alias(name) for name in (*new, *reasons))


def _changes(object_: str, before: pl.DataFrame, after: pl.DataFrame, kept: Sequence[Kept]) -> Iterator[pl.DataFrame]:
    for keep in kept:
        old = before[keep.field] if keep.field in before.columns else pl.lit(None, pl.String)
        yield changed(object_, after.with_columns(old.alias(keep.was)), keep, keep.field)


def changed(object_: str, data: pl.DataFrame, keep: Kept, after: str) -> pl.DataFrame:
    """Return the changes (records.CHANGES) of one column by one step; after: the column with its new values."""
    rows = data.lazy().filter(pl.col(keep.was).ne_missing(pl.col(after)))
    return rows.select(
        object=pl.lit(object_),
        record=pl.col(RECORD),
        field=pl.lit(keep.field),
        before=pl.col(keep.was),
        after=pl.col(after),
        step=pl.lit(keep.step),
        code=pl.col(keep.why).fill_null(keep.step),
    ).collect()


def found(object_: str, data: pl.DataFrame, keep: Kept) -> pl.DataFrame:
    """Return the findings (records.FINDINGS) of one column by one step."""
    _, _, file, row = PROVENANCE
    severity = pl.col(keep.why).replace_strict(_SEVERITIES, default=None, return_dtype=pl.String)
    rows = data.lazy().filter(pl.col(keep.why).is_in(_FOUND)).with_columns(severity=severity)
    return rows.select(
        object=pl.lit(object_),
        record=pl.col(RECORD),
        file=pl.col(file),
        row=pl.col(row),
        field=pl.lit(keep.field.removeprefix(REF_PREFIX)),
        check=pl.lit(keep.step),
        severity=pl.col("severity"),
        code=pl.col(keep.why),
    ).collect()
