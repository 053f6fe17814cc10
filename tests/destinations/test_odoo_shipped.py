"""The shipped Odoo target against a database as Odoo ships it: what it lacks is made, every kind of record arrives."""

from contextlib import closing

import pytest
from odoo import DATABASE, LOGIN, PASSWORD, Database, serve

pytest.importorskip("httpx")

from crmclean.crm.targets import target
from crmclean.destinations.contract import Request, Row
from crmclean.destinations.odoo.destination import OdooDestination
from crmclean.destinations.odoo.names import model_of
from crmclean.destinations.settings import Settings

_PLACE = {
    **dict.fromkeys(("phone", "mobile", "website", "street", "city", "zip", "function"), "char"),
    "country_id": ("many2one", "res.country"),
    "state_id": ("many2one", "res.country.state"),
    "user_id": ("many2one", "res.users"),
    "active": "boolean",
}
_WORD = {"name": "char*"}
STANDARD = {
    "res.partner": {
        **_PLACE,
        **dict.fromkeys(("email", "lang", "vat", "ref"), "char"),
        "name": "char*",
        "is_company": "boolean",
        "comment": "html",
        "title": ("many2one", "res.partner.title"),
        "category_id": ("many2many", "res.partner.category"),
        "industry_id": ("many2one", "res.partner.industry"),
        "parent_id": ("many2one", "res.partner"),
    },
    "crm.lead": {
        **_PLACE,
        **dict.fromkeys(("email_from", "contact_name", "partner_name", "priority"), "char"),
        "name": "char*",
        "type": "char*",
        "description": "html",
        "expected_revenue": "monetary",
        "probability": "float",
        "date_deadline": "date",
        "partner_id": ("many2one", "res.partner"),
        "stage_id": ("many2one", "crm.stage"),
        "team_id": ("many2one", "crm.team"),
        "tag_ids": ("many2many", "crm.tag"),
        "source_id": ("many2one", "utm.source"),
        "lost_reason_id": ("many2one", "crm.lost.reason"),
    },
    "mail.activity": {
        "summary": "char",
        "note": "html",
        "date_deadline": "date",
        "activity_type_id": ("many2one", "mail.activity.type"),
        "user_id": ("many2one", "res.users"),
        "res_model_id": ("many2one*", "ir.model"),
        "res_model": "char",
        "res_id": "many2one_reference",
    },
    **dict.fromkeys(("res.partner.title", "res.partner.category", "res.partner.industry"), _WORD),
    **dict.fromkeys(("crm.stage", "crm.team", "crm.tag", "utm.source", "crm.lost.reason", "mail.activity.type"), _WORD),
}
SCHEMA = target("odoo")


@pytest.fixture
def database():
    database = Database(STANDARD, users=["ann@example.com"])
    for name in ("New", "Qualified", "Won"):
        database.add("crm.stage", {"name": name})
    for name in ("Call", "Meeting", "Email", "To-Do", "Note"):
        database.add("mail.activity.type", {"name": name})
    return database


@pytest.fixture
def destination(database, tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_ODOO_PASSWORD", PASSWORD)
    server = serve(database)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = Settings("odoo", "odoo", url, tmp_path, tmp_path, DATABASE, LOGIN)
    with closing(OdooDestination(settings, rest=lambda _seconds: None)) as destination:
        yield destination
    server.shutdown()
    server.server_close()


def send(destination, object_, key, **cells):
    request = Request("m", object_, tuple(cells), [Row(key, list(cells.values()), 0, 1)])
    (said,) = destination.read(request, destination.send(request, destination.begin(request)))
    assert said.fate == "created"
    ((found, target_id, there),) = destination.fetch(object_, [key])
    assert (found, target_id) == (key, said.target_id)
    assert {name: there[name] for name in cells} == cells
    return target_id


def test_only_fields_of_ours_are_missing_and_they_are_made(destination, database):
    missing = destination.preflight(SCHEMA).faults
    own = [fault.where for fault in missing]
    assert all(".x_" in where or where.startswith("x_deal_contact") for where in own)
    made = destination.create_missing(SCHEMA)
    assert destination.preflight(SCHEMA).faults == ()
    assert ("x_deal_contact", None) in [(each.object, each.field) for each in made]
    assert destination.create_missing(SCHEMA) == []
    assert database.fields["x_deal_contact"]["x_opportunity_id"] == ("many2one", "crm.lead")
    assert [row["name"] for row in database.records["ir.model.access"].values()] == ["x_deal_contact"]


def test_every_kind_of_record_arrives_with_what_it_belongs_to(destination, database):
    destination.create_missing(SCHEMA)
    destination.prepare(SCHEMA)
    ann = next(iter(database.records["res.users"]))
    company = send(
        destination, "res_partner_company", "s:companies:1", name="Acme", is_company="true", category_id="a;b"
    )
    person = send(
        destination, "res_partner", "s:contacts:2", name="Ann", is_company="false", parent_id=company, title="Dr."
    )
    deal = send(
        destination,
        "crm_opportunity",
        "s:deals:3",
        name="Deal",
        type="opportunity",
        stage_id="Won",
        active="false",
        expected_revenue="1250.5",
        partner_id=person,
        user_id=f"res.users,{ann}",
    )
    lead = send(destination, "crm_lead", "s:leads:4", name="Lead", type="lead", tag_ids=None)
    send(destination, "x_deal_contact", "s:links:5", x_opportunity_id=deal, x_partner_id=person, x_is_primary="true")
    activity = {"activity_type_id": "Call", "summary": "Hello", "date_deadline": "2024-03-31"}
    send(destination, "mail_activity", "s:activities:6", **activity, res_id=deal, x_person=person)
    send(destination, "mail_activity", "s:activities:7", **activity, res_id=None, x_person=lead)
    send(destination, "mail_activity", "s:activities:8", **activity, res_id=company, x_person=None)
    places = [(row["res_model"], row["res_id"]) for row in database.records["mail.activity"].values()]
    assert [f"{model},{id_}" for model, id_ in places] == [deal, lead, company]
    counts = {name: destination.count(name) for name in SCHEMA.objects if model_of(name) in ("res.partner", "crm.lead")}
    assert counts == {"res_partner_company": 1, "res_partner": 1, "crm_lead": 1, "crm_opportunity": 1}
    assert [key for key, _, _ in destination.scan("crm_opportunity")] == ["s:deals:3"]
