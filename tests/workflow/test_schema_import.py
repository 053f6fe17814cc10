"""The account's own schema replaces the shipped one; what it lacks is listed, and created where that can be done."""

import json
import sqlite3
from contextlib import closing

import pytest

from crmclean.crm.live_documents import live_objects, read_saved, saved
from crmclean.errors import InputError, PlanError, RefusedError, UsageError
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target
from crmclean.workflow.schema_changes import apply_schema, plan_schema
from crmclean.workflow.schema_import import import_schema

PLAN = """# A note that stays.
[target]
crm = "{crm}"   # and this one

[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/a.csv"
object = "contacts"

[columns.contacts]
x_shoe = {{ custom = "shoe" }}

[destinations.there]
kind = "{kind}"
url = "{url}"
"""


def sf(name, type_="string", **more):
    return {
        "name": name, "label": name, "type": type_, "length": 80, "nillable": True, "createable": True,
        "updateable": True, "restrictedPicklist": False, "picklistValues": [], **more,
    }  # fmt: skip


def options(*names):
    return [{"value": name, "label": name, "active": True} for name in names]


DESCRIBE = {
    "name": "Contact",
    "fields": [
        sf("LastName", length=40, nillable=False), sf("FirstName"), sf("Email", "email"), sf("Shoe_Size__c", "int"),
        sf("LeadSource", "picklist", restrictedPicklist=True, picklistValues=options("Web", "Fair")),
        sf("Title", createable=False), sf("Region__c", nillable=False, label="Region"),
    ],
}  # fmt: skip


@pytest.fixture
def root(tmp_path):
    return tmp_path


def plan_in(root, crm="salesforce", kind="sqlite", url="sqlite:///there.sqlite"):
    (root / "migration.toml").write_text(PLAN.format(crm=crm, kind=kind, url=url), encoding="utf-8")
    return root


def given(root, document, name="describe.json"):
    (root / name).write_text(json.dumps(document), encoding="utf-8")
    return str(root / name)


def test_a_describe_replaces_what_is_shipped_and_the_plan_names_it(root):
    before = planned_target(read_plan(plan_in(root))).objects["Contact"].fields
    result = import_schema(root, given(root, DESCRIBE))
    plan = read_plan(root)
    fields = planned_target(plan).objects["Contact"].fields
    assert plan.target.schema == result.data["file"] == "schema/salesforce.json"
    assert (before["LastName"].length, fields["LastName"].length) == (80, 40)
    assert fields["LeadSource"].picklist == ("Web", "Fair")
    assert (before["LeadSource"].restricted, fields["LeadSource"].restricted) == (False, True)
    assert fields["Title"].read_only
    assert fields["Region__c"].required
    assert "HomePhone" in before
    assert "HomePhone" not in fields  # this organisation has none, so the column has to be decided
    assert {"shoe__c", "crmclean_Id__c"} <= set(fields)  # ours are still to be created
    text = (root / "migration.toml").read_text(encoding="utf-8")
    assert "# A note that stays." in text
    assert "# and this one" in text


def test_further_files_add_to_what_is_saved_and_it_can_be_compared_line_by_line(root):
    plan_in(root)
    import_schema(root, given(root, DESCRIBE))
    first = (root / "schema/salesforce.json").read_text(encoding="utf-8").splitlines()
    import_schema(root, given(root, {**DESCRIBE, "name": "Lead", "fields": [sf("LastName"), sf("Company")]}))
    second = (root / "schema/salesforce.json").read_text(encoding="utf-8").splitlines()
    crm, objects = read_saved("\n".join(second))
    assert (crm, sorted(objects)) == ("salesforce", ["Contact", "Lead"])
    assert len(set(first) - set(second)) == 0
    assert saved(crm, objects) == "\n".join(second) + "\n"


OTHERS = {
    "hubspot": {"results": [
        {"name": "email", "label": "Email", "type": "string", "fieldType": "text"},
        {"name": "lifecyclestage", "label": "Stage", "type": "enumeration", "fieldType": "select",
         "options": [{"value": "lead", "label": "Lead"}, {"value": "old", "label": "Old", "hidden": True}]},
    ]},
    "pipedrive": {"success": True, "data": [
        {"key": "name", "name": "Name", "field_type": "varchar", "mandatory_flag": True},
        {"key": "9f" * 20, "name": "Shoe", "field_type": "enum", "options": [{"id": 1, "label": "Big"}]},
    ]},
    "zoho": {"fields": [
        {"api_name": "Last_Name", "field_label": "Last Name", "data_type": "text", "length": 80,
         "system_mandatory": True},
    ]},
    "dynamics365": {"LogicalName": "contact", "Attributes": [
        {"LogicalName": "lastname", "AttributeType": "String", "MaxLength": 50,
         "RequiredLevel": {"Value": "ApplicationRequired"}},
    ]},
    "odoo": {"name": {"type": "char", "string": "Name", "required": True, "size": 60},
             "active": {"type": "boolean", "string": "Active"}},
}  # fmt: skip
PERSONS = {"hubspot": "contacts", "pipedrive": "persons", "zoho": "Contacts", "dynamics365": "contact",
           "odoo": "res_partner"}  # fmt: skip


