"""A target says what it takes."""

import pytest

from crmclean.crm.targets import target_names
from crmclean.errors import PlanError, UsageError
from crmclean.workflow.schema import describe_schema


@pytest.mark.parametrize("crm", target_names())
def test_every_target_lists_its_objects_and_fields(crm):
    result = describe_schema(crm)
    for name in result.data["objects"]:
        fields = describe_schema(crm, name).data["fields"]
        assert any("required" in field["notes"] and "ours" in field["notes"] for field in fields)


def test_a_field_says_what_holds_for_it():
    fields = {field["field"]: field for field in describe_schema("hubspot", "contacts").data["fields"]}
    assert fields["email"]["notes"] == "unique"
    assert fields["lifecyclestage"]["notes"] == "one of 8"
    assert fields["hubspot_owner_id"]["notes"] == "to owners"
    assert fields["createdate"]["notes"] == "read only"
    assert fields["lastname"]["filled from"] == "last_name, full_name"


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(PlanError):
        describe_schema("hubspt")
    with pytest.raises(UsageError) as caught:
        describe_schema("hubspot", "contact")
    assert caught.value.faults[0].hint == "did you mean contacts?"
