"""Leads matched against contacts: who is whom, what the contact takes over, and what goes with it."""

from itertools import count
from pathlib import Path

import polars as pl
import pytest

from crmclean.matching.decisions import DECISIONS
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.plan.model import Dedupe, Plan, Source, Target
from crmclean.records import REF_PREFIX

RECORDS = (Source("crm", "plain", 1, ()), Source("web", "plain", 2, ()))
SOURCES = (*RECORDS, Source("list", "plain", 3, (), role="enrichment"))
FROM, TO = REF_PREFIX + "from_ref", REF_PREFIX + "to_ref"
PLAN = Plan(Path(), "leads", Target("salesforce"), SOURCES)
FATE = ("_outcome", "_into", "_code")
PERSON = {
    "first_name": "Nadia", "last_name": "Okonjo", "email": "nadia@bluefin.example", "phone": "+14155550142",
    "company_name": "Bluefin Logistics Inc", "title": "Buyer", "city": "Oakland",
}  # fmt: skip


def table(object_, *rows, source="crm"):
    numbers = count(1)
    full = [
        {"_source": source, "_record": f"{row.get('_source', source)}:{object_}:{next(numbers)}", "_file": "x.csv"}
        | row
        for row in rows
    ]
    names = dict.fromkeys(name for row in full for name in row)
    shape = dict.fromkeys((*names, *FATE), pl.String)
    return pl.DataFrame(full, schema=shape).with_columns(_row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64)).lazy()


def person(**differing):
    return PERSON | differing


def deduped(contacts, leads, *decisions, plan=PLAN, **others):
    tables = {"contacts": table("contacts", *contacts), "leads": table("leads", *leads), **others}
    answers = pl.DataFrame(list(decisions), schema=DECISIONS) if decisions else pl.DataFrame(schema=DECISIONS)
    return dedupe(plan, tables, answers, b"key")


def fate(phase, object_="leads", number=1):
    row = phase.tables[object_].filter(pl.col("_record").str.ends_with(f":{object_}:{number}")).row(0, named=True)
    return row["_outcome"], row["_into"]


MERGED, KEPT = ("merged", "crm:contacts:1"), (None, None)


@pytest.mark.parametrize(
    ("lead", "expected", "asked"),
    [
        ({}, MERGED, False),
        ({"phone": None, "city": None, "title": None}, MERGED, False),
        ({"email": None, "title": None}, MERGED, False),
        ({"first_name": "Nadja", "phone": None}, MERGED, False),
        ({"email": "NADIA@bluefin.example", "company_name": "Bluefin Logistics", "phone": None}, MERGED, False),
        ({"first_name": "Tomas", "last_name": "Reyes", "email": None}, KEPT, False),  # a colleague on the main line
        ({"first_name": "Tomas", "last_name": "Reyes"}, KEPT, True),  # another name on the same mailbox
        ({"first_name": "Ife", "email": "ife@home.example", "company_name": None}, KEPT, False),  # one household
        ({"email": "nadia@other.example", "phone": None, "company_name": "Redwood Foods", "city": "Lima"}, KEPT, False),
        ({"email": None, "phone": None, "company_name": None, "city": None, "title": None}, KEPT, True),  # a namesake?
        ({"first_name": None, "last_name": None, "email": None}, KEPT, True),  # nobody's name, one phone
        ({"first_name": None, "last_name": "Okonjo", "email": None, "company_name": None}, KEPT, True),
        ({"first_name": "N", "email": "no@else.example", "phone": None}, KEPT, True),
        ({"first_name": "Tomas", "last_name": "Reyes", "email": None, "phone": None}, KEPT, False),  # a colleague
        (dict.fromkeys(PERSON, None), KEPT, False),
    ],
)  # fmt: skip
def test_a_lead_merges_into_a_contact_only_where_it_is_certainly_that_person(lead, expected, asked):
    phase = deduped([person()], [person(**lead)])
    assert fate(phase) == expected
    assert fate(phase, "contacts") == KEPT
    assert bool(phase.frames["questions-contacts"].height) is asked
    assert phase.frames["questions-leads"].is_empty()


def test_the_contact_keeps_its_own_and_takes_over_what_it_lacks():
    contact = person(title=None, email_opt_out="false", created_at="2024-05-01", updated_at="2026-01-01")
    lead = person(
        email="n.okonjo@bluefin.example", phone="+14155550177", email_opt_out="true", created_at="2023-02-01",
        updated_at="2026-05-01", website="bluefin.example", status="Working", rating="Hot", x_score="7",
    )  # fmt: skip
    phase = deduped([contact], [lead])
    row = phase.tables["contacts"].row(0, named=True)
    assert fate(phase) == MERGED
    assert (row["email"], row["email_other"]) == ("nadia@bluefin.example", "n.okonjo@bluefin.example")
    assert (row["phone"], row["phone_other"]) == ("+14155550142", "+14155550177")
    assert (row["title"], row["website"], row["lead_status"]) == ("Buyer", "bluefin.example", "Working")
    assert (row["email_opt_out"], row["created_at"]) == ("true", "2023-02-01")
    assert "rating" not in row  # no field of a contact, neither here nor at the target: listed, not lost
    listed = phase.frames["losers"].select("survivor", "record", "field", "value").rows()
    assert {
        ("crm:contacts:1", "crm:leads:1", "rating", "Hot"),
        ("crm:contacts:1", "crm:leads:1", "x_score", "7"),
    } <= set(listed)
    origins = phase.frames["origins"].filter(field="title").select("survivor", "record", "object").rows()
    assert origins == [("crm:contacts:1", "crm:leads:1", "contacts")]


