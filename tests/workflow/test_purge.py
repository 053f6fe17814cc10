"""`crmclean purge`: no value is left, what is kept still tells the numbers, and nothing goes that is still needed."""

import csv
import json
import shutil
import sqlite3

import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app
from crmclean.errors import InputError, RefusedError, UsageError
from crmclean.workflow.purge import purge
from crmclean.workflow.run import run

PLAN = """
version = 1
name = "acme"
[target]
crm = "hubspot"
[gates]
stale_share = 1
consent_unknown = 1
[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/people.csv"
object = "contacts"
key = "Email"
"""
PEOPLE = """Email,First Name,Last Name,Phone
zebrina.quillfeather@canary.example,Zebrina,Quillfeather,+1 415 555 0173
other.quillfeather@canary.example,Otherly,Quillfeather,+1 415 555 0174
"""
CANARIES = ("zebrina", "quillfeather", "canary", "otherly", "5550173", "555 0173")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run over records whose very ids are addresses."""
    folder = tmp_path_factory.mktemp("purge") / "acme"
    (folder / "exports").mkdir(parents=True)
    (folder / "migration.toml").write_text(PLAN, encoding="utf-8")
    (folder / "exports" / "people.csv").write_text(PEOPLE, encoding="utf-8")
    run(folder)
    (folder / "decisions").mkdir(exist_ok=True)
    note = "old:contacts:zebrina.quillfeather@canary.example,Ann Boss,2026-01-01,Zebrina is not Otherly\n"
    (folder / "decisions" / "restored.csv").write_text("record,by,at,note\n" + note, encoding="utf-8")
    return folder


@pytest.fixture
def acme(finished, tmp_path):
    """A copy to be purged."""
    shutil.copytree(finished, tmp_path / "acme")
    return tmp_path / "acme"


def leaks(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): [word for word in CANARIES if word.encode() in path.read_bytes().lower()]
        for path in files
    }


def test_no_value_is_left_and_the_numbers_are(acme):
    report = json.loads((acme / "run" / "report" / "report.json").read_text(encoding="utf-8"))
    lines = len((acme / "run" / "report" / "ledger.csv").read_text(encoding="utf-8").splitlines())
    assert any(leaks(acme).values())
    result = purge(acme, yes=True, exports=True)
    assert {name: found for name, found in leaks(acme).items() if found} == {}
    kept = json.loads((acme / "kept" / "report" / "report.json").read_text(encoding="utf-8"))
    assert kept["objects"] == report["objects"]
    assert kept["outcomes"] == report["outcomes"]
    kept = (acme / "kept" / "ledger.csv").read_text(encoding="utf-8").splitlines()
    assert len(kept) == lines
    assert sorted(line["row"] for line in csv.DictReader(kept)) == ["2", "3"]  # of the file: it names nobody
    assert "old:contacts:z***" in (acme / "kept" / "crosswalk.csv").read_text(encoding="utf-8")
    assert "Ann Boss" in (acme / "decisions" / "restored.csv").read_text(encoding="utf-8")
    assert "<h1>acme</h1>" in (acme / "kept" / "report" / "index.html").read_text(encoding="utf-8")
    left = {path.name for path in acme.iterdir()}
    assert left == {"migration.toml", "decisions", "kept", "state"}
    assert [path.name for path in (acme / "state").iterdir()] == [".lock"]
    assert set(result.data["kept"]) == {
        "kept/report", "kept/ledger.csv", "kept/crosswalk.csv", "decisions", "migration.toml",
    }  # fmt: skip


def test_exports_go_only_by_name(acme):
    before = (acme / "exports" / "people.csv").read_bytes()
    result = purge(acme, yes=True)
    assert (acme / "exports" / "people.csv").read_bytes() == before
    assert any("exports/ still holds personal data" in note for note in result.notes)


def test_nothing_goes_without_yes(acme):
    before = sorted(path for path in acme.rglob("*") if path.name != ".lock")
    done = CliRunner().invoke(app, ["purge", "-w", str(acme)])
    assert done.exit_code == 4
    assert "run" in done.stderr
    assert "--yes" in done.stderr
    assert sorted(path for path in acme.rglob("*") if path.name != ".lock") == before


def test_a_second_purge_leaves_what_the_first_one_kept(acme):
    purge(acme, yes=True)
    before = (acme / "kept" / "ledger.csv").read_bytes()
    result = purge(acme, yes=True)
    assert (acme / "kept" / "ledger.csv").read_bytes() == before
    assert "kept/ledger.csv" in result.data["kept"]


def test_only_what_is_named_is_kept(acme):
    purge(acme, ["ledger"], yes=True)
    assert {path.name for path in (acme / "kept").iterdir()} == {"ledger.csv", "README.txt"}


def test_rows_of_unknown_fate_keep_the_journal(acme):
    with sqlite3.connect(acme / "state" / "rehearsal" / "journal.sqlite") as journal:
        journal.execute("UPDATE row SET state = 6 WHERE position = 0")
    with pytest.raises(RefusedError) as refused:
        purge(acme, yes=True)
    assert refused.value.faults[0].code == "purge.unknown"
    assert (acme / "run" / "report").is_dir()


def test_an_unknown_part_is_named_with_the_nearest(acme):
    with pytest.raises(UsageError) as wrong:
        purge(acme, ["ledgr"], yes=True)
    assert "ledger" in wrong.value.faults[0].hint


def test_a_folder_without_a_plan_is_left_alone(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("not of a migration", encoding="utf-8")
    with pytest.raises(InputError, match="there is no such file"):
        purge(tmp_path, yes=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "mine.txt"]


def test_the_note_of_a_later_purge_stands_above_the_first(acme):
    purge(acme, ["ledger"], yes=True)
    first = (acme / "kept" / "README.txt").read_text(encoding="utf-8")
    result = purge(acme, yes=True)
    assert result.headline.startswith("Nothing was left to remove")
    assert (acme / "kept" / "README.txt").read_text(encoding="utf-8") == first
    purge(acme, ["report"], yes=True, exports=True)
    later = (acme / "kept" / "README.txt").read_text(encoding="utf-8")
    assert later.endswith(f"\n{first}")
    assert "  kept/ledger.csv" in later.removesuffix(first)
    assert "exports (1 file)" in later


def test_lists_outside_of_exports_are_named(acme):
    (acme / "lists").mkdir()
    (acme / "lists" / "gone.csv").write_text("Email\nsomebody@else.example\n", encoding="utf-8")
    with (acme / "migration.toml").open("a", encoding="utf-8") as plan:
        plan.write('[[suppress]]\npath = "lists/gone.csv"\nreason = "erase"\n')
    result = purge(acme, yes=True, exports=True)
    assert "lists/gone.csv still holds personal data: remove it by hand." in result.notes


def test_a_plan_with_faults_keeps_nobody_from_removing_data(acme):
    with (acme / "migration.toml").open("a", encoding="utf-8") as plan:
        plan.write("no_such_key = 1\n")
    assert "run" in purge(acme, yes=True).data["removed"]


def test_an_import_that_is_not_finished_is_said_before_its_journal_goes(acme):
    with sqlite3.connect(acme / "state" / "rehearsal" / "journal.sqlite") as journal:
        journal.execute("UPDATE row SET state = 0 WHERE position = 0")
    with pytest.raises(RefusedError) as refused:
        purge(acme)
    assert [fault.code for fault in refused.value.faults] == ["purge.unfinished", "purge.not-sure"]
    assert "has not been sent there yet" in refused.value.faults[0].problem
    assert "--exports" in refused.value.faults[1].hint
    assert purge(acme, yes=True).data["removed"]
