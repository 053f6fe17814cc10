"""Which stage a record is imported in, and in which order the rows go."""

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.pipeline.send.arranging import arrange
from crmclean.pipeline.send.slicing import frozen
from crmclean.pipeline.send.staging import assign
from crmclean.plan.model import DEFAULT_STAGES, Plan, Stage, Target

AS_OF = date(2024, 6, 30)


def plan(tmp_path, stages=DEFAULT_STAGES):
    return Plan(root=tmp_path, name="test", target=Target("small"), sources=(), stages=stages)


def table(*rows):
    return pl.DataFrame(list(rows), infer_schema_length=None).cast(pl.String).lazy()


TABLES = {
    "users": table({"_record": "u1"}),
    "companies": table(
        {"_record": "c1", "lifecycle": None, "_ref.parent_ref": None, "_ref.owner_ref": "u1"},
        {"_record": "c2", "lifecycle": None, "_ref.parent_ref": "c1", "_ref.owner_ref": "u1"},
        {"_record": "c3", "lifecycle": "customer", "_ref.parent_ref": "c2", "_ref.owner_ref": "u1"},
        {"_record": "c4", "lifecycle": None, "_ref.parent_ref": None, "_ref.owner_ref": None},
        {"_record": "c5", "lifecycle": None, "_ref.parent_ref": None, "_ref.owner_ref": None},
        {"_record": "c6", "lifecycle": None, "_ref.parent_ref": "c7", "_ref.owner_ref": None},
        {"_record": "c7", "lifecycle": None, "_ref.parent_ref": "c6", "_ref.owner_ref": None},
    ),
    "contacts": table(
        {"_record": "p1", "lifecycle": "customer", "last_engaged": None, "_ref.company_ref": "c4", "_outcome": None},
        {
            "_record": "p2",
            "lifecycle": "lead",
            "last_engaged": "2024-06-01",
            "_ref.company_ref": "c5",
            "_outcome": None,
        },
        {
            "_record": "p3",
            "lifecycle": "lead",
            "last_engaged": "2024-01-01",
            "_ref.company_ref": "c4",
            "_outcome": None,
        },
        {"_record": "p4", "lifecycle": None, "last_engaged": None, "_ref.company_ref": None, "_outcome": "ready"},
        {
            "_record": "p5",
            "lifecycle": "lead",
            "last_engaged": "2024-06-01",
            "_ref.company_ref": "c6",
            "_outcome": None,
        },
        {
            "_record": "p6",
            "lifecycle": "customer",
            "last_engaged": None,
            "_ref.company_ref": "c5",
            "_outcome": "merged",
        },
        {
            "_record": "p7",
            "lifecycle": "customer",
            "last_engaged": None,
            "_ref.company_ref": "c5",
            "_outcome": "archived",
        },
        {
            "_record": "p8",
            "lifecycle": "lead",
            "last_engaged": "2020-01-01",
            "_ref.company_ref": None,
            "_outcome": None,
        },
        {"_record": "p9", "lifecycle": "lead", "last_engaged": None, "_ref.company_ref": None, "_outcome": None},
        {"_record": "p10", "last_engaged": "2024-06-02", "_outcome": "merged", "_into": "p9"},
    ),
    "leads": table({"_record": "l1", "last_engaged": "2024-06-29T10:00:00Z"}),
    "deals": table(
        {"_record": "d1", "_ref.company_ref": "c3", "_ref.contact_ref": "p2", "_ref.owner_ref": "u1"},
        {"_record": "d2", "_ref.company_ref": None, "_ref.contact_ref": None, "_ref.owner_ref": "u1"},
        {"_record": "d3", "_ref.company_ref": "c4", "_ref.contact_ref": "p1", "_ref.owner_ref": None},
    ),
    "activities": table(
        {
            "_record": "a1",
            "_ref.person_ref": "p1",
            "_ref.parent_ref": "d1",
            "kind": None,
            "done": None,
            "done_at": None,
        },
        {"_record": "a4", "_ref.person_ref": "p8", "kind": "call", "done": "true", "done_at": "2024-06-10"},
        {"_record": "a2", "_ref.person_ref": "l1", "_ref.parent_ref": None},
        {"_record": "a3", "_ref.person_ref": "p7", "_ref.parent_ref": None},
    ),
    "links": table(
        {"_record": "k1", "from_object": "deals", "_ref.from_ref": "d1", "to_object": "contacts", "_ref.to_ref": "p1"}
    ),
}


