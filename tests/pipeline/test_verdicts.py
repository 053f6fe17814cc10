"""Decisions that cannot be applied: said aloud, named in a table, and never in the way of the others."""

from pathlib import Path

import polars as pl
import pytest

from crmclean.matching.decisions import DECISIONS
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.plan.model import Plan, Source, Target

PLAN = Plan(Path(), "verdicts", Target("hubspot"), (Source("crm", "plain", 1, ()),))
NAMES = [("Ann", "Lee"), ("Bo", "Roe"), ("Cy", "Poe"), ("Di", "Moe")]


def contacts(n=4):
    rows = [
        {"_record": f"crm:contacts:{place}", "first_name": first, "last_name": last}
        for place, (first, last) in enumerate(NAMES[:n], start=1)
    ]
    empty = dict.fromkeys(("_outcome", "_into", "_code", "email"))
    full = [row | empty | {"_source": "crm", "_file": "x.csv"} for row in rows]
    return pl.DataFrame(full, schema=dict.fromkeys(full[0], pl.String)).with_columns(_row=pl.lit(2, pl.Int64))


def decided(*answers):
    rows = []
    for one, other, verdict, *by in answers:
        low, high = sorted((f"crm:contacts:{one}", f"crm:contacts:{other}"))
        rows.append({"left": low, "right": high, "verdict": verdict, "by": by[0] if by else "ann", "at": "2026-01-01"})
    return dedupe(PLAN, {"contacts": contacts().lazy()}, pl.DataFrame(rows, schema=DECISIONS), b"key")


def groups(phase):
    members = phase.frames["members"].group_by("survivor").agg(pl.col("record").str.tail(1).sort())
    return sorted("".join(record) for record in members["record"])


def unapplied(phase):
    rows = phase.frames["unapplied"].with_columns(pl.col("left", "right").str.tail(1))
    return rows.select("left", "right", "verdict", "code").rows()


def noted(phase):
    return {note["code"]: note["count"] for note in phase.counts["notes"] if note["code"].startswith("decisions.")}


def test_all_decisions_that_fit_are_applied_and_nothing_is_said():
    phase = decided((1, 2, "merge"), (3, 4, "merge"), (1, 3, "different"))
    assert (groups(phase), unapplied(phase), noted(phase)) == (["12", "34"], [], {})


def test_a_chain_of_merges_does_not_join_what_a_person_keeps_apart():
    phase = decided((1, 2, "merge"), (2, 3, "merge"), (1, 3, "different"))
    assert groups(phase) in (["12"], ["23"])
    assert [row[2:] for row in unapplied(phase)] == [("merge", "decisions.contradicted")]
    assert noted(phase) == {"decisions.contradicted": 1}


@pytest.mark.parametrize("verdict", ["merge", "different"])
def test_a_decision_on_a_record_that_is_not_there_is_named(verdict):
    phase = decided((1, 2, "merge"), (1, 9, verdict))
    assert groups(phase) == ["12"]
    assert unapplied(phase) == [("1", "9", verdict, "decisions.unknown-record")]
    assert noted(phase) == {"decisions.unknown-record": 1}


def test_reviewers_who_disagree_hold_the_pair_with_both_answers():
    phase = decided((1, 2, "merge", "ann"), (1, 2, "different", "bob"), (3, 4, "merge"))
    assert groups(phase) == ["34"]
    assert sorted(phase.frames["held"]["record"]) == ["crm:contacts:1", "crm:contacts:2"]
    (row,) = phase.frames["questions-contacts"].rows(named=True)
    assert row["said_before"] == "ann: merge (2026-01-01); bob: different (2026-01-01)"
    assert noted(phase) == {"decisions.reopened": 1}
