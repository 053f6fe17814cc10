"""Real exports from load to audit: what came out last time, in counts, codes and hashes only.

After a change that is meant: pytest tests/golden --update-golden, and read the difference.
"""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from facts import facts

from crmclean.workflow.run import run
from crmclean.workspace.paths import Workspace

HERE = Path(__file__).parent
RUNS = {
    "data-cloud-workshop": ("salesforce-data-cloud-workshop", ("Account", "Contact", "Lead", "Opportunity", "Task")),
    "pipecheck": ("hubspot-pipecheck-sample", ("contacts", "companies", "deals")),
    "atomic-crm": ("atomic-crm", ("contacts",)),
    "contact-cleaner": ("csv-contact-cleaner", ("demo_contacts",)),
}


class Finished:
    """One finished run."""

    def __init__(self, name, root):
        self.name = name
        self.workspace = Workspace(root)
        self.result = run(root)
        self.ledger = pl.read_csv(self.workspace.report / "ledger.csv", infer_schema=False)

    def table(self, phase, object_):
        return pl.read_parquet(self.workspace.table(phase, object_))

    def findings(self):
        phases = self.workspace.run.glob("*/findings.parquet")
        return pl.concat(pl.read_parquet(path) for path in sorted(phases))

    def survivor(self, object_, source_id):
        ledger = self.ledger.filter(pl.col("object") == object_)
        record = ledger.filter(pl.col("record").str.ends_with(f":{source_id}")).row(0, named=True)
        while record["into"]:
            record = ledger.row(by_predicate=pl.col("record") == record["into"], named=True)
        return record["record"]


@pytest.fixture(scope="session")
def finished(real_exports, tmp_path_factory):
    runs = {}

    def finish(name):
        if name not in runs:
            folder, files = RUNS[name]
            root = tmp_path_factory.mktemp(name)
            (root / "exports").mkdir()
            for file in files:
                shutil.copy(real_exports / folder / f"{file}.csv", root / "exports")
            shutil.copy(HERE / name / "migration.toml", root)
            runs[name] = Finished(name, root)
        return runs[name]

    return finish


@pytest.mark.parametrize("name", RUNS)
def test_the_run_gives_what_it_gave(finished, name, pytestconfig):
    found, golden = facts(finished(name).workspace, finished(name).result), HERE / name / "golden.json"
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", RUNS)
def test_the_golden_file_holds_no_value_of_the_exports(finished, name):
    golden = (HERE / name / "golden.json").read_text(encoding="utf-8").casefold()
    tables = finished(name).workspace.phase("load").glob("[a-z]*s.parquet")
    people = [pl.read_parquet(path) for path in tables if path.stem in ("contacts", "leads")]
    secret = {
        text
        for frame in people
        for column in ("email", "last_name")
        if column in frame.columns
        for text in frame[column]
    }
    assert [text for text in secret if text and len(text) > 5 and text.casefold() in golden] == []


@pytest.mark.parametrize("name", RUNS)
def test_every_row_of_the_files_has_one_line_in_the_ledger(finished, name, real_exports):
    done = finished(name)
    folder, files = RUNS[name]
    rows = {
        f"exports/{file}.csv": pl.read_csv(real_exports / folder / f"{file}.csv", infer_schema=False).height
        for file in files
    }
    in_files = done.ledger.filter(pl.col("file").is_in(rows) & (pl.col("object") != "links"))
    assert dict(in_files.group_by("file").len().iter_rows()) == rows


# --- hubspot-pipecheck-sample/findings.csv: the source's own list of what it planted; audit date 2026-08-04


@pytest.fixture(scope="session")
def answer_key(real_exports):
    path = real_exports / "hubspot-pipecheck-sample" / "findings.csv"
    return pl.read_csv(path, infer_schema=False)


def _planted(answer_key, kind, object_):
    lines = answer_key.filter((pl.col("kind") == kind) & (pl.col("object") == object_))
    return [tuple(records.split("+")) for records in lines["records"]]


