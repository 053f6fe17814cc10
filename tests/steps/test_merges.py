from types import SimpleNamespace

import polars as pl

from crmclean.pipeline.patching import apply_patches
from crmclean.steps.merges import follow_patch, merge_patch


def table(**columns):
    height = len(next(iter(columns.values())))
    fate = {name: pl.Series([None] * height, dtype=pl.String) for name in ("_outcome", "_into", "_code")}
    provenance = {"_source": ["s"] * height, "_file": ["f.csv"] * height, "_row": range(2, height + 2)}
    return pl.DataFrame({**columns, **provenance, **fate})


def written(patch, frame, object_="contacts"):
    return apply_patches([patch], object_, frame)


MEMBERS = pl.DataFrame({"record": ["a", "b"], "survivor": ["a", "a"], "rule": ["email", "email"]})
VALUES = pl.DataFrame({"_record": ["a"], "title": ["CEO"], "email_other": ["x@y.org"], "_why.title": ["merge.newest"]})
RESOLVED = SimpleNamespace(members=MEMBERS, values=VALUES)


def test_the_survivor_takes_the_resolved_cells_and_the_others_keep_theirs():
    frame = table(_record=["b", "a", "c"], title=["CTO", None, "CFO"])
    after = written(merge_patch(RESOLVED), frame).frame
    assert after["_record"].to_list() == ["b", "a", "c"]
    assert after["title"].to_list() == ["CTO", "CEO", "CFO"]
    assert after["email_other"].to_list() == [None, "x@y.org", None]


def test_losers_are_marked_with_their_survivor_and_the_rule():
    frame = table(_record=["b", "a", "c"], title=["CTO", None, "CFO"])
    after = written(merge_patch(RESOLVED), frame).frame
    assert after.select("_outcome", "_into", "_code").rows() == [
        ("merged", "a", "merge.email"),
        (None,) * 3,
        (None,) * 3,
    ]


def test_every_cell_that_a_merge_writes_is_recorded_with_its_rule():
    frame = table(_record=["b", "a", "c"], title=["CTO", None, "CFO"])
    changes = written(merge_patch(RESOLVED), frame).changes
    assert changes.select("record", "field", "before", "after", "code").rows() == [
        ("a", "title", None, "CEO", "merge.newest"),
        ("a", "email_other", None, "x@y.org", "merge"),
        ("b", "_outcome", None, "merged", "merge.email"),
        ("b", "_into", None, "a", "merge.email"),
        ("b", "_code", None, "merge.email", "merge.email"),
    ]


def test_a_column_of_which_nobody_has_a_cell_is_added_all_the_same():
    frame = table(_record=["c"], title=["CFO"])
    assert written(merge_patch(RESOLVED), frame).frame["email_other"].to_list() == [None]


def test_merging_twice_changes_nothing():
    frame = table(_record=["b", "a", "c"], title=["CTO", None, "CFO"])
    once = written(merge_patch(RESOLVED), frame).frame
    twice = written(merge_patch(RESOLVED), once)
    assert twice.frame.equals(once)
    assert twice.changes.is_empty()


REFERENCES = {"_ref.person_ref": ["b", "a", "c", None], "_ref.owner_ref": ["u", "b", None, "u"]}


def test_every_reference_follows_to_the_survivor():
    frame = table(_record=["1", "2", "3", "4"], **REFERENCES)
    after = written(follow_patch(MEMBERS), frame, "activities").frame
    assert after["_ref.person_ref"].to_list() == ["a", "a", "c", None]
    assert after["_ref.owner_ref"].to_list() == ["u", "a", None, "u"]


def test_a_record_never_becomes_its_own_parent():
    frame = table(_record=["a", "b", "c"], **{"_ref.reports_to_ref": ["b", "c", "b"]})
    after = written(follow_patch(MEMBERS), frame).frame
    assert after["_ref.reports_to_ref"].to_list() == [None, "c", "a"]


def test_an_object_without_references_is_left_alone():
    frame = table(_record=["a"], title=["x"])
    assert written(follow_patch(MEMBERS), frame).frame.equals(frame)
