"""Validate: what is found over the whole file, what is predicted, and that the rehearsal does just that."""

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rehearsed import told_and_done
from target_frames import plan, ref, table

from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import DEFAULT_GATES, Check, Decision, Stage

OPEN = {**DEFAULT_GATES, "stage_rejects": 1.0}
ONE_STAGE = (Stage("all", "TRUE"),)


def validated(crm="hubspot", *, tables, changes=None, as_of=None, **parts):
    made = plan(crm, **parts)
    mapped = map_tables(made, tables)
    return validate(made, mapped, tables, as_of, changes=changes)


def gate(found, name):
    return next(each for each in found.gates if each.name == name)


ONE_OF = "email or firstname or lastname"
GOOD_CONTACT = {"email": "ann@acme.example", "last_name": "Lee", "lifecycle": "lead"}


@pytest.mark.parametrize(
    ("crm", "object_", "row", "field", "code"),
    [
        ("hubspot", "contacts", GOOD_CONTACT, None, None),
        ("hubspot", "contacts", {"first_name": "Ann"}, None, None),
        ("hubspot", "contacts", {"title": "CEO"}, ONE_OF, "required.one-of"),
        (
            "hubspot",
            "contacts",
            {"title": "CEO", "email": "ann@acme"},
            "email or firstname or lastname",
            "required.one-of",
        ),
        ("hubspot", "contacts", {**GOOD_CONTACT, "lifecycle": "odd"}, "lifecyclestage", "picklist.unmapped"),
        ("hubspot", "contacts", {**GOOD_CONTACT, "description": "x" * 70_000}, "description", "length.too-long"),
        ("hubspot", "companies", {"domain": "acme.example"}, None, None),
        ("hubspot", "activities", {"kind": "call", "starts_at": "May"}, "hs_timestamp", "type.invalid"),
        ("hubspot", "deals", {"name": "D", "stage": "Prospecting"}, None, None),
        ("hubspot", "deals", {"name": "D"}, "dealstage", "required.missing"),
        ("hubspot", "activities", {"kind": "call", "starts_at": "2024-01-01"}, None, None),
        ("hubspot", "activities", {"kind": "call"}, "hs_timestamp", "required.missing"),
        ("salesforce", "contacts", GOOD_CONTACT, None, None),
        ("salesforce", "contacts", {"email": "ann@acme.example"}, "LastName", "required.missing"),
        ("salesforce", "contacts", {"last_name": "L" * 81}, "LastName", "length.too-long"),
        ("salesforce", "deals", {"name": "D", "stage": "Prospecting"}, "CloseDate", "required.missing"),
        ("salesforce", "leads", {"last_name": "Lee"}, "Company", "required.missing"),
    ],
)
def test_a_record_is_taken_or_refused_for_a_reason(crm, object_, row, field, code):
    found = validated(crm, tables={object_: table(object_, row)})
    errors = found.findings.filter(pl.col("severity") == "error")
    assert errors.select("record", "row", "field", "code").rows() == (
        [(f"old:{object_}:1", 2, field, code)] if code else []
    )
    ours = found.predictions.filter(pl.col("object") == object_)
    assert ours.select("prediction", "code", "field").rows() == [("rejected" if code else "created", code, field)]


@pytest.mark.parametrize(
    ("object_", "row", "field", "code"),
    [
        ("contacts", {**GOOD_CONTACT, "email": "ann@acme"}, "email", "email.blanked"),
        ("contacts", {**GOOD_CONTACT, "opted_in_at": "last May"}, "opted_in_at", "type.blanked"),
        ("companies", {"name": "Acme", "employees": "lots"}, "numberofemployees", "type.blanked"),
    ],
)
def test_a_value_that_nobody_needs_keeps_no_record_out(object_, row, field, code):
    made, tables = plan(), {object_: table(object_, row)}
    mapped = map_tables(made, tables)
    found = validate(made, mapped, tables)
    assert mapped.findings.select("record", "field", "severity", "code").rows() == [
        (f"old:{object_}:1", field, "warning", code)
    ]
    ours = found.predictions.filter(pl.col("object") == object_)
    assert ours.select("prediction", "blanked").rows() == [("created", field)]
    lost = found.lost_cells.filter(pl.col("kind") == "field blanked").select("field", "before", "after").rows()
    assert [(name, after) for name, _, after in lost] == [(field, None)]
    assert found.losses.filter(pl.col("kind") == "field blanked")["values"].to_list() == [1]