@pytest.mark.parametrize(
    ("record", "stage", "why"),
    [
        ("p1", 0, "a customer"),
        ("p2", 1, "engaged within 90 days"),
        ("p3", 2, "engaged long ago"),
        ("p4", 2, "null counts as false; ready is live"),
        ("l1", 1, "a lead without a lifecycle column"),
        ("c4", 0, "earliest of its people"),
        ("c5", 1, "merged and archived people do not count"),
        ("c3", 0, "a customer itself"),
        ("c1", 0, "parent of the parent of a customer"),
        ("c6", 1, "its people"),
        ("c7", 1, "in a cycle with c6"),
        ("d1", 1, "comes with the last of its company and contact"),
        ("d2", 2, "nothing places it: the last stage"),
        ("d3", 0, "company and contact are in the first"),
        ("a1", 1, "its deal is in the second"),
        ("a2", 1, "its lead"),
        ("p8", 1, "its own last_engaged is old, but it took a call"),
        ("p9", 1, "the record that was merged into it was engaged"),
        ("a3", 2, "its person is archived: the last stage"),
        ("k1", 1, "its deal"),
        ("u1", 0, "everybody needs users"),
    ],
)
def test_stages(tmp_path, record, stage, why):
    placed = dict(assign(plan(tmp_path), TABLES, AS_OF).iter_rows())
    assert placed[record] == stage, why


def test_only_live_records_are_placed(tmp_path):
    assert not {"p6", "p7"} & set(assign(plan(tmp_path), TABLES, AS_OF)["_record"])


def test_people_in_no_stage_are_named_and_their_company_too(tmp_path):
    stages = (Stage("customers", "lifecycle = 'customer'"),)
    placed = dict(assign(plan(tmp_path, stages), TABLES, AS_OF).iter_rows())
    assert placed["p3"] is None
    assert placed["c5"] is None
    assert placed["c4"] == 0
    assert placed["d2"] == 0


KEY = TargetField("key", "Key", "text", required=True, unique=True)
SCHEMA = TargetSchema(
    "small",
    "Small",
    {
        name: TargetObject(name, name, "key", (), {field.name: field for field in (KEY, *fields)})
        for name, fields in {
            "Account": (
                TargetField("Name", "Name", "text"),
                TargetField("ParentId", "Parent", "reference", ref=("Account",)),
            ),
            "Contact": (
                TargetField("Name", "Name", "text"),
                TargetField("AccountId", "Account", "reference", ref=("Account",)),
                TargetField("ReportsTo", "Reports to", "reference", ref=("Contact",)),
            ),
            "Role": (TargetField("ContactId", "Contact", "reference", ref=("Contact",), required=True),),
        }.items()
    },
)
NO_KNOWN = pl.DataFrame(schema={"_record": pl.String, "number": pl.Int64, "key": pl.String})
NO_MERGES = pl.DataFrame(schema={"_record": pl.String, "_into": pl.String})


def sent(tables, staged, merged=NO_MERGES, known=NO_KNOWN, rows=100):
    stages = pl.DataFrame(list(staged.items()), schema={"_record": pl.String, "stage": pl.Int64}, orient="row")
    arranged = arrange(SCHEMA, stages, tables, merged, known)
    return arranged, list(frozen(SCHEMA, ["one", "two"], arranged, tables, rows))


def account(record, parent=None):
    return {"_record": record, "key": record, "Name": record.upper(), "_ref.ParentId": parent}


def person(record, company=None, boss=None):
    return {"_record": record, "key": record, "Name": None, "_ref.AccountId": company, "_ref.ReportsTo": boss}


def test_parents_go_before_children_level_by_level():
    tables = {"Account": table(account("a3", "a2"), account("a1"), account("a2", "a1"), account("a4"))}
    _, slices = sent(tables, {"a1": 0, "a2": 0, "a3": 0, "a4": 0})
    assert [part.records for part in slices] == [["a1", "a4"], ["a2"], ["a3"]]
    assert (slices[2].fields, slices[2].refs) == (["Name"], ["ParentId"])
    assert json.loads(slices[2].payloads[0]) == {"key": "a3", "cells": ["A3"], "refs": slices[1].numbers}


