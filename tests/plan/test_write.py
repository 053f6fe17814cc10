"""A drafted plan reads back as what was drafted, whatever the headers hold."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.crm.targets import target_names
from crmclean.plan.draft import Draft, DraftColumn, DraftDecision, DraftFile, DraftSource
from crmclean.plan.model import DEFAULT_GATES, DEFAULT_STAGES, Decision
from crmclean.plan.read import read_plan
from crmclean.plan.write import write_plan

LINES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def draft(header="Email", note="2 filled", **parts):
    file = DraftFile("exports/a.csv", "contacts", "Contact", 4, note, (DraftColumn(header, "email", 3),))
    decisions = {
        "contacts": (DraftDecision("x_odd", "custom", "legacy_odd", note), DraftDecision("x_empty", "drop", note, ""))
    }
    return Draft("acme", target_names()[0], (DraftSource("sf", "salesforce", (file,)),), decisions=decisions, **parts)


def read_back(draft, folder):
    (folder / "migration.toml").write_text(write_plan(draft), encoding="utf-8")
    return read_plan(folder)


def test_the_plan_says_what_was_drafted(tmp_path):
    plan = read_back(
        draft(region="GB", fallback_owner="a@example.com", ignored={"exports/x.pdf": "not a table"}), tmp_path
    )
    assert (plan.name, plan.target.crm, plan.target.fallback_owner) == ("acme", target_names()[0], "a@example.com")
    assert (plan.defaults.region, plan.defaults.currency, plan.as_of) == ("GB", None, None)
    (source,) = plan.sources
    (file,) = source.files
    assert (source.name, source.kind, source.priority) == ("sf", "salesforce", 1)
    assert (file.path, file.object, file.table) == ("exports/a.csv", "contacts", "Contact")
    assert plan.columns["contacts"]["x_odd"] == Decision("custom", to="legacy_odd")
    assert plan.columns["contacts"]["x_empty"].action == "drop"
    assert [(entry.path, entry.reason) for entry in plan.ignored] == [("exports/x.pdf", "not a table")]
    assert plan.stages == DEFAULT_STAGES
    assert plan.gates == DEFAULT_GATES


@given(header=LINES, note=LINES)
def test_no_header_and_no_note_breaks_the_file(header, note, tmp_path_factory):
    plan = read_back(draft(header, note), tmp_path_factory.getbasetemp())
    assert plan.columns["contacts"]["x_empty"].reason == note


@pytest.mark.parametrize("newest", [None, date(2026, 7, 30)])
def test_lines_that_are_proposals_become_settings_without_their_mark(newest, tmp_path):
    text = write_plan(draft(newest=newest))
    opened = re.sub(r"^# (as_of|fallback_owner|region|currency|protect) =", r"\1 =", text, flags=re.MULTILINE)
    (tmp_path / "migration.toml").write_text(opened, encoding="utf-8")
    plan = read_plan(tmp_path)
    assert plan.as_of == (newest or date(2026, 1, 31))
    assert plan.stale.protect == "lead_source = 'Partner'"
    assert (plan.defaults.region, plan.defaults.currency) == ("US", "USD")
