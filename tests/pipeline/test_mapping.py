"""Map: what lands in which field of the target, what becomes of references, owners and columns."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_frames import FALLBACK, plan, ref, rows, table

from crmclean.crm.targets import target_names
from crmclean.errors import PlanError
from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import Decision, Defaults
from crmclean.plan.target import planned_target
from crmclean.records import CHANGES, FINDINGS


def mapped(crm="hubspot", fallback=FALLBACK, *, tables, **parts):
    return map_tables(plan(crm, fallback, **parts), tables)


def value_in(field, text, crm="hubspot", object_="contacts", column=None, home=None, **parts):
    """Map one cell and return what stands in a target field."""
    made = mapped(crm, tables={object_: table(object_, {column or field: text})}, **parts)
    return rows(made, home or object_, field)[0][0]


# ------------------------------------------------------------------------------------------------------ fields, values


@pytest.mark.parametrize(
    ("crm", "object_", "column", "text", "home", "field", "expected"),
    [
        ("hubspot", "contacts", "email", "ann@acme.example", "contacts", "email", "ann@acme.example"),
        ("hubspot", "contacts", "first_name", "Ann", "contacts", "firstname", "Ann"),
        ("hubspot", "contacts", "full_name", "Ann Lee", "contacts", "lastname", "Ann Lee"),
        ("hubspot", "contacts", "phone", "+14155550100", "contacts", "phone", "+14155550100"),
        ("hubspot", "contacts", "region", "US-CA", "contacts", "state", "CA"),
        ("hubspot", "contacts", "region", "California", "contacts", "state", "California"),
        ("hubspot", "contacts", "country", "US", "contacts", "country", "US"),
        ("hubspot", "contacts", "lifecycle", "customer", "contacts", "lifecyclestage", "customer"),
        ("hubspot", "contacts", "lifecycle", "sales_qualified", "contacts", "lifecyclestage", "salesqualifiedlead"),
        ("hubspot", "contacts", "lead_status", "In progress", "contacts", "hs_lead_status", "IN_PROGRESS"),
        ("hubspot", "contacts", "lead_status", "Open - Not Contacted", "contacts", "hs_lead_status", "NEW"),
        ("hubspot", "contacts", "lead_status", "Unheard of", "contacts", "hs_lead_status", "Unheard of"),
        ("hubspot", "companies", "industry", "banking", "companies", "industry", "BANKING"),
        ("hubspot", "companies", "type", "Customer", "companies", "type", None),
        ("hubspot", "companies", "employees", "120", "companies", "numberofemployees", "120"),
        ("hubspot", "companies", "employees", "many", "companies", "numberofemployees", None),
        ("hubspot", "deals", "stage", "Closed Won", "deals", "dealstage", "closedwon"),
        ("hubspot", "deals", "stage", "Negotiation/Review", "deals", "dealstage", "contractsent"),
        ("hubspot", "deals", "stage", "contractsent", "deals", "dealstage", "contractsent"),
        ("hubspot", "deals", "stage", "Prospecting", "deals", "legacy_stage", "Prospecting"),
        ("hubspot", "deals", "amount", "10.555", "deals", "amount", "10.555"),
        ("hubspot", "deals", "created_at", "2024-03-31", "deals", "createdate", "2024-03-31"),
        ("hubspot", "contacts", "opted_in_at", "2024-03-31T10:00Z", "contacts", "opted_in_at", None),
        ("salesforce", "companies", "revenue", "1200.50", "Account", "AnnualRevenue", "1201"),
        ("salesforce", "companies", "revenue", "-0.5", "Account", "AnnualRevenue", "-1"),
        ("salesforce", "companies", "revenue", "1200", "Account", "AnnualRevenue", "1200"),
        ("salesforce", "companies", "revenue", "about 5", "Account", "AnnualRevenue", None),
        ("salesforce", "companies", "industry", "banking", "Account", "Industry", "Banking"),
        ("salesforce", "deals", "amount", "10.555", "Opportunity", "Amount", "10.56"),
        ("salesforce", "deals", "amount", "10.5", "Opportunity", "Amount", "10.5"),
        ("salesforce", "deals", "stage", "contractsent", "Opportunity", "StageName", "Negotiation/Review"),
        ("salesforce", "contacts", "salutation", "Mr", "Contact", "Salutation", "Mr."),
        ("salesforce", "contacts", "email_opt_out", None, "Contact", "HasOptedOutOfEmail", "false"),
        ("salesforce", "contacts", "email_opt_out", "true", "Contact", "HasOptedOutOfEmail", "true"),
        ("salesforce", "leads", "status", "Nurturing", "Lead", "Status", "Working - Contacted"),
    ],
)  # fmt: skip
def test_a_value_lands_where_and_as_it_should(crm, object_, column, text, home, field, expected):
    made = mapped(crm, tables={object_: table(object_, {column: text})})
    assert rows(made, home, field) == [(expected,)]


@pytest.mark.parametrize(
    ("kind", "home", "field", "column", "text", "expected"),
    [
        ("task", "tasks", "hs_task_status", "status", "Waiting on someone else", "WAITING"),
        ("task", "tasks", "hs_task_status", "done", "true", "COMPLETED"),
        ("task", "tasks", "hs_timestamp", "due_date", "2024-01-05", "2024-01-05"),
        ("call", "calls", "hs_call_duration", "duration", "61", "61000"),
        ("call", "calls", "hs_call_direction", "direction", "inbound", "INBOUND"),
        ("email", "emails", "hs_email_direction", "direction", "inbound", "INCOMING_EMAIL"),
        ("meeting", "meetings", "hs_meeting_outcome", "done", "false", "SCHEDULED"),
        ("note", "notes", "hs_note_body", "body", "called\nback", "called\nback"),
        ("form", "notes", "hs_note_body", "subject", "Pricing form", "Pricing form"),
        (None, "notes", "hs_note_body", "subject", "who knows", "who knows"),
    ],
)
def test_activities_land_by_their_kind(kind, home, field, column, text, expected):
    made = mapped(tables={"activities": table("activities", {"kind": kind, column: text})})
    assert rows(made, home, field) == [(expected,)]
    assert sum(each.collect().height for name, each in made.tables.items() if name != "owners") == 1


def test_salesforce_takes_the_same_activities_elsewhere():
    activities = table(
        "activities",
        {"kind": "call", "duration": "61"},
        {"kind": "meeting", "starts_at": "2024-01-01T10:00:00Z", "duration": "5400"},
        {"kind": "note", "body": "on nothing"},
        {"kind": "note", "body": "on Acme", **ref("company_ref", "companies", 1)},
    )
    made = mapped("salesforce", tables={"companies": table("companies", {"name": "Acme"}), "activities": activities})
    assert rows(made, "Task", "TaskSubtype", "CallDurationInSeconds") == [
        ("Call", "61"),
        ("Task", None),
        ("Task", None),
    ]
    assert rows(made, "Event", "DurationInMinutes", "ActivityDateTime") == [("90", "2024-01-01T10:00:00Z")]
    notes = [("on nothing", "Completed", "note", None), ("on Acme", "Completed", "note", "old:companies:1")]
    assert rows(made, "Task", "Description", "Status", "Legacy_Kind__c", "_ref.WhatId")[1:] == notes


@pytest.mark.parametrize(
    ("status", "stage", "expected"),
    [("won", "Negotiation", "closedwon"), ("lost", None, "closedlost"), ("open", "Negotiation", "contractsent")],
)
def test_won_and_lost_deals_get_the_stage_that_says_so(status, stage, expected):
    made = mapped(tables={"deals": table("deals", {"status": status, "stage": stage})})
    assert rows(made, "deals", "dealstage") == [(expected,)]


@pytest.mark.parametrize(
    ("status", "stage", "expected"),
    [
        ("won", "Offer sent", "closedwon"),
        ("lost", "Offer sent", "closedlost"),
        ("open", "Offer sent", "contractsent"),
        ("won", "Signed", "closedwon"),
        ("open", "Almost", "closedwon"),
    ],
)
def test_a_stage_that_the_plan_translates_opens_no_deal_that_is_won_or_lost(status, stage, expected):
    """Stages and states are two things in Pipedrive: no table of stages could say it."""
    values = {"Offer sent": "contractsent", "Signed": "closedwon", "Almost": "closedwon"}
    deals = table("deals", {"status": status, "stage": stage})
    made = mapped(tables={"deals": deals}, values={"deals.stage": values})
    assert rows(made, "deals", "dealstage") == [(expected,)]


def test_every_record_keeps_its_old_id_system_owner_and_date():
    contact = {"last_name": "Lee", "owner_ref": "Ann", "created_at": "2020-01-01"}
    made = mapped(tables={"contacts": table("contacts", contact)})
    fields = ("crmclean_id", "legacy_source", "legacy_source_id", "legacy_owner", "legacy_created_at")
    assert rows(made, "contacts", *fields) == [("old:contacts:1", "old", "1", "Ann", "2020-01-01")]


def test_only_live_records_are_mapped():
    contacts = table("contacts", {"last_name": "A"}, {"last_name": "B", "_outcome": "archived"}, {"_outcome": "merged"})
    assert rows(mapped(tables={"contacts": contacts}), "contacts", "lastname") == [("A",)]


# -------------------------------------------------------------------------------------------------------- the plan


def test_the_plan_says_what_becomes_of_a_column():
    contact = {
        "last_name": "Lee",
        "x_shoe": "43",
        "x_hat": "M",
        "title": "CEO",
        "x_more": "Loud",
        "description": "Tall",
    }
    columns = {
        "contacts": {
            "x_shoe": Decision("custom", to="shoe_size"),
            "x_hat": Decision("drop", reason="not ours"),
            "title": Decision("map", to="department"),
            "x_more": Decision("merge", to="description", separator=" / "),
        }
    }
    made = mapped(tables={"contacts": table("contacts", contact)}, columns=columns)
    fields = ("shoe_size", "jobtitle", "department", "description")
    assert rows(made, "contacts", *fields) == [("43", None, "CEO", "Tall / Loud")]
    told = {row["column"]: (row["action"], row["lost"], row["decided"]) for row in made.decisions.iter_rows(named=True)}
    assert told["x_shoe"] == ("custom", 0, True)
    assert told["x_hat"] == ("drop", 1, True)
    assert made.schema.objects["contacts"].fields["shoe_size"].custom


def test_custom_fields_have_the_target_s_own_kind_of_name():
    columns = {"contacts": {"x_shoe": Decision("custom", to="Shoe")}}
    made = mapped("salesforce", tables={"contacts": table("contacts", {"x_shoe": "43"})}, columns=columns)
    assert rows(made, "Contact", "Shoe__c") == [("43",)]


def test_an_undecided_column_is_a_finding_and_an_empty_one_is_dropped():
    contacts = table("contacts", {"last_name": "Lee", "x_odd": "1", "x_empty": None})
    made = mapped(tables={"contacts": contacts})
    told = {
        row["column"]: (row["action"], row["filled"], row["decided"]) for row in made.decisions.iter_rows(named=True)
    }
    assert told["x_odd"] == ("undecided", 1, False)
    assert told["x_empty"] == ("empty", 0, True)
    assert made.findings.select("field", "severity", "code").rows() == [("x_odd", "error", "columns.undecided")]


def test_what_a_drop_loses_is_counted_over_the_records_that_are_migrated():
    contacts = table("contacts", {"updated_at": "2024-01-01"}, {"updated_at": "2024-01-01", "_outcome": "archived"})
    decisions = mapped(tables={"contacts": contacts}).decisions
    row = decisions.row(by_predicate=pl.col("column") == "updated_at", named=True)
    assert (row["filled"], row["lost"], row["reason"]) == (1, 1, "HubSpot sets it itself")


@pytest.mark.parametrize(
    ("values", "status", "expected"),
    [
        ({"Warm": "OPEN"}, "Warm", "OPEN"),
        ({"Warm": "OPEN"}, "WARM!", "OPEN"),
        ({"NEW": "OPEN"}, "New", "OPEN"),
        ({"*": "UNQUALIFIED"}, "Whatever", "UNQUALIFIED"),
        ({"*": "UNQUALIFIED"}, "In Progress", "IN_PROGRESS"),
        ({"Warm": ""}, "Warm", None),
        ({"": "NEW"}, None, "NEW"),
        ({"": "NEW"}, "Connected", "CONNECTED"),
        ({"Warm": "OPEN"}, "Lukewarm", "Lukewarm"),
        ({"Warm": "OPEN"}, None, None),
    ],
)
def test_value_tables_of_the_plan(values, status, expected):
    found = value_in("hs_lead_status", status, column="lead_status", values={"contacts.lead_status": values})
    assert found == expected


def test_legacy_fields_are_never_translated():
    values = {"contacts.lead_status": {"Warm": "OPEN"}}
    assert value_in("legacy_lead_status", "Warm", column="lead_status", values=values) == "Warm"


def test_unlisted_values_are_counted_by_frequency():
    deals = table("deals", *[{"stage": "Odd"}] * 3, {"stage": "Strange"}, {"stage": "Prospecting"})
    unlisted = mapped(tables={"deals": deals}).unlisted
    assert unlisted.select("target_field", "value", "records").rows() == [
        ("dealstage", "Odd", 3),
        ("dealstage", "Strange", 1),
    ]


@pytest.mark.parametrize(
    ("deal", "default", "expected"),
    [
        ({"amount": "5"}, "USD", "USD"),
        ({"amount": "5", "currency": "EUR"}, "USD", "EUR"),
        ({"amount": None}, "USD", None),
        ({"amount": "5"}, None, None),
    ],
)
def test_amounts_without_a_currency_get_only_the_one_that_the_plan_names(deal, default, expected):
    made = mapped(tables={"deals": table("deals", deal)}, defaults=Defaults(currency=default))
    assert rows(made, "deals", "deal_currency_code") == [(expected,)]


FAULTY = {
    "contacts": {
        "x_a": Decision("map", to="jobtitel"),
        "x_b": Decision("map", to="jobtitle"),
        "x_c": Decision("map", to="jobtitle"),
        "x_d": Decision("custom", to="firstname"),
        "x_e": Decision("map", to="createdate"),
        "x_f": Decision("map", to="hubspot_owner_id"),
        "x_g": Decision("map", to="companies.name"),
        "x_h": Decision("drop"),
    }
}


def test_every_fault_of_the_decisions_is_told_with_the_nearest_name():
    values = {"deals.stage": {"Odd": "closedwonn", "Fine": "closedwon", "Gone": ""}}
    with pytest.raises(PlanError) as caught:
        planned_target(plan(columns=FAULTY, values=values))
    told = [(fault.where.rpartition(".")[2], fault.code) for fault in caught.value.faults]
    assert told == [
        ("x_a", "plan.unknown-target-field"),
        ("x_c", "plan.contradiction"),
        ("x_d", "plan.contradiction"),
        ("x_e", "plan.read-only-field"),
        ("x_f", "plan.read-only-field"),
        ("x_g", "plan.unknown-target-field"),
        ('stage"', "plan.unknown-option"),
    ]
    assert caught.value.faults[0].hint.startswith("did you mean jobtitle?")
    assert caught.value.faults[-1].hint == "did you mean closedwon?"


# ------------------------------------------------------------------------------------------------ owners, references

USERS = (
    {"email": "ann@seller.example", "is_active": "true"},
    {"email": "Ann@seller.example", "is_active": "true"},
    {"email": "gone@seller.example", "is_active": "false"},
    {"email": None, "is_active": None},
)


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        (ref("owner_ref", "users", 1), "old:users:1"),
        (ref("owner_ref", "users", 2), "old:users:1"),
        (ref("owner_ref", "users", 4), "old:users:4"),
        ({"owner_ref": "ANN@seller.example"}, "old:users:1"),
        ({"owner_ref": None}, None),
    ],
)
def test_owners_are_found_by_email(owner, expected):
    tables = {"users": table("users", *USERS), "contacts": table("contacts", {"last_name": "Lee", **owner})}
    made = mapped(tables=tables)
    assert rows(made, "contacts", "_ref.hubspot_owner_id") == [(expected,)]
    assert made.findings.is_empty()


@pytest.mark.parametrize("owner", [ref("owner_ref", "users", 3), {"owner_ref": "Nobody Known"}])
def test_owners_who_are_gone_or_unknown_are_replaced_only_by_the_plan_s_fallback(owner):
    tables = {"users": table("users", *USERS), "contacts": table("contacts", {"last_name": "Lee", **owner})}
    replaced, blanked = mapped(tables=tables), mapped(fallback=None, tables=tables)
    ((owner_record,),) = rows(replaced, "contacts", "_ref.hubspot_owner_id")
    assert dict(rows(replaced, "owners", "_record", "email"))[owner_record] == FALLBACK
    assert replaced.findings["code"].to_list() == ["owners.fallback"]
    assert rows(blanked, "contacts", "_ref.hubspot_owner_id") == [(None,)]
    assert blanked.findings["code"].to_list() == ["owners.blanked"]


def test_without_a_list_of_users_the_emails_of_owners_are_the_target_s_owners():
    contacts = table("contacts", {"owner_ref": "ann@seller.example"}, {"owner_ref": "Bob"}, {"owner_ref": None})
    made = mapped(fallback=None, tables={"contacts": contacts})
    ((owner, email),) = rows(made, "owners", "_record", "email")
    assert email == "ann@seller.example"
    assert rows(made, "contacts", "_ref.hubspot_owner_id") == [(owner,), (None,), (None,)]


def test_a_fallback_that_is_no_email_is_found_by_validate():
    tables = {"contacts": table("contacts", {"last_name": "Lee"})}
    made = plan(fallback="nobody")
    found = validate(made, map_tables(made, tables), tables)
    assert found.findings.select("object", "row", "field", "code").rows() == [("users", None, "email", "email.invalid")]


def test_users_that_are_not_owners_at_the_target_have_an_outcome():
    fates = mapped(tables={"users": table("users", *USERS)}).fates
    assert fates.rows() == [
        ("old:users:2", "merged", "old:users:1", "owners.same-email"),
        ("old:users:3", "excluded", None, "owners.inactive"),
    ]


def test_references_point_only_to_records_that_will_be_there():
    tables = {
        "companies": table("companies", {"name": "Acme"}, {"name": "Old", "_outcome": "archived"}),
        "contacts": table(
            "contacts", {"last_name": "A", **ref("company_ref", "companies", 1)},
            {"last_name": "B", **ref("company_ref", "companies", 2)}, {"last_name": "C"},
        ),
    }  # fmt: skip
    made = mapped(tables=tables)
    assert rows(made, "contacts", "_ref.associatedcompanyid") == [("old:companies:1",), (None,), (None,)]
    found = made.findings.select("record", "row", "field", "code").rows()
    assert found == [("old:contacts:2", 3, "associatedcompanyid", "references.not-migrated")]


def test_one_reference_of_the_source_fills_the_field_of_its_kind():
    activities = table(
        "activities",
        {"kind": "task", **ref("parent_ref", "deals", 1)},
        {"kind": "task", **ref("parent_ref", "companies", 1)},
    )
    tables = {
        "companies": table("companies", {"name": "A"}),
        "deals": table("deals", {"name": "D"}),
        "activities": activities,
    }
    made = mapped(tables=tables)
    assert rows(made, "tasks", "_ref.deal", "_ref.company") == [("old:deals:1", None), (None, "old:companies:1")]
    assert made.findings.is_empty()


def link(from_object, from_number, to_object, to_number, **cells):
    return {
        "from_object": from_object,
        "to_object": to_object,
        **ref("from_ref", from_object, from_number),
        **ref("to_ref", to_object, to_number),
        **cells,
    }


ENDS = {
    "companies": table("companies", {"name": "A"}),
    "contacts": table("contacts", {"last_name": "L"}, {"_outcome": "archived"}),
    "deals": table("deals", {"name": "D"}),
}


def test_links_become_associations_or_join_objects():
    links = table(
        "links",
        link("deals", 1, "contacts", 1, role="Decision Maker"),
        link("contacts", 1, "companies", 1),
        link("deals", 1, "contacts", 2, role="Other"),
    )
    hubspot = mapped(tables={**ENDS, "links": links})
    fields = ("_ref.from_id", "_ref.to_id", "association_type_id", "association_label")
    assert rows(hubspot, "associations", *fields) == [
        ("old:deals:1", "old:contacts:1", "3", "Decision Maker"),
        ("old:contacts:1", "old:companies:1", "279", None),
    ]
    salesforce = mapped("salesforce", tables={**ENDS, "links": links})
    assert rows(salesforce, "OpportunityContactRole", "_ref.OpportunityId", "_ref.ContactId", "Role") == [
        ("old:deals:1", "old:contacts:1", "Decision Maker")
    ]
    assert rows(salesforce, "AccountContactRelation", "_ref.AccountId") == [("old:companies:1",)]
    for made in (hubspot, salesforce):
        assert made.fates.rows() == [("old:links:3", "excluded", None, "references.not-migrated")]


def test_records_that_the_target_has_no_object_for_say_so():
    links = table("links", link("companies", 1, "deals", 1))
    made = mapped("salesforce", tables={**ENDS, "links": links})
    assert made.fates.rows() == [("old:links:1", "excluded", None, "target.no-home")]
    assert made.findings["code"].to_list() == ["target.no-home"]


# ------------------------------------------------------------------------------------------------- shared emails, leads


def test_two_people_with_one_email_both_arrive():
    contacts = table(
        "contacts",
        {"last_name": "Ash", "email": "info@acme.example"},
        {"last_name": "Bee", "email": "Info@acme.example"},
    )
    made = mapped(tables={"contacts": contacts})
    assert rows(made, "contacts", "lastname", "email", "shared_email") == [
        ("Ash", "info@acme.example", None),
        ("Bee", None, "Info@acme.example"),
    ]
    assert made.findings.select("record", "code").rows() == [("old:contacts:2", "map.shared-moved")]
    assert made.changes.select("record", "field", "before", "after").rows() == [
        ("old:contacts:2", "email", "Info@acme.example", None),
        ("old:contacts:2", "shared_email", None, "Info@acme.example"),
    ]


def test_a_contact_keeps_an_email_before_a_lead_and_the_two_stay_two():
    tables = {
        "contacts": table("contacts", {"last_name": "Ash", "email": "a@acme.example", "email_opt_out": "false"}),
        "leads": table("leads", {"last_name": "ASH", "email": "A@acme.example", "email_opt_out": "true"}),
        "activities": table("activities", {"kind": "task", **ref("person_ref", "leads", 1)}),
    }
    made = mapped(tables=tables)
    assert rows(made, "contacts", "_record", "email", "shared_email", "email_opt_out") == [
        ("old:contacts:1", "a@acme.example", None, "false"),
        ("old:leads:1", None, "A@acme.example", "true"),
    ]
    assert made.fates.is_empty()  # who is who was settled before: dedupe matches leads against contacts
    assert rows(made, "tasks", "_ref.contact") == [("old:leads:1",)]


def test_leads_stay_leads_where_the_target_has_them_unless_they_were_converted():
    leads = table("leads", {"last_name": "Ash", "company_name": "A"}, {"last_name": "Bee", "is_converted": "true"})
    made = mapped("salesforce", tables={"leads": leads})
    assert (rows(made, "Lead", "LastName"), rows(made, "Contact", "LastName")) == ([("Ash",)], [("Bee",)])


# ---------------------------------------------------------------------------------------------------------------- laws

CELLS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
FIELDS = ("email", "last_name", "lifecycle", "region", "lead_status", "birthdate", "description")


@settings(max_examples=25)
@given(cells=st.lists(st.tuples(*[CELLS] * len(FIELDS)), max_size=6), crm=st.sampled_from(["hubspot", "salesforce"]))
def test_changes_say_exactly_what_differs_from_the_cleaned_cell(cells, crm):
    contacts = table("contacts", *(dict(zip(FIELDS, row, strict=True)) for row in cells)) if cells else None
    made = mapped(crm, tables={"contacts": contacts} if cells else {})
    home = "contacts" if crm == "hubspot" else "Contact"
    field = "lifecyclestage" if crm == "hubspot" else "Lifecycle__c"
    before = {f"old:contacts:{number}": row[2] for number, row in enumerate(cells, start=1)}
    told = {row["record"]: row["after"] for row in made.changes.iter_rows(named=True) if row["field"] == field}
    after = dict(rows(made, home, "_record", field))
    assert after == before | told
    assert all(before[record] != now for record, now in told.items())


@settings(max_examples=10)
@given(order=st.permutations(range(6)))
def test_the_order_of_the_rows_does_not_matter(order):
    people = [{"last_name": f"N{n % 2}", "email": f"e{n % 3}@acme.example", "lead_status": "New"} for n in range(6)]
    whole = table("contacts", *people).collect()
    first, second = (mapped(tables={"contacts": frame.lazy()}) for frame in (whole, whole[list(order)]))
    assert first.tables["contacts"].collect().equals(second.tables["contacts"].collect())


NUMBERS = st.integers(0, 3)
EMAILS = st.sampled_from([None, "a@acme.example", "A@acme.example", "b@acme.example"])
NAMES = st.sampled_from([None, "Ash", "Bee"])
OUTCOMES = st.sampled_from([None, None, "archived"])


def _refs(**numbers):
    found = {}
    for name, (object_, number) in numbers.items():
        found |= ref(name, object_, number) if number else {}
    return found


@settings(max_examples=25)
@given(
    people=st.lists(st.tuples(EMAILS, NAMES, OUTCOMES), min_size=1, max_size=4),
    leads=st.lists(st.tuples(EMAILS, NAMES, st.sampled_from([None, "true", "false"])), min_size=1, max_size=3),
    done=st.lists(st.tuples(st.sampled_from(["task", "call", "note", "fax", None]), NUMBERS, NUMBERS), max_size=4),
    links=st.lists(st.tuples(NUMBERS, NUMBERS, st.booleans()), max_size=3),
    crm=st.sampled_from(target_names()),
)
def test_every_live_record_is_mapped_once_or_says_why_not(people, leads, done, links, crm):
    tables = {
        "contacts": table("contacts", *({"email": e, "last_name": n, "_outcome": o} for e, n, o in people)),
        "leads": table("leads", *({"email": e, "last_name": n, "is_converted": c} for e, n, c in leads)),
        "deals": table("deals", {"name": "D"}, {"name": "E", "_outcome": "archived"}),
        "activities": table(
            "activities",
            *({"kind": k, **_refs(person_ref=("leads", a), parent_ref=("deals", b))} for k, a, b in done),
        ),
        "links": table(
            "links",
            *(
                {"from_object": "deals", "to_object": "contacts" if real else "deals",
                 **_refs(from_ref=("deals", a), to_ref=("contacts", b))}
                for a, b, real in links
            ),
        ),
    }  # fmt: skip
    made = mapped(crm, fallback=None, tables=tables)
    live = [each.filter(pl.col("_outcome").is_null()).select("_record").collect() for each in tables.values()]
    arrived = [each.select("_record").collect() for each in made.tables.values()]
    told = pl.concat([*arrived, made.fates.select("_record")])["_record"].sort()
    assert told.to_list() == pl.concat(live)["_record"].sort().to_list()
    survivors = made.fates.filter(pl.col("_outcome") == "merged")["_into"]
    assert survivors.is_in(pl.concat(arrived)["_record"].implode()).all()


def test_the_shapes_are_those_that_others_read():
    made = mapped(tables={})
    assert made.changes.columns == list(CHANGES)
    assert made.findings.columns == list(FINDINGS)
    assert set(made.tables) == set(planned_target(plan()).objects)
