"""The shipped targets decide every canonical field; a faulty file tells every fault with the nearest name."""

import pytest

from crmclean.crm.canonical import canonical
from crmclean.crm.target_file import read_target_file
from crmclean.crm.targets import RECORD_KEY, target, target_names
from crmclean.errors import PlanError
from crmclean.records import OBJECTS

NAMES = target_names()


def test_hubspot_and_salesforce_are_shipped():
    assert {"hubspot", "salesforce"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_canonical_field_is_taken_or_dropped_with_a_reason(name):
    schema = target(name)
    for object_, model in canonical().items():
        taken = set(schema.dropped.get(object_, {}))
        for each in schema.objects.values():
            for rule in each.sources:
                if rule.object == object_:
                    fed = (
                        part for field in each.fields.values() for names in rule.feeds(field) for part in names.split()
                    )
                    taken |= set(fed)
        assert set(model.fields) <= taken, f"{name} forgets {set(model.fields) - taken} of {object_}"


@pytest.mark.parametrize("name", NAMES)
def test_every_canonical_object_has_a_home(name):
    fed = {rule.object for each in target(name).objects.values() for rule in each.sources}
    assert fed == set(OBJECTS)


@pytest.mark.parametrize("name", NAMES)
def test_every_object_has_a_required_unique_key_fed_by_the_record(name):
    for each in target(name).objects.values():
        key = each.fields[each.key]
        assert (key.required, key.unique, key.from_) == (True, True, (RECORD_KEY,))


@pytest.mark.parametrize("name", NAMES)
def test_parents_stand_before_children(name):
    schema = target(name)
    place = {each: n for n, each in enumerate(schema.objects)}
    for each in schema.objects.values():
        for reference in each.references():
            assert all(place[parent] <= place[each.name] for parent in reference.ref), f"{each.name}.{reference.name}"


@pytest.mark.parametrize("name", NAMES)
def test_only_fields_that_can_be_written_are_filled(name):
    for each in target(name).objects.values():
        assert not [field.name for field in each.fields.values() if field.read_only and field.from_]


def test_hubspot_facts():
    contacts = target("hubspot").objects["contacts"]
    assert contacts.fields["email"].unique
    assert contacts.one_of == ("email", "firstname", "lastname")
    assert contacts.fields["hs_email_optout"].read_only
    assert contacts.fields["lifecyclestage"].restricted
    assert len(target("hubspot").objects["companies"].fields["industry"].picklist) == 148


def test_salesforce_facts():
    schema = target("salesforce")
    assert [
        name for name, field in schema.objects["Contact"].fields.items() if field.required and not field.default
    ] == [
        "crmclean_Id__c",
        "LastName",
    ]
    assert schema.objects["Opportunity"].fields["Name"].length == 120
    assert schema.objects["Account"].fields["AnnualRevenue"].decimals == 0
    assert len(schema.objects["Account"].fields["Industry"].picklist) == 32


def test_an_unknown_target_names_the_nearest():
    with pytest.raises(PlanError) as caught:
        target("hubspott")
    assert caught.value.faults[0].hint == "did you mean hubspot?"


FAULTY = """
version = 1
label = "Faulty"
[things]
label = "Things"
key = "keyy"
colour = "blue"
from = [{ object = "contact", where = { kind = ["x"] } }]
[things.fields]
key = { from = "_record", lenght = 3 }
"""
CONTRADICTING = """
version = 1
label = "Faulty"
[things]
key = "keyy"
from = [{ object = "contacts", where = { emial = [""] }, fields = { nmae = "first_name" } }]
[things.fields]
key = { from = "_record" }
kind = { type = "txt", from = "last_nam" }
stage = { picklist = ["a", "b"], restricted = true, values = { x = "c" } }
parent = { type = "reference", ref = ["thing"] }
odd = { ref = ["things"] }
[drop.contacts]
emailx = "no"
"""


def _faults(tmp_path, text):
    path = tmp_path / "faulty.toml"
    path.write_text(text)
    with pytest.raises(PlanError) as caught:
        read_target_file(path)
    return caught.value.faults


def test_unknown_keys_are_told_with_the_nearest(tmp_path):
    faults = _faults(tmp_path, FAULTY)
    assert [(fault.problem, fault.code) for fault in faults] == [
        ("unknown key colour", "target.unknown-key"),
        ("unknown key lenght", "target.unknown-key"),
    ]
    assert faults[1].hint == "did you mean length?"


def test_every_wrong_name_is_told_at_once(tmp_path):
    problems = [fault.problem for fault in _faults(tmp_path, CONTRADICTING)]
    assert problems == [
        "keyy is no field",
        "emial is no field of contacts",
        "nmae is no field",
        "txt is no type",
        "last_nam is no field",
        "c is no option",
        "thing is no object",
        "a reference needs both its type and its objects",
        "emailx is no field of contacts",
    ]


def test_a_file_that_is_not_toml_says_where(tmp_path):
    assert _faults(tmp_path, "version = ")[0].code == "target.syntax"
