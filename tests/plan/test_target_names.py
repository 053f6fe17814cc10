"""Names of custom fields: one name, whatever its case, is one field at every target."""

from pathlib import Path

import pytest

from crmclean.errors import PlanError
from crmclean.plan.model import Decision, Plan, Target
from crmclean.plan.target import planned_target


def plan(crm: str, name: str) -> Plan:
    columns = {"deals": {"x_forecast": Decision("custom", name)}}
    return Plan(root=Path(), name="test", target=Target(crm), sources=(), columns=columns)


@pytest.mark.parametrize(
    ("crm", "name"), [("salesforce", "legacy_forecast_category"), ("hubspot", "LEGACY_FORECAST_CATEGORY")]
)
def test_a_custom_field_may_not_differ_from_another_one_in_case_only(crm, name):
    with pytest.raises(PlanError) as caught:
        planned_target(plan(crm, name))
    assert caught.value.faults[0].code == "plan.contradiction"


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_another_name_is_taken(crm):
    planned_target(plan(crm, "legacy_forecast_category_export"))
