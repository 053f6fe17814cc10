import json
import shutil

import polars as pl
import pytest

from crmclean.errors import InputError
from crmclean.files.tables import write_parquet
from crmclean.workflow.purge import purge
from crmclean.workflow.status import status
from crmclean.workspace.atomic import write_json, write_text

REPORT = {
    "closes": True,
    "objects": [{"object": "contacts", "read": 3, "imported": 2, "merged": 1}],
    "gates": [{"name": "orphans", "value": 0, "limit": 0, "passed": True}],
    "phases": [{"name": "load", "rows_in": 3, "rows_out": 3, "changes": 0, "findings": 0}],
    "waiting": [],
}


def reported(finished, **parts):
    write_json(finished.report / "report.json", REPORT | parts)
    return status(finished.root)


def test_before_the_first_run_the_next_step_is_to_run(tmp_path, plan_text):
    write_text(tmp_path / "migration.toml", plan_text)
    result = status(tmp_path)
    assert result.headline == "acme: nothing has been run yet."
    assert result.next_step == "crmclean run"


@pytest.mark.parametrize(
    ("parts", "headline", "next_step"),
    [
        ({}, "acme: 3 records accounted for, the balance closes.", "open run/report/index.html"),
        (
            {"waiting": [{"what": "doubtful pairs", "count": 4, "command": "crmclean review --export"}]},
            "acme: 3 records accounted for, the balance closes.",
            "crmclean review --export",
        ),
        (
            {"gates": [{"name": "orphans", "value": 3, "limit": 0, "passed": False}]},
            "acme: stopped at 1 gate: orphans.",
            "open run/report/index.html, mend the data or the plan, then crmclean run",
        ),
    ],
)
def test_the_state_says_what_to_type_next(finished, parts, headline, next_step):
    result = reported(finished, **parts)
    assert (result.headline, result.next_step) == (headline, next_step)


def test_a_changed_plan_asks_for_a_new_run(finished):
    write_json(finished.manifest, {"plan_hash": "another"})
    result = reported(finished)
    assert result.notes == ("The plan has changed since the last run.",)
    assert result.next_step == "crmclean run"


def test_the_state_is_a_document_too(finished):
    data = reported(finished).data
    assert data["phases_done"] == ["load", "normalize"]
    assert json.loads(json.dumps(data))["report"]["closes"] is True


def test_no_plan_and_a_broken_report_say_what_to_do(finished, tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        status(tmp_path / "elsewhere")
    write_text(finished.report / "report.json", "{")
    with pytest.raises(InputError, match="is not JSON"):
        status(finished.root)


def test_a_closed_gate_says_what_to_do(finished):
    gates = [
        {"name": "fallback_owner", "value": 1, "limit": 0.05, "passed": False},
        {"name": "stage_rejects customers", "value": 1, "limit": 0.01, "passed": False},
        {"name": "orphans", "value": 0, "limit": 0, "passed": True},
    ]
    told = "\n".join(reported(finished, gates=gates).notes)
    assert "fallback_owner under [target]" in told
    assert "stage_rejects: run/import has the rejects with their reasons" in told
    assert "orphans" not in told


def test_doubtful_pairs_say_who_could_answer_them(sample_run, tmp_path):
    acme = tmp_path / "acme"
    shutil.copytree(sample_run, acme)
    users = pl.read_parquet(acme / "run/normalize/users.parquet").select("_record", "first_name", "last_name")
    people = pl.read_parquet(acme / "run/normalize/contacts.parquet").join(
        users, left_on="_ref.owner_ref", right_on="_record", suffix="_owner"
    )
    pairs = people.filter(pl.col("owner_ref").is_not_null()).sort("_record").head(3)
    questions = pairs.select(left="_record", right=pl.lit("salesforce:contacts:nobody"))
    for path in (acme / "run" / "dedupe").glob("questions-*.parquet"):
        path.unlink()
    write_parquet(questions, acme / "run" / "dedupe" / "questions-contacts.parquet")
    result = status(acme)
    told = result.data["doubtful_pairs_by_owner"]
    names = pairs.select(pl.concat_str("first_name_owner", "last_name_owner", separator=" ")).to_series().to_list()
    assert told == {name: names.count(name) for name in told}
    assert sum(told.values()) == 3
    table = next(table for table in result.tables if table.title.startswith("Doubtful pairs by owner"))
    assert dict(table.rows) == told


def test_a_spot_check_that_nobody_has_judged_is_said(sample_run):
    assert any("Nobody has judged the spot check" in note for note in status(sample_run).notes)


def test_stages_that_were_not_sent_are_said(finished):
    ledger = finished.report / "ledger.csv"
    write_text(ledger, ledger.read_text(encoding="utf-8").replace("imported,,import.created", "held,,import.not-sent"))
    result = reported(finished, destination="production")
    assert "1 record is not sent yet: crmclean run --to production" in result.notes
    assert result.next_step == "crmclean run --to production"


def test_after_a_purge_the_status_says_so(finished):
    purge(finished.root, yes=True)
    result = status(finished.root)
    assert "`crmclean purge` removed its personal data" in result.headline
    assert result.next_step is None
