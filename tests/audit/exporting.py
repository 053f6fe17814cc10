"""A small migration into each kind of target, and what that CRM's own pages export of what stands there.

HubSpot and Odoo are the test servers; Salesforce's records are those of the rehearsal in its schema, as Data Loader
writes them.
"""

import csv
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import hubspot
import odoo
from hubspot_account import account_for
from test_odoo_shipped import STANDARD
from worlds import write_world

from crmclean.crm.targets import target
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import run
from crmclean.workflow.schema_changes import apply_schema

OWNER = "rep@seller.example"
HUBSPOT_FILES = {"contacts": "all-contacts.csv", "companies": "all-companies.csv", "deals": "all-deals.csv"}
HUBSPOT_SAYS = {
    "closedwon": "Closed won (Sales Pipeline)", "closedlost": "Closed lost (Sales Pipeline)",
    "appointmentscheduled": "Appointment Scheduled (Sales Pipeline)", "default": "Sales Pipeline",
    "qualifiedtobuy": "Qualified To Buy (Sales Pipeline)",
}  # fmt: skip
HUBSPOT_HEADS = {"associatedcompanyid": "Associated Company IDs (Primary)", "company": "Associated Company IDs"}


def migrate(root, exports, crm, to="rehearsal", section=""):
    """Make a workspace and import it; return what the run said."""
    answers = Answers(crm, region="DE", currency="EUR", fallback_owner=OWNER)
    initialize(root, write_world(exports, "pipedrive"), answers)
    with (root / "migration.toml").open("a", encoding="utf-8") as plan:
        plan.write(section)
    if to != "rehearsal":
        run(root, through="validate")
        apply_schema(root, to)
    return run(root, to=to)


def into_hubspot(root, exports, environment):
    """Import into an account on the test server; return it."""
    environment.setenv("CRMCLEAN_HUB_TOKEN", hubspot.TOKEN)
    portal = account_for(target("hubspot"), [OWNER])
    server = hubspot.serve(portal)
    section = f'\n[destinations.hub]\nkind = "hubspot"\nurl = "http://127.0.0.1:{server.server_port}"\n'
    migrate(root, exports, "hubspot", "hub", section)
    server.shutdown()
    server.server_close()
    return portal


def hubspot_export(portal, folder):
    """Write what HubSpot's pages export: labels, names of options and owners, times of the account's zone."""
    schema = target("hubspot")
    for name, file in HUBSPOT_FILES.items():
        fields = [each for each in schema.objects[name].writable() if not each.name.startswith("legacy")]
        fields = [each for each in fields if each.name != "crmclean_id"]
        heads = [HUBSPOT_HEADS.get(each.name, each.label.title()) for each in fields]
        rows = [
            [id_, *(_hubspot_cell(portal, name, id_, one["properties"], each) for each in fields)]
            for id_, one in portal.alive(name).items()
        ]
        write(folder / file, ["Record ID", *heads], rows)


def _hubspot_cell(portal, object_, id_, properties, field):
    if field.association is not None:
        ends = [end for end, kinds in portal.pairs.items() if end[:2] == (object_, id_) and field.association in kinds]
        return ";".join(other for _, _, _, other in ends)
    text = properties.get(field.name) or ""
    if field.name == "hubspot_owner_id":
        return "Rita Rep" if text else ""
    if field.type == "datetime" and text:
        return (_moment(text) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")
    return HUBSPOT_SAYS.get(text, text)


def _moment(text):
    return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")


def into_odoo(root, exports, environment):
    """Import into a database on the test server; return it."""
    environment.setenv("CRMCLEAN_ODOO_PASSWORD", odoo.PASSWORD)
    database = odoo.Database(STANDARD, users=[OWNER])
    database.add("res.country", {"name": "United Kingdom", "code": "GB"})
    for name in ("New", "Qualified", "Proposition", "Won"):
        database.add("crm.stage", {"name": name})
    for name in ("Call", "Meeting", "Email", "To-Do", "Note"):
        database.add("mail.activity.type", {"name": name})
    server = odoo.serve(database)
    section = f"""
[destinations.odoo]
kind = "odoo"
url = "http://127.0.0.1:{server.server_port}"
database = "{odoo.DATABASE}"
user = "{odoo.LOGIN}"
"""
    migrate(root, exports, "odoo", "odoo", section)
    server.shutdown()
    server.server_close()
    return database


def odoo_export(database, folder):
    """Write what Odoo's list exports, so that it could be imported again: external ids, technical names."""
    keys = {
        (row["model"], row["res_id"]): f"{row['module']}.{row['name']}"
        for row in database.records["ir.model.data"].values()
    }
    for model, file in (("res.partner", "Contact (res.partner).csv"), ("crm.lead", "Lead (crm.lead).csv")):
        kinds = {name: database.kind(model, name)[:2] for name in database.fields[model]}
        heads = [f"{name}/id" if relation == "res.partner" else name for name, (_, relation) in kinds.items()]
        rows = [
            [keys.get((model, id_), f"__export__.{model.replace('.', '_')}_{id_}_ab12cd34")]
            + [_odoo_cell(database, keys, row.get(name, False), *kind) for name, kind in kinds.items()]
            for id_, row in database.records[model].items()
        ]
        write(folder / file, ["id", *heads], rows)


def _odoo_cell(database, keys, value, kind, relation):
    if kind == "boolean":
        return "True" if value else "False"
    if value is False or value is None or value == []:
        return ""
    if relation == "res.partner":
        return keys.get((relation, value), "")
    if relation:
        ids = value if isinstance(value, list) else [value]
        return ",".join(str(database.records[relation][id_]["name"]) for id_ in ids)
    return value


def salesforce_export(root, folder):
    """Write what Data Loader extracts: API names, `true`, times with milliseconds."""
    schema = target("salesforce")
    with closing(sqlite3.connect(root / "rehearsal.sqlite")) as database:
        for name in ("Account", "Contact", "Opportunity"):
            fields = {each.name: each for each in schema.objects[name].writable()}
            found = database.execute(f"SELECT * FROM {name}")  # noqa: S608
            heads = ["Id" if head == "_id" else head for head, *_ in found.description]
            rows = [
                [_salesforce_cell(cell, fields.get(head)) for head, cell in zip(heads, row, strict=True)]
                for row in found
            ]
            write(folder / f"{name}.csv", [head.upper() if head != "Id" else head for head in heads], rows)


def _salesforce_cell(cell, field):
    if cell is None:
        return ""
    if field and field.type == "datetime":
        return _moment(str(cell)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return f"{float(cell):.1f}" if field and field.type == "decimal" else cell


def write(path, header, rows):
    """Write a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
