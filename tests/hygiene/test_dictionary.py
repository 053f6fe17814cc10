"""The KPI dictionary: ours, a plan's and a user's, one over the other."""

import re
from pathlib import Path

import pytest

from crmclean.errors import PlanError
from crmclean.hygiene.computed import DUPLICATES, FIGURES, MARKING
from crmclean.plan.kpi import COMPUTED, read_dictionary

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "kpi.md"


def test_the_example_of_the_reference_reads(tmp_path):
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    (tmp_path / "kpi.toml").write_text(example, encoding="utf-8")
    found = read_dictionary(tmp_path / "kpi.toml")
    assert found.measures["contacts.duplicates"].target == 0.01
    assert found.measures["contacts.duplicates"].weight == 3
    assert "deals.stale" not in found.measures
    assert found.measures["deals.tiny"].area == "deals"
    assert (found.stages[0].days, found.territories[0].name, found.quota.amount) == (30, "EMEA", 1_000_000)


def test_a_file_stands_over_the_plan_and_the_plan_over_ours(tmp_path):
    (tmp_path / "kpi.toml").write_text("[thresholds]\nstage_days = 7\n", encoding="utf-8")
    plan = {"thresholds": {"stage_days": 9, "stale_deal_days": 90}}
    both = read_dictionary(tmp_path / "kpi.toml", plan)
    assert (both.thresholds["stage_days"], both.thresholds["stale_deal_days"]) == (7, 90)
    assert "90 days" in both.measures["deals.stale"].defect
    assert read_dictionary().thresholds["quiet_deal_days"] == 14


def test_the_issue_s_targets_are_those_that_ship():
    measures = read_dictionary().measures
    assert (measures["contacts.required"].target, measures["contacts.required"].direction) == (0.95, "up")
    assert (measures["deals.quiet"].target, measures["deals.quiet"].direction) == (0.1, "down")
    assert all(each.definition and each.owner and each.refresh and each.fields for each in measures.values())


def test_every_figure_that_code_works_out_has_code():
    assert set(COMPUTED) == FIGURES.keys() | MARKING.keys() | {DUPLICATES}


def test_all_faults_are_told_at_once():
    body = {
        "thresholds": {"stage_day": 1},
        "measure": {"deals": {"stale": {"direction": "sideways", "defect": "amount < now()"}, "new": {"label": "x"}}},
        "measures": {},
    }
    with pytest.raises(PlanError) as error:
        read_dictionary(plan=body)
    told = {(fault.where.rpartition(".")[2], fault.code) for fault in error.value.faults}
    assert told == {
        ("stage_day", "plan.unknown-key"),
        ("direction", "plan.wrong-value"),
        ("defect", "plan.expression-clock"),
        ("new", "plan.unknown-key"),
        ("measures", "plan.unknown-key"),
    }
