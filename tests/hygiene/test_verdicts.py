"""Verdicts on pairs hold in the scorecard as long as the records say what the reviewer saw."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

CONTACTS = """Id,FirstName,LastName,Email,Phone,MailingCountry,CreatedDate,LastModifiedDate
003A000000aaaaaAAA,John,Smith,a@acme.com,,US,2025-01-01T00:00:00Z,2026-03-01T00:00:00Z
003A000000bbbbbAAB,Bo,Ray,bo@ray.example,,US,2025-01-01T00:00:00Z,2026-03-02T00:00:00Z
003A000000cccccAAC,Mary,Jones,a@acme.com,,US,2026-01-01T00:00:00Z,2026-03-06T00:00:00Z
"""
MOVED = CONTACTS.replace("Mary", "Marian")


def invoke(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """A workspace in which a person has told John and Mary apart, who share a mailbox."""
    folder = tmp_path_factory.mktemp("verdicts")
    root = folder / "work"
    (folder / "Contact.csv").write_text(CONTACTS, encoding="utf-8")
    assert invoke("init", root, folder / "Contact.csv", "--target", "hubspot", "--yes").exit_code == 0
    assert invoke("run", "-w", root, "--through", "dedupe", "--exit-zero").exit_code == 0
    assert invoke("review", "-w", root, "--export", "--exit-zero").exit_code == 0
    sheet = root / "run" / "review" / "pairs-contacts.csv"
    rows = pl.read_csv(sheet, infer_schema=False)
    assert rows.height == 1
    rows.with_columns(decision=pl.lit("different")).write_csv(sheet)
    assert invoke("review", "-w", root, "--apply", sheet, "--by", "Kim").exit_code == 0
    return root


def scored(root, out, *more):
    told = invoke("hygiene", "-w", root, "-o", out, "--fail-on", "never", "--as-of", "2026-03-31", "--json", *more)
    assert told.exit_code == 0, told.output
    body = json.loads(told.stdout)
    measures = {each["id"]: each for each in body["measures"]}
    again = pl.read_csv(out / "reopened.csv", infer_schema=False)
    assert body["reopened_pairs"] == again.height
    return measures["contacts.duplicates"], again


@pytest.mark.parametrize("how", ["full", "exact"])
def test_a_verdict_on_values_that_have_changed_since_comes_back(decided, tmp_path, how):
    words = ("--duplicates", how, "--history", tmp_path / "history.sqlite")
    before, again = scored(decided, tmp_path / "one", *words)
    assert (before["numerator"], again.height) == (0, 0)
    exported = decided / "exports" / "Contact.csv"
    exported.write_text(MOVED, encoding="utf-8")
    try:
        after, again = scored(decided, tmp_path / "two", *words)
        told = invoke("hygiene", "-w", decided, "-o", tmp_path / "two", "--fail-on", "never", *words)
    finally:
        exported.write_text(CONTACTS, encoding="utf-8")
    assert (after["numerator"], after["exceptions"]) == (1, 2)
    assert after["causes"] == {"decision open again": 2}
    (row,) = again.rows(named=True)
    assert row["why"] == "changed since the decision"
    assert row["said"].startswith("Kim: different (")
    assert row["said"].endswith("changed since: first_name")
    assert "1 pair that people decided on changed since" in " ".join(told.output.split())


def test_what_goes_on_changing_reopens_nothing(decided, tmp_path):
    exported = decided / "exports" / "Contact.csv"
    exported.write_text(CONTACTS.replace("2026-03-06", "2026-03-20"), encoding="utf-8")
    try:
        found, again = scored(decided, tmp_path / "card", "--history", tmp_path / "history.sqlite")
    finally:
        exported.write_text(CONTACTS, encoding="utf-8")
    assert (found["numerator"], again.height) == (0, 0)


def test_a_file_of_verdicts_outside_of_a_workspace_holds_as_it_stands(decided, tmp_path):
    """Nothing tells then what the reviewer saw."""
    pairs = decided / "decisions" / "pairs.csv"
    (tmp_path / "pairs.csv").write_text(pairs.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "Contact.csv").write_text(MOVED, encoding="utf-8")
    found = []
    for place in (tmp_path / "pairs.csv", pairs):
        words = ("-o", tmp_path / "card", "--decisions", place, "--fail-on", "never", "--json")
        told = invoke("hygiene", tmp_path / "Contact.csv", *words)
        found.append(json.loads(told.stdout)["reopened_pairs"])
    assert found == [0, 1]
