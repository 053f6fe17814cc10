from pathlib import Path

import pytest

from crmclean.errors import InputError, PlanError
from crmclean.plan.model import DEFAULT_GATES, DEFAULT_STAGES, Decision
from crmclean.plan.read import read_plan

MINIMAL = """
version = 1
[target]
crm = "hubspot"
[[source]]
name = "sf"
kind = "salesforce"
[[source.file]]
path = "exports/Contact.csv"
object = "contacts"
"""


def plan_of(folder: Path, text: str):
    (folder / "migration.toml").write_text(text, encoding="utf-8")
    return read_plan(folder)


def faults_of(folder: Path, text: str) -> dict[str, tuple[str, str]]:
    with pytest.raises(PlanError) as caught:
        plan_of(folder, text)
    return {fault.where: (fault.code, fault.hint) for fault in caught.value.faults}


def test_a_short_plan_gets_the_documented_defaults(tmp_path):
    plan = plan_of(tmp_path, MINIMAL)
    assert plan.name == tmp_path.name
    assert plan.stages == DEFAULT_STAGES
    assert dict(plan.gates) == dict(DEFAULT_GATES)
    assert (plan.stale.months, plan.stale.new_days) == (12, 90)
    assert (plan.spot_check, plan.audit_sample) == (50, 100)
    assert plan.sources[0].priority == 1


def test_a_missing_plan_says_how_to_make_one(tmp_path):
    with pytest.raises(InputError) as caught:
        read_plan(tmp_path)
    assert "crmclean init" in caught.value.faults[0].hint


def test_broken_toml_names_the_line(tmp_path):
    with pytest.raises(PlanError) as caught:
        plan_of(tmp_path, "version = 1\nname = \n")
    assert "line 2" in caught.value.faults[0].problem


def test_ten_faults_are_told_at_once_each_with_its_key(tmp_path):
    faults = faults_of(
        tmp_path,
        """
version = 1
nmae = "x"
[target]
crm = "hubspott"
[defaults]
region = "usa"
[[source]]
name = "sf"
kind = "salesfroce"
[[source.file]]
path = "exports/Contact.csv"
object = "contcts"
[[source]]
name = "sf"
kind = "plain"
[[source.file]]
path = "exports/list.csv"
object = "contacts"
columns = { "Mail" = "emial" }
[columns.contacts]
titel = "drop"
[[stage]]
name = "now"
where = "created_at > now()"
[[stage]]
name = "typo"
where = "lifecyle = 'customer'"
[gates]
orphan = 0
""",
    )
    assert faults["migration.toml.nmae"] == ("plan.unknown-key", "did you mean name?")
    assert faults["migration.toml.target.crm"][1] == "did you mean hubspot?"
    assert faults["migration.toml.defaults.region"][0] == "plan.wrong-value"
    assert faults["migration.toml.source[1].kind"][1] == "did you mean salesforce?"
    assert "contacts" in faults["migration.toml.source[1].file[1].object"][1]
    assert faults["migration.toml.source[2].name"][0] == "plan.twice"
    assert faults["migration.toml.source[2].file[1].columns"][1] == "did you mean email?"
    assert faults["migration.toml.columns.contacts.titel"][1] == "did you mean title?"
    assert faults["migration.toml.stage[1].where"][0] == "plan.expression-clock"
    assert faults["migration.toml.stage[2].where"][1] == "did you mean lifecycle?"
    assert faults["migration.toml.gates.orphan"][1] == "did you mean orphans?"
    assert len(faults) == 11


def test_a_wrong_type_is_a_fault_and_not_a_crash(tmp_path):
    text = MINIMAL.replace("version = 1", 'version = 1\nname = 7\nseed = "one"\nas_of = "soon"')
    faults = faults_of(tmp_path, text)
    assert {code for code, _ in faults.values()} == {"plan.wrong-type"}
    assert len(faults) == 3


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ('"drop"', Decision("drop", reason="not needed")),
        ('"custom"', Decision("custom", to="score")),
        ('"jobtitle"', Decision("map", to="jobtitle")),
        ('{ to = "jobtitle" }', Decision("map", to="jobtitle")),
        ('{ drop = "nobody reads it" }', Decision("drop", reason="nobody reads it")),
        ('{ merge = "description", order = 2, separator = ", " }', Decision("merge", "description", None, ", ", 2)),
    ],
)
def test_decisions_are_written_short_or_long(tmp_path, text, decision):
    plan = plan_of(tmp_path, f"{MINIMAL}\n[columns.contacts]\nx_score = {text}\n")
    assert plan.columns["contacts"]["x_score"] == decision


def test_a_decision_with_two_actions_is_a_fault(tmp_path):
    faults = faults_of(tmp_path, f'{MINIMAL}\n[columns.contacts]\nx_score = {{ to = "a", drop = "b" }}\n')
    assert faults["migration.toml.columns.contacts.x_score"][0] == "plan.wrong-decision"


def test_a_file_may_say_how_it_writes_dates_and_amounts(tmp_path):
    plan = plan_of(tmp_path, MINIMAL + 'dates = "dmy"\ndecimal = ","\n')
    assert (plan.sources[0].files[0].dates, plan.sources[0].files[0].decimal) == ("dmy", ",")
    faults = faults_of(tmp_path, MINIMAL + 'dates = "ymd"\ndecimal = ";"\n')
    assert {code for code, _ in faults.values()} == {"plan.wrong-value"}
    assert len(faults) == 2