def test_pipecheck_contacts_with_one_email_are_one(finished):
    done = finished("pipecheck")
    assert done.survivor("contacts", "1001") == done.survivor("contacts", "1002")


def test_pipecheck_merges_no_contacts_beyond_the_key(finished, answer_key):
    planted = {record for pair in _planted(answer_key, "duplicate contacts", "contacts") for record in pair}
    merged = finished("pipecheck").ledger.filter((pl.col("object") == "contacts") & (pl.col("outcome") == "merged"))
    assert {record.split(":")[-1] for record in merged["record"]} <= planted


@pytest.mark.parametrize("object_", ["contacts", "companies"])
def test_pipecheck_duplicates_are_merged_or_asked_about(finished, answer_key, object_):
    """Similar names at one domain, and legal forms that differ, are for a person to decide."""
    done = finished("pipecheck")
    questions = pl.read_parquet(done.workspace.phase("dedupe") / f"questions-{object_}.parquet")
    asked = {frozenset(record.split(":")[-1] for record in pair) for pair in questions.select("left", "right").rows()}
    for left, right in _planted(answer_key, f"duplicate {object_}", object_):
        survivors = [done.survivor(object_, record).split(":")[-1] for record in (left, right)]
        assert survivors[0] == survivors[1] or {frozenset((left, right)), frozenset(survivors)} & asked


def test_pipecheck_companies_of_one_name_and_domain_are_one(finished):
    done = finished("pipecheck")
    assert done.survivor("companies", "C002") == done.survivor("companies", "C018")


def test_pipecheck_merges_no_companies_beyond_the_key(finished, answer_key):
    planted = {record for pair in _planted(answer_key, "duplicate companies", "companies") for record in pair}
    merged = finished("pipecheck").ledger.filter((pl.col("object") == "companies") & (pl.col("outcome") == "merged"))
    assert {record.split(":")[-1] for record in merged["record"]} <= planted


def test_pipecheck_stale_contacts_are_the_two_of_the_key(finished, answer_key):
    """With a limit of three months; one of the two is a customer, whom the plan protects: said, and kept."""
    findings, ledger = finished("pipecheck").findings(), finished("pipecheck").ledger
    archived = ledger.filter((pl.col("object") == "contacts") & (pl.col("outcome") == "archived"))["record"]
    protected = findings.filter((pl.col("object") == "contacts") & (pl.col("code") == "stale.protected"))["record"]
    found = {record.split(":")[-1] for record in (*archived, *protected)}
    assert found == {record for (record,) in _planted(answer_key, "stale contact", "contacts")}


def test_pipecheck_role_mailboxes_stay_apart(finished, answer_key):
    ledger = finished("pipecheck").ledger.filter(pl.col("outcome") == "merged")
    merged = {record.split(":")[-1] for name in ("record", "into") for record in ledger[name]}
    assert not merged & {record for (record,) in _planted(answer_key, "role mailbox", "contacts")}


# --- csv-contact-cleaner/demo_contacts.csv: its author's expected results stand in two columns


def test_contact_cleaner_agrees_on_which_emails_are_valid(finished):
    done = finished("contact-cleaner")
    table = done.table("normalize", "contacts")
    findings = done.findings().filter((pl.col("field") == "email") & (pl.col("code") == "emails.invalid"))
    expected = table.filter(pl.col("x_email_valid").str.to_lowercase() == "false")
    assert set(findings["record"]) == set(expected["_record"])


def test_contact_cleaner_keeps_every_digit_of_the_telephones(finished):
    table = finished("contact-cleaner").table("normalize", "contacts")
    digits = table.select(
        pl.col(name).str.replace_all(r"\D", "").str.strip_prefix("1") for name in ("phone", "x_phone_cleaned")
    )
    assert digits.filter(pl.col("phone").ne_missing(pl.col("x_phone_cleaned"))).is_empty()