def test_activities_links_and_deals_of_the_lead_go_with_it():
    activities = table("activities", {"kind": "call", REF_PREFIX + "person_ref": "crm:leads:1"})
    links = table(
        "links",
        {"from_object": "deals", "to_object": "leads", FROM: "crm:deals:1", TO: "crm:leads:1"},
        {"from_object": "deals", "to_object": "contacts", FROM: "crm:deals:1", TO: "crm:contacts:1"},
    )  # fmt: skip
    deals = table("deals", {"name": "Pallets", REF_PREFIX + "contact_ref": "crm:leads:1"})
    phase = deduped([person()], [person()], activities=activities, links=links, deals=deals)
    assert phase.tables["activities"][REF_PREFIX + "person_ref"].to_list() == ["crm:contacts:1"]
    assert phase.tables["deals"][REF_PREFIX + "contact_ref"].to_list() == ["crm:contacts:1"]
    assert phase.tables["links"][TO].to_list() == ["crm:contacts:1"] * 2
    assert phase.tables["links"]["_code"].to_list() == [None, "links.equal"]  # the two say the same now


def test_the_question_says_that_of_a_lead_and_a_contact_the_contact_stays():
    other = person(first_name="Tomas", last_name="Reyes")
    (reasons,) = deduped([person()], [other]).frames["questions-contacts"]["reasons"]
    assert reasons.endswith("if they are one, the contact stays")
    nobody = person(**dict.fromkeys(PERSON, None))
    (among_leads,) = deduped([nobody], [person(), other]).frames["questions-leads"]["reasons"]
    assert "contact" not in among_leads


def test_a_contact_survives_whatever_the_rules_for_survivors_and_a_person_say():
    lead = person(_source="crm", street="1 Pier", postal_code="94607", updated_at="2026-05-01")
    picked = {
        "left": "web:contacts:1",
        "right": "crm:leads:1",
        "verdict": "merge",
        "survivor": "crm:leads:1",
        "by": "ann",
    }
    phase = deduped([person(_source="web")], [lead], picked)
    assert fate(phase) == ("merged", "web:contacts:1")
    assert phase.tables["contacts"].row(0, named=True)["street"] == "1 Pier"


def test_leads_of_one_person_become_one_lead_or_the_contact_if_there_is_one():
    alone = deduped([person(**dict.fromkeys(PERSON, None))], [person(), person(title=None)])
    assert fate(alone, number=2) == ("merged", "crm:leads:1")
    both = deduped([person()], [person(), person(title=None)])
    assert [fate(both, number=number) for number in (1, 2)] == [MERGED, MERGED]


def test_a_converted_lead_follows_its_contact_whatever_it_looks_like():
    converted = person(is_converted="true") | {REF_PREFIX + "converted_contact_ref": "crm:contacts:2"}
    phase = deduped(
        [person(), person(first_name="Tomas", last_name="Reyes", email="t@x.example", phone=None)], [converted]
    )
    assert fate(phase) == ("merged", "crm:contacts:2")
    assert phase.tables["leads"]["_code"].to_list() == ["leads.converted"]
    assert "leads" not in set(phase.frames["members"]["object"])


@pytest.mark.parametrize(("verdict", "expected"), [("merge", MERGED), ("different", KEPT)])
@pytest.mark.parametrize("sides", [("crm:contacts:1", "crm:leads:1"), ("crm:leads:1", "crm:contacts:1")])
def test_a_person_decides_on_a_lead_and_a_contact_in_either_order(verdict, expected, sides):
    lead = person(first_name="Tomas", last_name="Reyes") if verdict == "merge" else person()
    phase = deduped([person()], [lead], {"left": sides[0], "right": sides[1], "verdict": verdict, "by": "ann"})
    assert fate(phase) == expected
    assert phase.frames["unapplied"].is_empty()
    assert phase.frames["questions-contacts"].is_empty()


def test_a_rejected_lead_stays_apart_also_through_another_lead():
    no = {"left": "crm:contacts:1", "right": "crm:leads:1", "verdict": "different", "by": "ann"}
    phase = deduped([person()], [person(), person()], no)
    members = dict(phase.frames["members"].select("record", "survivor").rows())
    assert members.get("crm:leads:1", "crm:leads:1") != members.get("crm:contacts:1", "crm:contacts:1")


def test_leads_are_left_alone_where_the_plan_does_not_name_them():
    plan = Plan(Path(), "leads", Target("salesforce"), SOURCES, dedupe=Dedupe(objects=("contacts",)))
    phase = deduped([person()], [person(), person()], plan=plan)
    assert [fate(phase, number=number) for number in (1, 2)] == [KEPT, KEPT]


def test_a_row_that_enriches_fills_a_lead_as_it_would_a_contact():
    bought = person(_source="list", title="Head of Buying", department="Operations")
    phase = deduped([bought], [person(title=None, phone=None)])
    lead = phase.tables["leads"].row(0, named=True)
    assert (lead["title"], lead["phone"]) == ("Head of Buying", "+14155550142")
    assert fate(phase, "contacts") == ("merged", "crm:leads:1")
    assert phase.frames["fills"].select("record", "survivor").rows() == [
        ("crm:leads:1", "crm:leads:1"), ("list:contacts:1", "crm:leads:1"),
    ]  # fmt: skip


def test_the_order_of_rows_and_tables_changes_nothing():
    contacts = [person(), person(first_name="Tomas", last_name="Reyes", email="t@bluefin.example")]
    leads = [person(_record="crm:leads:a"), person(_record="crm:leads:b", first_name="T", last_name="Reyes")]
    named = [row | {"_record": f"crm:contacts:{number}"} for number, row in enumerate(contacts)]
    one, other = deduped(named, leads), deduped(named[::-1], leads[::-1])
    for name in ("pairs", "groups", "members", "held", "losers", "origins", "questions-contacts"):
        assert one.frames[name].equals(other.frames[name]), name
