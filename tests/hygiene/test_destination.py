"""The scorecard of a destination that is read back, and what our own import did to it."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

CONTACTS = """Id,FirstName,LastName,Email,Phone,AccountId,OwnerId,CreatedDate,LastActivityDate
003A000000aaaaaAAA,Ann,Lee,ann@acme.example,,001A000000aaaaaAAA,,2026-01-01T00:00:00Z,2026-03-01
003A000000bbbbbAAB,Bo,Ray,,+14155550173,,,2026-01-01T00:00:00Z,2026-03-05
"""
ACCOUNTS = """Id,Name,Website,Industry,OwnerId,CreatedDate
001A000000aaaaaAAA,Acme,acme.example,Retail,,2026-01-01T00:00:00Z
"""
DEALS = """Id,AccountId,Name,StageName,Amount,CloseDate,IsWon,IsClosed,OwnerId,CreatedDate
006A000000aaaaaAAA,001A000000aaaaaAAA,One,Prospecting,100,2026-03-01,false,false,,2026-01-01T00:00:00Z
006A000000bbbbbAAB,001A000000aaaaaAAA,Two,Closed Won,200,2026-02-01,true,true,,2026-01-01T00:00:00Z
"""


def invoke(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A workspace whose records are in the rehearsal database."""
    folder = tmp_path_factory.mktemp("imported")
    for name, text in (("Contact", CONTACTS), ("Account", ACCOUNTS), ("Opportunity", DEALS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    root = folder / "work"
    files = [folder / f"{name}.csv" for name in ("Contact", "Account", "Opportunity")]
    assert invoke("init", root, *files, "--target", "hubspot", "--currency", "USD", "--yes").exit_code == 0
    done = invoke("run", "-w", root, "--as-of", "2026-03-31", "--exit-zero")
    assert done.exit_code == 0, done.stderr
    return root


def measures(result):
    return {each["id"]: each for each in json.loads(result.stdout)["measures"]}


def test_a_destination_is_scored_like_an_export(imported):
    told = invoke("hygiene", "-w", imported, "--to", "rehearsal", "--as-of", "2026-03-31", "--json")
    assert told.exit_code == 0, told.stderr
    found = measures(told)
    assert found["contacts.company"]["value"] == 0.5
    assert found["contacts.required"]["denominator"] > 0
    assert (found["deals.past_close"]["numerator"], found["deals.past_close"]["denominator"]) == (1, 1)
    assert found["pipeline.win_rate"]["value"] == 1.0
    assert found["companies.contacts"]["value"] == 0.0
    assert (imported / "state" / "hygiene-rehearsal.sqlite").is_file()
    assert (imported / "run" / "hygiene-rehearsal" / "scorecard.html").is_file()


def test_the_exports_of_a_workspace_need_no_files(imported):
    told = invoke("hygiene", "-w", imported, "--as-of", "2026-03-31", "--json")
    assert told.exit_code == 0, told.stderr
    assert measures(told)["contacts.company"]["value"] == 0.5
    assert json.loads(told.stdout)["history"].endswith("hygiene.sqlite")
    assert not list((imported / "exports").glob("*hygiene*"))


def test_a_record_that_our_import_made_is_told_from_others(imported, tmp_path):
    root = tmp_path / "work"
    shutil.copytree(imported, root)
    exports = tmp_path / "fresh"
    exports.mkdir()
    header = "Record ID,First Name,Last Name,Email,Contact owner,Create Date,Last Activity Date,Last Modified Date\n"
    text = f"{header}99999,Old,One,old@x.example,Kim,2025-01-01,2026-03-01,2025-01-01\n"
    (exports / "contacts.csv").write_text(text, encoding="utf-8")
    words = ("hygiene", exports / "contacts.csv", "-w", root, "-o", tmp_path / "out", "--fail-on", "never", "--json")
    assert invoke(*words, "--as-of", "2026-03-30").exit_code == 0
    ours = [row for row in _ids(root) if row]
    text += f"{ours[0]},Ann,Lee,,,2026-03-31,,2026-03-31\n88888,Eve,New,,,2026-03-31,,2026-03-31\n"
    (exports / "contacts.csv").write_text(text, encoding="utf-8")
    found = measures(invoke(*words, "--as-of", "2026-03-31"))
    assert found["contacts.required"]["causes"] == {"new record": 2, "our import": 2}


def _ids(root):
    from crmclean.workflow.importing.fates import imported as fates
    from crmclean.workspace.paths import Workspace

    known = fates(Workspace(root))
    return known.filter(known["target_object"] == "contacts")["target_id"].to_list()


def test_a_destination_that_the_plan_does_not_know_is_named(imported):
    told = invoke("hygiene", "-w", imported, "--to", "rehearsel")
    assert (told.exit_code, "no destination rehearsel" in told.stderr) == (3, True)


def test_verdicts_hold_for_what_the_records_became_at_the_target(tmp_path):
    """Two people with one name and phone, told apart by a person before the import."""
    root = tmp_path / "work"
    text = CONTACTS.replace("ann@acme.example,,001A000000aaaaaAAA", ",+14155550199,")
    text += "003A000000cccccAAC,Ann,Lee,,+14155550199,,,2026-01-01T00:00:00Z,2026-03-06\n"
    (tmp_path / "Contact.csv").write_text(text, encoding="utf-8")
    assert invoke("init", root, tmp_path / "Contact.csv", "--target", "hubspot", "--yes").exit_code == 0
    pair = "salesforce:contacts:003a000000aaaaaAAA,salesforce:contacts:003a000000cCcccAAC"  # ids as the suffix says
    (root / "decisions").mkdir(exist_ok=True)
    (root / "decisions" / "pairs.csv").write_text(f"left,right,verdict,by\n{pair},different,Kim\n", encoding="utf-8")
    assert invoke("run", "-w", root, "--as-of", "2026-03-31", "--exit-zero").exit_code == 0
    words = ("hygiene", "-w", root, "--to", "rehearsal", "--as-of", "2026-03-31", "--json")
    assert measures(invoke(*words))["contacts.duplicates"]["numerator"] == 0
    (root / "decisions" / "pairs.csv").write_text("left,right,verdict\n", encoding="utf-8")
    again = measures(invoke(*words))["contacts.duplicates"]
    assert (again["numerator"], again["denominator"]) == (1, 3)