def test_a_record_that_is_there_is_updated():
    made, tables = plan(), {"contacts": table("contacts", *[GOOD_CONTACT | {"email": f"{n}@a.example"} for n in "abc"])}
    rows = [("old:contacts:1", "7", "updated"), ("old:contacts:2", "9", "updated")]
    existing = pl.DataFrame(rows, schema=["record", "target_id", "prediction"], orient="row")
    told = validate(made, map_tables(made, tables), tables, existing=existing).predictions
    ours = told.filter(pl.col("object") == "contacts").select("prediction", "existing").rows()
    assert ours == [("updated", "7"), ("updated", "9"), ("created", None)]


def test_an_owner_that_is_replaced_stands_beside_the_prediction():
    tables = {"contacts": table("contacts", {**GOOD_CONTACT, "owner_ref": "Gone"}, GOOD_CONTACT | {"email": None})}
    told = validated(tables=tables).predictions.filter(pl.col("object") == "contacts")
    assert told["owner"].to_list() == ["replaced", None]


def test_the_estimate_counts_calls_per_object_and_for_all():
    contacts = [{"last_name": f"N{number}"} for number in range(250)]
    told = validated(tables={"contacts": table("contacts", *contacts)}).estimate
    assert told.select("target_object", "records", "calls").rows() == [("contacts", 250, 3), ("all", 250, 3)]
    assert validated("pipedrive", tables={"contacts": table("contacts", *contacts)}).estimate["of_a_day"][-1] == "0.04"


def test_tables_that_nothing_moves_stand_in_the_losses():
    extra = pl.LazyFrame({"_record": ["old:attachments:1", "old:attachments:2"]})
    told = validated(tables={"contacts": table("contacts", GOOD_CONTACT), "attachments": extra}).losses
    assert told.filter(pl.col("kind") == "object not migrated").select("object", "values").rows() == [
        ("attachments", 2)
    ]


def test_what_the_target_takes_amiss_is_a_warning():
    found = validated("salesforce", tables={"contacts": table("contacts", {**GOOD_CONTACT, "lead_source": "Fax"})})
    assert found.findings.select("field", "severity", "code").rows() == [
        ("LeadSource", "warning", "picklist.not-listed")
    ]
    assert found.predictions["prediction"].to_list() == ["created"] * found.predictions.height


def test_children_of_refused_parents_are_refused():
    tables = {
        "companies": table("companies", {"website": "no name"}, {"name": "Acme"}),
        "contacts": table(
            "contacts", {"last_name": "A", **ref("company_ref", "companies", 1)},
            {"last_name": "B", **ref("reports_to_ref", "contacts", 1)},
            {"last_name": "C", **ref("company_ref", "companies", 2)},
        ),
    }  # fmt: skip
    told = validated(tables=tables).predictions.filter(pl.col("object") == "contacts")
    assert told.select("prediction", "code").rows() == [
        ("rejected", "references.parent-rejected"),
        ("rejected", "references.parent-rejected"),
        ("created", None),
    ]


def test_a_cycle_is_a_warning_and_does_not_spread_a_refusal():
    parents = {"A": 2, "B": 1, "C": 1, "D": 4}
    companies = table(
        "companies", *({"name": name, **ref("parent_ref", "companies", up)} for name, up in parents.items())
    )
    found = validated(tables={"companies": companies})
    assert found.findings.select("record", "field", "severity", "code").rows() == [
        (f"old:companies:{number}", "hs_parent_company_id", "warning", "references.cycle") for number in (1, 2, 4)
    ]
    assert set(found.predictions["prediction"]) == {"created"}


ORPHAN = {"company_ref": "7", "_ref.company_ref": None}


