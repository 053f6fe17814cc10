"""The normalize phase: every step over every object, parents before children."""

from collections.abc import Collection, Mapping

import polars as pl

from crmclean.pipeline.applying import learn
from crmclean.pipeline.store import Phase
from crmclean.pipeline.unread import suggested, unread
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
    work = Work(plan, {name: loaded[name].collect() for name in OBJECTS if name in loaded}, reported=reported)
    for object_ in tuple(work.tables):
        work.apply(object_, CLEANING)
        work.apply(object_, READING, learn(READING, object_, work.tables[object_].lazy(), plan))
    changes, findings = work.changes, work.findings
    if reported is not None:
        return Phase({**loaded, **work.tables}, changes, findings)
    lists = {"unread": unread(findings, work.tables), "suggested": suggested(findings, work.tables)}
    counts = {"changes": changes.height, "findings": findings.height}
    counts |= {name: rows.height for name, rows in lists.items()}
    return Phase({**loaded, **work.tables}, changes, findings, counts=counts, lists=lists)
