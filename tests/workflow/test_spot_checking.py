"""Verdicts on the spot check: read back from the sheet, kept without values, open again when the values change."""

import csv

import openpyxl
import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app
from crmclean.errors import ExitCode, InputError
from crmclean.workflow.run import run
from crmclean.workflow.spot_checking import apply_spot_check

PLAN = """
version = 1
name = "acme"
as_of = 2026-06-30
spot_check = 3
[target]
crm = "salesforce"
[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/contacts.csv"
object = "contacts"
"""
HEADER = "Id,First Name,Last Name,Email,Last Activity\n"
NAMES = ("Ann,Lee", "Bo,Ramirez", "Cyrus,Okafor")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    export(tmp_path)
    run(tmp_path)
    return tmp_path


def export(root, *, ann="Ann,Lee"):
    names = (ann, *NAMES[1:])
    rows = "".join(f"{n},{name},me@{name.split(',')[1].lower()}.example,2026-06-01\n" for n, name in enumerate(names))
    (root / "exports" / "contacts.csv").write_text(HEADER + rows, encoding="utf-8")


def sheet(root):
    with (root / "run" / "report" / "spot-check.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def filled(root, verdicts, note=""):
    """Write the sheet back with a verdict on the first row of each record."""
    rows, path, left = sheet(root), root / "answers.csv", dict(verdicts)
    for row in rows:
        row["verdict"] = left.pop(row["record"], "")
        row["note"] = note if row["verdict"] else ""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def said(root):
    return {row["record"]: row["said_before"] for row in sheet(root)}


ALL_OK = {f"old:contacts:{n}": "OK " for n in range(3)}


def test_verdicts_are_kept_shown_again_and_say_what_they_prove(root):
    result = apply_spot_check(root, filled(root, ALL_OK), "Ann")
    assert (result.exit_code, result.data) == (ExitCode.DONE, {"verdicts": {"ok": 3, "wrong": 0}, "open": 0})
    assert "3 of 3 records looked at, 0 wrong: with 95 % confidence at most 63.2% of all" in " ".join(result.notes)
    assert any("3 of 3 records looked at" in note for note in run(root).notes)
    assert all(text.startswith("ok by Ann on 2") for text in said(root).values())
    kept = (root / "decisions" / "spot-check.csv").read_text(encoding="utf-8")
    assert "ramirez" not in kept.casefold()


def test_a_wrong_record_closes_a_gate_until_its_values_change(root):
    result = apply_spot_check(root, filled(root, ALL_OK | {"old:contacts:0": "wrong"}, "maiden name"), "Ann")
    assert result.data["verdicts"] == {"ok": 2, "wrong": 1}
    stopped = run(root)
    assert stopped.exit_code is ExitCode.GATE
    assert "spot_check_wrong" in stopped.headline
    export(root, ann="Ann,Miller")
    assert run(root).exit_code is ExitCode.DONE
    assert said(root)["old:contacts:0"].startswith("open again, as values changed; was wrong by Ann")
    assert said(root)["old:contacts:1"].startswith("ok by Ann")


def test_records_without_a_verdict_wait(root):
    result = apply_spot_check(root, filled(root, {"old:contacts:1": "ok"}), "Ann")
    assert (result.exit_code, result.data["open"]) == (ExitCode.WAITING, 2)


def test_the_workbook_is_read_as_people_give_it_back(root):
    path = root / "run" / "report" / "before-import.xlsx"
    book = openpyxl.load_workbook(path)
    page = book["Spot check"]
    names = {cell.value: cell.column for cell in page[1]}
    page.cell(2, names["verdict"], "Ok")
    book.save(root / "back.xlsx")
    assert apply_spot_check(root, root / "back.xlsx", "Ann").data["verdicts"] == {"ok": 1, "wrong": 0}


def test_other_words_are_named_together_and_nothing_is_taken_over(root):
    path = filled(root, {"old:contacts:0": "wrnog", "old:contacts:1": "fine", "old:contacts:2": "ok"})
    with pytest.raises(InputError) as caught:
        apply_spot_check(root, path, "Ann")
    assert [fault.code for fault in caught.value.faults] == ["spot-check.verdict"] * 2
    assert caught.value.faults[0].hint == "did you mean wrong?"
    assert not (root / "decisions" / "spot-check.csv").exists()


def test_a_sheet_of_something_else_says_what_is_missing(root):
    with pytest.raises(InputError, match="has no column record"):
        apply_spot_check(root, root / "exports" / "contacts.csv", "Ann")


def test_the_command_needs_a_person(root):
    words = ["validate", "-w", str(root), "--apply", str(filled(root, ALL_OK))]
    assert CliRunner().invoke(app, words).exit_code == 2
    assert CliRunner().invoke(app, [*words, "--by", "Ann"]).exit_code == 0
