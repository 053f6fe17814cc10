import pytest

from crmclean.errors import PlanError
from crmclean.plan.completeness import default_complete
from crmclean.plan.expressions import faults_of
from crmclean.plan.read import read_plan

PLAN = """
[target]
crm = "hubspot"

[[source]]
name = "crm"
kind = "plain"
{source}

[[source.file]]
path = "exports/x.csv"
object = "{object}"
"""


def read(tmp_path, more="", source="", object_="contacts"):
    text = PLAN.format(source=source, object=object_) + more
    (tmp_path / "migration.toml").write_text(text, encoding="utf-8")
    return read_plan(tmp_path)


FINE = [
    ("contacts.title", "most_recent"), ("contacts.title", "longest"), ("contacts.created_at", "oldest"),
    ("contacts.birthdate", "newest"), ("companies.employees", "max"), ("companies.revenue", "min"),
    ("contacts.x_anything", "max"), ("contacts.tags", "union"), ("contacts.phone", "never_overwrite"),
    ("contacts.email", "source_priority"), ("contacts.title", "most_complete"), ("contacts.title", "most_frequent"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "rule"), FINE)
def test_a_rule_that_fits_its_field_is_taken(tmp_path, key, rule):
    assert read(tmp_path, f'[dedupe.fields]\n"{key}" = "{rule}"\n').dedupe.fields == {key: rule}


WRONG = [
    ("contacts.title", "newest", "plan.wrong-value", "most_recent"),
    ("contacts.title", "max", "plan.wrong-value", "longest"),
    ("contacts.title", "most_recnt", "plan.unknown-rule", "most_recent"),
    ("contacts.titel", "longest", "plan.unknown-field", "title"),
    ("people.title", "longest", "plan.unknown-field", "title"),
    ("contacts.email_opt_out", "first", "plan.consent-rule", "one no is enough"),
]


@pytest.mark.parametrize(("key", "rule", "code", "hint"), WRONG)
def test_a_rule_that_cannot_be_meant_is_a_fault_with_a_way_out(tmp_path, key, rule, code, hint):
    with pytest.raises(PlanError) as caught:
        read(tmp_path, f'[dedupe.fields]\n"{key}" = "{rule}"\n')
    (fault,) = caught.value.faults
    assert fault.code == code
    assert hint in fault.hint


def test_the_order_of_survivors_is_a_closed_list(tmp_path):
    with pytest.raises(PlanError, match="is no rule for records"):
        read(tmp_path, '[dedupe]\nsurvivor = ["most_complet"]\n')


def test_a_source_may_only_enrich(tmp_path):
    assert read(tmp_path, source='role = "enrichment"').sources[0].role == "enrichment"
    with pytest.raises(PlanError, match="is no role"):
        read(tmp_path, source='role = "enrich"')
    with pytest.raises(PlanError, match="cannot be filled"):
        read(tmp_path, source='role = "enrichment"', object_="deals")


def test_what_is_complete_has_defaults_that_read_and_can_be_changed(tmp_path):
    for object_, rule in default_complete().items():
        assert faults_of(rule, object_, "here") == ()
    plan = read(tmp_path, '[complete]\ncontacts = "email IS NOT NULL"\n')
    assert plan.complete == {**default_complete(), "contacts": "email IS NOT NULL"}
    with pytest.raises(PlanError, match="not archived for what they lack"):
        read(tmp_path, '[complete]\ndeals = "TRUE"\n')
    with pytest.raises(PlanError, match="unknown field emial"):
        read(tmp_path, '[complete]\ncontacts = "emial IS NOT NULL"\n')