def test_a_cycle_is_sent_without_its_references_and_closed_in_a_second_pass():
    tables = {"Account": table(account("a1", "a2"), account("a2", "a1"), account("a3", "a1"))}
    _, slices = sent(tables, {"a1": 0, "a2": 0, "a3": 0})
    first, second = slices
    assert not first.second_pass
    assert [json.loads(text)["refs"] for text in first.payloads] == [[None]] * 3
    assert second.second_pass
    one, two, _ = first.numbers
    assert [json.loads(text)["refs"] for text in second.payloads] == [[two], [one], [one]]


def test_a_reference_into_a_later_stage_waits_for_that_stage():
    tables = {"Contact": table(person("p1", boss="p2"), person("p2"))}
    _, slices = sent(tables, {"p1": 0, "p2": 1})
    assert [(part.stage, part.second_pass, part.records) for part in slices] == [
        ("one", False, ["p1"]),
        ("two", False, ["p2"]),
        ("two", True, ["p1"]),
    ]


def test_a_reference_to_a_record_that_does_not_come_is_dropped_and_listed():
    tables = {"Contact": table(person("p1", company="gone"), person("p2"))}
    arranged, slices = sent(tables, {"p1": 0, "p2": 0})
    assert arranged.dropped.rows() == [("p1", "Contact", "AccountId", "gone")]
    assert not slices[0].faults


def test_a_required_reference_to_a_record_that_does_not_come_keeps_the_row_back():
    roles = table({"_record": "r1", "_ref.ContactId": "gone"}, {"_record": "r2", "_ref.ContactId": "p1"})
    tables = {"Contact": table(person("p1")), "Role": roles}
    _, slices = sent(tables, {"p1": 0, "r1": 0, "r2": 0})
    assert slices[1].faults == {0: ("import.parent-missing", "ContactId")}


def test_rejects_that_are_foreseen_can_be_kept_back():
    stages = pl.DataFrame({"_record": ["p1", "p2"], "stage": [0, 0]})
    tables = {"Contact": table(person("p1"), person("p2"))}
    kept_back = pl.DataFrame({"_record": ["p2", "p2"], "fault": ["picklist.unmapped Kind", "length Name"]})
    arranged = arrange(SCHEMA, stages, tables, NO_MERGES, NO_KNOWN, kept_back)
    (part,) = frozen(SCHEMA, ["one", "two"], arranged, tables, 100)
    assert part.faults == {1: ("picklist.unmapped", "Kind")}


def test_rows_in_no_stage_are_not_sent():
    _, slices = sent({"Contact": table(person("p1"), person("p2"))}, {"p1": None, "p2": 1})
    assert [part.records for part in slices] == [["p2"]]


def test_records_of_earlier_rounds_keep_their_numbers():
    known = pl.DataFrame({"_record": ["p2", "old"], "number": [5, 9], "key": ["p2", "old"]})
    arranged, _ = sent({"Contact": table(person("p1"), person("p2"))}, {"p1": 0, "p2": 0}, known=known)
    assert dict(arranged.order.select("_record", "number").iter_rows()) == {"p1": 10, "p2": 5}


def test_merged_records_lead_to_their_survivor():
    merged = pl.DataFrame({"_record": ["p9", "p8"], "_into": ["p1", "archived"]})
    arranged, _ = sent({"Contact": table(person("p1"))}, {"p1": 0}, merged=merged)
    assert arranged.merged.rows() == [(2, "p9", 1)]


@given(st.lists(st.integers(0, 11), min_size=12, max_size=12), st.lists(st.integers(0, 1), min_size=12, max_size=12))
def test_every_reference_is_sent_once_and_never_before_its_parent(parents, stages):
    records = [f"a{number:02}" for number in range(12)]
    rows = [account(record, records[parent]) for record, parent in zip(records, parents, strict=True)]
    _, slices = sent({"Account": table(*rows)}, dict(zip(records, stages, strict=True)), rows=5)
    seen, links = {}, {}
    for part in slices:
        for number, record, text in zip(part.numbers, part.records, part.payloads, strict=True):
            (parent,) = json.loads(text)["refs"]
            assert parent is None or parent in seen
            assert not (part.second_pass and number not in seen)
            if parent:
                assert record not in links
                links[record] = seen[parent]
        seen |= dict(zip(part.numbers, part.records, strict=True))
    assert links == {record: records[parent] for record, parent in zip(records, parents, strict=True)}
