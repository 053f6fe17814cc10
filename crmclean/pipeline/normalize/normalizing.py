"""The normalize phase: every step over every object, parents before children."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from crmclean.files.at_once import at_once
from crmclean.pipeline.applying import Applied, learn
from crmclean.pipeline.normalize.unread import suggested, unread
from crmclean.pipeline.sparing import Spared, spared
from crmclean.pipeline.store import Phase
from crmclean.pipeline.work import Work
from crmclean.plan.model import Plan
from crmclean.records import OBJECTS
from crmclean.steps import CLEANING, READING


def normalize(
    plan: Plan, loaded: Mapping[str, pl.LazyFrame], reported: Mapping[str, Collection[str]] | None = None
) -> Phase:
    """Bring every cell into its canonical form, or leave it with a reason.

    reported: object -> the fields whose findings are all that the caller asks for; then no change is recorded either.
    """
    tables = {name: loaded[name].collect(engine="in-memory") for name in OBJECTS if name in loaded}
    work = Work(plan, tables, reported=reported)
    objects = tuple(work.tables)
    for object_, cleaned in zip(objects, at_once(partial(_cleaned, work), objects), strict=True):
        work.take(object_, cleaned.applied)
        work.take(object_, work.applied(object_, READING, cleaned.facts, cleaned.spared))
    changes, findings = work.changes, work.findings
    if reported is not None:
        return Phase({**loaded, **work.tables}, changes, findings)
    lists = {"unread": unread(findings, work.tables), "suggested": suggested(findings, work.tables)}
    counts = {"changes": changes.height, "findings": findings.height}
    counts |= {name: rows.height for name, rows in lists.items()}
    return Phase({**loaded, **work.tables}, changes, findings, counts=counts, lists=lists)


@dataclass(frozen=True)
class _Cleaned:
    """A table after the steps that look at nothing else; facts: what the others learn from it, by step."""

    applied: Applied
    facts: Mapping[str, object]
    spared: Spared


def _cleaned(work: Work, object_: str) -> _Cleaned:
    known = spared(READING, object_, work.tables[object_])
    clean = work.applied(object_, CLEANING, spared=known)
    return _Cleaned(clean, learn(READING, object_, clean.frame, work.plan, known), known)