@pytest.mark.parametrize(
    ("name", "tables", "value"),
    [
        ("undecided_columns", {"contacts": table("contacts", {"last_name": "A", "x_a": "1", "x_b": "2"})}, 2),
        ("undecided_columns", {"contacts": table("contacts", GOOD_CONTACT)}, 0),
        ("unmapped_picklist_values", {"deals": table("deals", *[{"stage": "Odd"}] * 3, {"stage": "Strange"})}, 2),
        ("unmapped_picklist_values", {"deals": table("deals", {"stage": "Prospecting"})}, 0),
        ("orphans", {"contacts": table("contacts", ORPHAN), "companies": table("companies", {"name": "A"})}, 1),
        ("orphans", {"contacts": table("contacts", ORPHAN)}, 0),
        ("orphans", {"contacts": table("contacts", {"company_ref": None, "_ref.company_ref": None})}, 0),
        ("required_completion", {"deals": table("deals", {"name": "D", "stage": "Prospecting"}, {"name": "E"})}, 5 / 6),
        ("predicted_rejects", {"contacts": table("contacts", GOOD_CONTACT, {"title": "CEO"})}, 1 / 3),
        ("opt_outs_lost", {"contacts": table("contacts", {**GOOD_CONTACT, "email_opt_out": "true"})}, 0),
        ("fallback_owner", {"contacts": table("contacts", {**GOOD_CONTACT, "owner_ref": "Gone"}, GOOD_CONTACT)}, 1.0),
        ("deals_changed", {"deals": table("deals", {"status": "won", "stage": "Odd", "amount": "5"})}, 0),
    ],
)
def test_gates_measure_what_they_say(name, tables, value):
    assert gate(validated(tables=tables), name).value == pytest.approx(value)


def test_a_dropped_opt_out_is_lost():
    columns = {"contacts": {"email_opt_out": Decision("drop", reason="?")}}
    contacts = table("contacts", {**GOOD_CONTACT, "email_opt_out": "true"})
    found = gate(validated(tables={"contacts": contacts}, columns=columns), "opt_outs_lost")
    assert (found.value, found.passed) == (1, False)


def test_a_deal_that_would_be_won_only_at_the_target_closes_a_gate():
    deals = table(
        "deals", {"status": "open", "stage": "Almost", "amount": "5"}, {"status": "open", "stage": "Prospecting"}
    )
    found = gate(validated(tables={"deals": deals}, values={"deals.stage": {"Almost": "closedwon"}}), "deals_changed")
    assert (found.value, found.passed) == (1, False)


@pytest.mark.parametrize(
    ("where", "broken_by"),
    [
        ("email IS NOT NULL OR phone IS NOT NULL", [3]),
        ("created_at <= as_of", [2, 3]),
        ("lifecycle = 'lead'", [2, 3]),
        ("TRUE", []),
    ],
)
@pytest.mark.parametrize("severity", ["error", "warning"])
def test_the_plan_s_own_checks_hold_or_are_told(where, broken_by, severity):
    contacts = table(
        "contacts", {**GOOD_CONTACT, "created_at": "2024-01-01"}, {"last_name": "B", "phone": "+14155550100"},
        {"last_name": "C"}, {"last_name": "D", "_outcome": "archived"},
    )  # fmt: skip
    checks = (Check("sane people", "contacts", where, severity),)
    found = validated(tables={"contacts": contacts}, checks=checks, as_of=date(2024, 6, 30))
    told = found.findings.filter(code="plan.check")
    assert told.select("record", "check", "severity").rows() == [
        (f"old:contacts:{number}", "sane people", severity) for number in broken_by
    ]
    assert gate(found, "checks_broken").value == (len(broken_by) if severity == "error" else 0)


def test_losses_by_kind():
    tables = {
        "companies": table("companies", {"name": "A", "revenue": "10.40"}, {"name": "B", "revenue": "0.25"}),
        "contacts": table(
            "contacts", {"last_name": "Kept", "title": "CEO", "updated_at": "2024-01-01"},
            {"last_name": "Kept", "title": "Boss", "_outcome": "merged", "_into": "old:contacts:1"},
        ),
        "deals": table("deals", {"stage": "qualifiedtobuy"}, {"stage": "Qualify"}, {"stage": "Proposal"}),
        "activities": table("activities", {"kind": "task", "due_date": "2024-01-01T10:00:00Z"}),
    }  # fmt: skip
    told = validated("salesforce", tables=tables).losses
    known = {(row["kind"], row["field"]): (row["values"], row["money"]) for row in told.iter_rows(named=True)}
    assert known["precision lost", "AnnualRevenue"] == (2, "-0.65")
    assert known["dropped column", "updated_at"] == (1, None)
    assert known["lost to the survivor", "title"] == (1, None)
    assert known["several values become one", "StageName"] == (2, None)
    assert known["time cut from a date", "ActivityDate"] == (1, None)


