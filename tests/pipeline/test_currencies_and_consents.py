"""A missing or inactive currency is a fault, silence about consent is counted, and the rehearsal agrees."""

from dataclasses import replace

import pytest
from rehearsed import told_and_done
from target_frames import plan, table

from crmclean.errors import PlanError
from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import DEFAULT_GATES, Defaults, Stage
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target

DEAL = {"name": "D", "stage": "Prospecting", "status": "open", "close_date": "2024-05-06"}
CRMS = ("salesforce", "hubspot", "pipedrive", "zoho", "dynamics365", "odoo")
PERSON = {"last_name": "Lee", "email": "ann@acme.example"}


def found(tables, crm="hubspot", **parts):
    made = parts.pop("made", None) or plan(crm, **parts)
    return validate(made, map_tables(made, tables), tables)


def value(validation, name):
    return next(each for each in validation.gates if each.name == name)


def with_currencies(crm, *codes, **parts):
    made = plan(crm, **parts)
    return replace(made, target=replace(made.target, currencies=codes))


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize(
    ("cells", "default", "missing"),
    [
        ({"amount": "5"}, None, 1),
        ({"amount": "5"}, "EUR", 0),
        ({"amount": "5", "currency": "EUR"}, None, 0),
        ({}, None, 0),
    ],
)
def test_an_amount_without_a_currency_closes_a_gate(crm, cells, default, missing):
    tables = {"deals": table("deals", {**DEAL, **cells})}
    gate = value(found(tables, crm, defaults=Defaults(currency=default)), "currency_missing")
    assert (gate.value, gate.passed) == (missing, not missing)


@pytest.mark.parametrize("crm", CRMS)
def test_a_currency_that_is_not_active_is_rejected_as_the_rehearsal_does(crm, tmp_path):
    codes = ("EUR", "USD", "DEM", None)
    rows = [{**DEAL, "amount": "5", "currency": code} if code else DEAL for code in codes]
    made = with_currencies(
        crm, "EUR", "USD", stages=(Stage("all", "TRUE"),), gates={**DEFAULT_GATES, "stage_rejects": 1.0}
    )
    told, really = told_and_done(made, {"deals": table("deals", *rows)}, tmp_path)
    assert told == really
    assert [told[f"old:deals:{number}"] for number in (1, 2, 3, 4)] == ["created", "created", "rejected", "created"]


def test_every_currency_is_active_where_the_plan_names_none():
    tables = {"deals": table("deals", {**DEAL, "amount": "5", "currency": "CHF"})}
    assert set(found(tables).predictions["prediction"]) == {"created"}
    schema = planned_target(plan("hubspot"))
    assert schema.objects["deals"].fields["deal_currency_code"].picklist == ()


def test_a_currency_that_no_country_uses_is_no_active_one(tmp_path):
    (tmp_path / "migration.toml").write_text(
        'version = 1\n[target]\ncrm = "hubspot"\ncurrencies = ["EUR", "EURO"]\n', encoding="utf-8"
    )
    with pytest.raises(PlanError, match="EURO is no currency in use"):
        read_plan(tmp_path)


@pytest.mark.parametrize(
    ("cells", "silent"),
    [
        ({}, 1.0),
        ({"email_opt_out": "false"}, 0.0),
        ({"email_opt_out": "true"}, 0.0),
        ({"marketing_status": "subscribed"}, 0.0),
        ({"email": None}, 0.0),
    ],
)
def test_people_of_whom_nobody_says_whether_they_may_be_mailed_are_counted(cells, silent):
    validation = found({"contacts": table("contacts", {**PERSON, **cells})})
    gate = value(validation, "consent_unknown")
    assert (gate.value, gate.passed) == (silent, True)
    assert validation.findings.filter(code="consent.unknown").is_empty()


def test_a_plan_that_wants_consent_names_who_lacks_it():
    tables = {
        "contacts": table("contacts", {**PERSON, "email_opt_out": "false"}, {**PERSON, "email": "bo@acme.example"})
    }
    validation = found(tables, gates={**DEFAULT_GATES, "consent_unknown": 0.1})
    gate = value(validation, "consent_unknown")
    assert (gate.value, gate.passed) == (0.5, False)
    named = validation.findings.filter(code="consent.unknown")
    assert named.select("record", "row", "field", "severity").rows() == [
        ("old:contacts:2", 3, "email_opt_out", "warning")
    ]
    assert validation.predictions.filter(prediction="rejected").is_empty()
