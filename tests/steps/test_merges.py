from types import SimpleNamespace

import polars as pl
import pytest

from crmclean.plan.model import Plan, Target
from crmclean.steps.contract import Context
from crmclean.steps.merges import follow_step, merge_step


@pytest.fixture
def context(tmp_path):
    def make(object_, frame):
        plan = Plan(tmp_path, "test", Target("hubspot"), ())
        return Context(object_, tuple(frame.columns), None, {}, plan, None)

    return make


def table(**columns):
    height = len(next(iter(columns.values())))
    fate = {name: pl.Series([None] * height, dtype=pl.String) for name in ("_outcome", "_into", "_code")}
    return pl.DataFrame({**columns, **fate})


MEMBERS = pl.DataFrame({"record": ["a", "b"], "survivor": ["a", "a"], "rule": ["email", "email"]})
VALUES = pl.DataFrame({"_record": ["a"], "title": ["CEO"], "email_other": ["x@y.org"], "_why.title": ["merge.newest"]})
RESOLVED = SimpleNamespace(members=MEMBERS, values=VALUES)


def test_the_survivor_takes_the_resolved_cells_and_the_others_keep_theirs(context):
    frame = table(_record=["b", "a", "c"], title=["CTO", None, "CFO"])
    after = merge_step(RESOLVED).apply(frame.lazy(), context("contacts", frame)).collect()
    assert after["_record"].to_list() == ["b", "a", "c"]
    assert after["title"].to_list() == ["CTO", "CEO", "CFO"]
    assert after["email_other"].to_list() == [None, "x@y.org", None]
    assert after["_why.title"].to_list() == [None, "merge.newest", None]


def test_losers_are_marked_with_their_survivor_and_the_rule(context):
    frame = table(_record=["b", "a", "c"], title=["CTO", None, "CFO"])
    after = merge_step(RESOLVED).apply(frame.lazy(), context("contacts", frame)).collect()
    assert after.select("_outcome", "_into", "_code").rows() == [
        ("merged", "a", "merge.email"),
        (None,) * 3,
        (None,) * 3,
    ]


def test_the_step_names_every_column_that_it_changes(context):
    frame = table(_record=["a", "b"], title=["x", None])
    step = merge_step(RESOLVED)
    after = step.apply(frame.lazy(), context("contacts", frame)).collect()
    changed = {n for n in frame.columns if not after[n].equals(frame[n])} | (set(after.columns) - set(frame.columns))
    assert {name for name in changed if not name.startswith("_why.")} <= set(step.columns("contacts", frame.columns))


def test_merging_twice_changes_nothing(context):
    frame = table(_record=["b", "a", "c"], title=["CTO", None, "CFO"])
    once = merge_step(RESOLVED).apply(frame.lazy(), context("contacts", frame)).collect().drop("_why.title")
    twice = merge_step(RESOLVED).apply(once.lazy(), context("contacts", once)).collect().drop("_why.title")
    assert twice.equals(once)


REFERENCES = {"_ref.person_ref": ["b", "a", "c", None], "_ref.owner_ref": ["u", "b", None, "u"]}


def test_every_reference_follows_to_the_survivor(context):
    frame = table(_record=["1", "2", "3", "4"], **REFERENCES)
    after = follow_step(MEMBERS).apply(frame.lazy(), context("activities", frame)).collect()
    assert after["_ref.person_ref"].to_list() == ["a", "a", "c", None]
    assert after["_ref.owner_ref"].to_list() == ["u", "a", None, "u"]


def test_a_record_never_becomes_its_own_parent(context):
    frame = table(_record=["a", "b", "c"], **{"_ref.reports_to_ref": ["b", "c", "b"]})
    after = follow_step(MEMBERS).apply(frame.lazy(), context("contacts", frame)).collect()
    assert after["_ref.reports_to_ref"].to_list() == [None, "c", "a"]


def test_an_object_without_references_is_left_alone(context):
    frame = table(_record=["a"], title=["x"])
    assert follow_step(MEMBERS).columns("contacts", frame.columns) == ()
    assert follow_step(MEMBERS).apply(frame.lazy(), context("contacts", frame)).collect().equals(frame)