def changes(*told):
    names = ("object", "record", "field", "before", "after", "step", "code")
    return {
        "normalize": pl.LazyFrame(
            [dict(zip(names, row, strict=True)) for row in told], schema=dict.fromkeys(names, pl.String)
        )
    }


def test_the_spot_check_shows_source_beside_target_with_the_reasons():
    contacts = table("contacts", {"last_name": "Lee", "country": "US", "lifecycle": "sales_qualified"})
    told = changes(("contacts", "old:contacts:1", "country", "U.S.A.", "US", "countries", "countries.iso2"))
    seen = validated(tables={"contacts": contacts}, changes=told).spot_check
    cells = {row["target_field"]: row for row in seen.iter_rows(named=True)}
    country, stage = cells["country"], cells["lifecyclestage"]
    assert (country["before"], country["cleaned"], country["after"]) == ("U.S.A.", "US", "US")
    assert country["reasons"] == "countries.iso2"
    assert (stage["before"], stage["after"], stage["reasons"]) == ("sales_qualified", "salesqualifiedlead", "map.value")


def test_the_spot_check_is_seeded_and_sees_every_kind_of_record():
    contacts = pl.concat(
        [
            table("contacts", *[{"last_name": f"N{n}"} for n in range(200)]),
            table("contacts", {"last_name": "Rare"}, source="web"),
        ]
    )
    tables = {"contacts": contacts, "deals": table("deals", {"name": "D", "stage": "Prospecting"})}
    first, again = (validated(tables=tables, spot_check=10).spot_check for _ in range(2))
    other = validated(tables=tables, spot_check=10, seed=2).spot_check
    assert first.equals(again)
    assert first["record"].n_unique() == other["record"].n_unique() == 10
    assert not first.equals(other)
    assert {"web:contacts:1", "old:deals:1"} <= set(first["record"])


# ---------------------------------------------------------------------------- the rehearsal agrees with the prediction

MESS = st.sampled_from(
    ["", "x", "lead", "customer", "a@acme.example", "b@acme.example", "nonsense@", "2024-01-01", "12", "9" * 20]
)
CONTACT = st.fixed_dictionaries(
    dict.fromkeys(("email", "last_name", "lifecycle", "opted_in_at", "lead_status"), MESS)
    | {"company": st.integers(0, 3), "boss": st.integers(0, 4)}
)
COMPANY = st.fixed_dictionaries(dict.fromkeys(("name", "employees", "industry"), MESS) | {"parent": st.integers(0, 3)})


def cells(row, **refs):
    filled = {name: text for name, text in row.items() if isinstance(text, str) and text}
    for name, (field, object_) in refs.items():
        if row[name]:
            filled |= ref(field, object_, row[name])
    return filled


# An example imports into a database: making failing ones smaller would take minutes.
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    contacts=st.lists(CONTACT, min_size=1, max_size=4),
    companies=st.lists(COMPANY, min_size=1, max_size=3),
    crm=st.sampled_from(["hubspot", "salesforce"]),
)
def test_the_rehearsal_does_what_was_predicted_row_by_row(contacts, companies, crm, tmp_path_factory):
    for rows_, up in ((companies, "parent"), (contacts, "boss")):
        for number, row in enumerate(rows_, start=1):
            row[up] = min(row[up], number - 1)  # cycles are another test
    company_rows = [cells(row, parent=("parent_ref", "companies")) for row in companies]
    contact_rows = [
        cells(row, company=("company_ref", "companies"), boss=("reports_to_ref", "contacts")) for row in contacts
    ]
    tables = {"companies": table("companies", *company_rows), "contacts": table("contacts", *contact_rows)}
    made = plan(crm, gates=OPEN, stages=ONE_STAGE)
    told, really = told_and_done(made, tables, tmp_path_factory.mktemp("rehearsal"))
    assert told == really
