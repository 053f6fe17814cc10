"""`crmclean audit` on a target that people have worked in since: what differs is listed apart, field by field."""

import csv
import shutil
import sqlite3

import pytest

from crmclean.errors import RefusedError
from crmclean.workflow.run import phase


@pytest.fixture(scope="module")
def audited(sample_run, tmp_path_factory):
    """The sample migration, audited again after three edits at the target."""
    acme = tmp_path_factory.mktemp("audit") / "acme"
    shutil.copytree(sample_run, acme)
    with sqlite3.connect(acme / "rehearsal.sqlite") as target:
        chosen = "SELECT _id FROM companies WHERE hubspot_owner_id IS NOT NULL ORDER BY _id LIMIT 3"
        target.execute(f"UPDATE companies SET description = '=edited' WHERE _id IN ({chosen})")  # noqa: S608
    return acme, phase(acme, "audit")


def rows(acme, name):
    path = acme / "run" / "audit" / "rehearsal" / f"{name}.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_edits_since_the_import_are_listed_and_are_no_fault_of_it(audited):
    acme, result = audited
    changed = rows(acme, "changed-at-target")
    assert [(row["object"], row["field"], row["at_target"]) for row in changed] == [
        ("companies", "description", "'=edited")
    ] * 3
    checks = {(check["area"], check["name"]): check for check in result.data["checks"]}
    assert checks["changed since", "companies"]["count"] == 3
    assert "changed-at-target.csv" in checks["changed since", "companies"]["note"]
    assert checks["changed since", "companies"]["passed"]
    assert checks["changed since", "contacts"]["count"] == 0


def test_the_sample_is_shown_field_by_field_with_reasons(audited):
    acme, _ = audited
    sample = rows(acme, "sample")
    assert len({row["record"] for row in sample}) == 100
    plain = [row for row in sample if row["target_field"] == "phone" and row["at_target"]]
    assert plain
    assert all(row["after"] == row["at_target"] for row in plain)
    assert any(row["before"] != row["at_target"] and row["reasons"] for row in plain)


def test_nothing_required_is_missing_in_the_sample_migration(audited):
    assert rows(audited[0], "missing") == []


def test_a_changed_plan_asks_for_a_run_that_sends_nothing(sample_run, tmp_path):
    acme = tmp_path / "acme"
    shutil.copytree(sample_run, acme)
    plan = acme / "migration.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("seed = 1", "seed = 2"), encoding="utf-8")
    if "seed = 2" not in plan.read_text(encoding="utf-8"):
        plan.write_text(f"seed = 2\n{plan.read_text(encoding='utf-8')}", encoding="utf-8")
    with pytest.raises(RefusedError) as error:
        phase(acme, "audit")
    assert "crmclean run --through validate" in error.value.faults[0].hint