@pytest.mark.parametrize("crm", OTHERS)
def test_every_crm_s_own_description_is_known_by_its_shape(crm, root):
    plan_in(root, crm)
    import_schema(root, given(root, OTHERS[crm]), PERSONS[crm])
    fields = planned_target(read_plan(root)).objects[PERSONS[crm]].fields
    told = {
        "hubspot": lambda: fields["lifecyclestage"].picklist == ("lead",),
        "pipedrive": lambda: fields["9f" * 20].picklist == ("Big",),
        "zoho": lambda: fields["Last_Name"].required and fields["Last_Name"].length == 80,
        "dynamics365": lambda: fields["lastname"].length == 50,
        "odoo": lambda: fields["name"].length == 60 and fields["name"].required,
    }
    assert told[crm]()


@pytest.mark.parametrize("other", ["hubspot", "pipedrive", "zoho", "dynamics365", "odoo"])
def test_the_schema_of_another_crm_is_refused_by_name(other, root):
    plan_in(root)
    with pytest.raises(InputError) as caught:
        import_schema(root, given(root, OTHERS[other]), "Contact")
    (fault,) = caught.value.faults
    assert fault.code == "schema.wrong-crm"
    assert "the plan aims at Salesforce" in fault.problem
    assert not (root / "schema").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [("not json", "schema.unreadable"), ("{}", "schema.unknown"), ('{"a": 1}', "schema.unknown"),
     ("[]", "schema.unknown"),
     (json.dumps({"results": [{"name": "x", "type": "string", "fieldType": "text"}]}), "schema.wrong-crm")],
)  # fmt: skip
def test_what_is_no_schema_is_refused(text, code, root):
    plan_in(root)
    (root / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_schema(root, str(root / "x.json"))
    assert caught.value.faults[0].code == code


def test_an_object_that_is_not_said_has_to_be_named(root):
    plan_in(root, "odoo")
    with pytest.raises(InputError) as caught:
        import_schema(root, given(root, OTHERS["odoo"], "fields.json"))
    assert caught.value.faults[0].code == "schema.no-object"
    with pytest.raises(UsageError):
        import_schema(root, given(root, OTHERS["odoo"]), "partners")


def test_a_database_is_read_by_its_catalogue(root):
    plan_in(root, "hubspot")
    with closing(sqlite3.connect(root / "crm.db")) as base:
        base.execute("CREATE TABLE contacts (crmclean_id TEXT UNIQUE, firstname VARCHAR(12) NOT NULL, age INTEGER)")
    import_schema(root, str(root / "crm.db"))
    fields = planned_target(read_plan(root)).objects["contacts"].fields
    assert (fields["firstname"].length, fields["firstname"].required) == (12, True)
    assert fields["age"].type == "integer"


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "target.schema-missing"), ("{}", "target.schema-unreadable"),
     ('{"version": 1, "crm": "zoho", "objects": {}}', "target.schema-wrong-crm"),
     ('{"version": 1, "crm": "salesforce", "objects": {"Contacts": {}}}', "target.unknown-name")],
)  # fmt: skip
def test_a_saved_schema_that_cannot_be_used_is_told(text, code, root):
    plan_in(root)
    import_schema(root, given(root, DESCRIBE))
    path = root / "schema/salesforce.json"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        planned_target(read_plan(root))
    assert caught.value.faults[0].code == code


def test_what_the_target_lacks_is_listed(root):
    plan_in(root)
    import_schema(root, given(root, DESCRIBE))
    lacking = {(each["object"], each["what"], each["name"]) for each in plan_schema(root).data["lacking"]}
    assert {("Contact", "unique key", "crmclean_Id__c"), ("Contact", "field", "shoe__c")} <= lacking
    assert not [each for each in lacking if each[2] == "Region__c"]


@pytest.mark.parametrize("kind", ["sqlite", "sql"])
def test_what_is_lacking_is_created_and_nothing_is_altered(kind, root):
    plan_in(root, "hubspot", kind, "sqlite:///there.sqlite" if kind == "sqlite" else f"sqlite:///{root}/there.sqlite")
    assert {each["field"] for each in apply_schema(root, "there").data["made"]} == {None}
    with closing(sqlite3.connect(root / "there.sqlite")) as base, base:
        base.execute("ALTER TABLE contacts RENAME COLUMN firstname TO other")
        base.execute("DROP TABLE tasks")
    made = {(each["object"], each["field"]) for each in apply_schema(root, "there").data["made"]}
    assert made == {("contacts", "firstname"), ("tasks", None)}
    with closing(sqlite3.connect(root / "there.sqlite")) as base:
        names = {name for (name,) in base.execute("SELECT name FROM pragma_table_info('contacts')")}
    assert {"firstname", "other", "shoe"} <= names
    assert apply_schema(root, "there").data["made"] == []


def test_import_files_have_nothing_to_create(root):
    plan_in(root, "hubspot", "files", "out")
    with pytest.raises(RefusedError):
        apply_schema(root, "there")


def test_several_descriptions_in_one_file_are_all_read():
    assert [each.name for each in live_objects([DESCRIBE, {**DESCRIBE, "name": "Lead"}])] == ["Contact", "Lead"]
    assert [each.name for each in live_objects({"contacts": OTHERS["hubspot"]})] == ["contacts"]
