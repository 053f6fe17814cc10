"""`init` on a real terminal: what it asks, what Enter gives, and what it leaves alone."""

import json
import os
import re
import subprocess
import sys

import pytest

from crmclean.errors import InputError
from crmclean.plan.read import read_plan
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.initializing.given import Given

CRMCLEAN = [sys.executable, "-m", "crmclean"]
_END = "\x04"
USERS = """Id,Username,Name,Email,IsActive
005A000000aaaaa,ann,Ann Lee,ann@seller.example,true
005A000000bbbbb,bo,Bo Kim,bo@seller.example,true
005A000000ccccc,cy,Cy Gone,cy@seller.example,false
"""
ACCOUNTS = """Id,Name,Type,BillingCountry,Phone,OwnerId
001A000000aaaaa,Acme,Customer - Direct,United States,415 555 0123,005A000000bbbbb
001A000000bbbbb,Bolt,Prospect,USA,,005A000000bbbbb
001A000000ccccc,Cork,Prospect,Germany,+49 30 123456,005A000000ccccc
"""
CONTACTS = """Id,FirstName,LastName,Email,Phone,AccountId,OwnerId
003A000000aaaaa,Ann,Fox,ann@acme.example,415 555 0101,001A000000aaaaa,005A000000aaaaa
003A000000bbbbb,Bo,Elk,bo@bolt.example,415 555 0102,001A000000bbbbb,005A000000ccccc
"""
NEWSLETTER = "First Name,Last Name,Email\nBo,Elk,bo@bolt.example\nDi,Doe,di@doe.example\nEd,Eel,ed@eel.example\n"
NEVER = "Email\ned@eel.example\n"
SIMPLE = "First Name,Last Name,Email\nAnn,Lee,ann@example.com\nBo,Diaz,bo@example.com\n"


@pytest.fixture
def exports(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    files = {"User.csv": USERS, "Account.csv": ACCOUNTS, "Contact.csv": CONTACTS, "newsletter.csv": NEWSLETTER}
    for name, text in {**files, "do-not-contact.csv": NEVER}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def typed(answers, *arguments, folder):
    """Type answers into a real terminal, and return what stood on it with the exit code."""
    pty = pytest.importorskip("pty", reason="needs a terminal of the Unix kind")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen([*CRMCLEAN, *arguments], cwd=folder, env=environment, **streams) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in (*answers, _END, _END)).encode())
        seen = b""
        while chunk := _read(ours):
            seen += chunk
    os.close(ours)
    return seen.decode().replace("\r\n", "\n"), process.returncode


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is gone
        return b""


def test_a_migration_of_two_systems_needs_six_answers(exports, tmp_path):
    shown, code = typed([""] * 6, "init", "acme", "given", folder=tmp_path)
    assert code == 0, shown
    assert [line for line in shown.splitlines() if " of 6  " in line] == [
        "1 of 6  The CRM to migrate to",
        "2 of 6  Country of phone numbers",
        "3 of 6  Who counts as a customer",
        "4 of 6  Email of who gets what no active user owns",
        "5 of 6  Which source wins",
        "6 of 6  People who must not be imported",
    ]
    assert "2 of 8 records are in US." in shown
    assert "2 of 5 owned records belong to 1 owner" in " ".join(shown.split())
    assert "1 company of a customer type" in " ".join(shown.split())
    printed = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines() if "(Enter:" not in line]
    assert max(map(len, printed)) <= 80
    plan = read_plan(tmp_path / "acme")
    assert (plan.target.crm, plan.defaults.region, plan.target.fallback_owner) == ("hubspot", "US", "bo@seller.example")
    assert [source.name for source in plan.sources] == ["salesforce", "newsletter"]
    assert [(entry.path, entry.reason) for entry in plan.suppress] == [("exports/do-not-contact.csv", "do-not-import")]
    assert [rule.where for rule in plan.lifecycle["contacts"]] == [
        "company_type ILIKE 'customer%'",
        "has_open_deal",
        "TRUE",
    ]
    assert plan.gates["fallback_owner"] == pytest.approx(0.4)


def test_other_answers_than_the_proposals_are_kept(exports, tmp_path):
    answers = ["pipedrive", "nowhere", "Germany", "9", "nobody", "no-email", "ann@seller.example", "2", "no"]
    shown, code = typed(answers, "init", "acme", "given", folder=tmp_path)
    assert code == 0, shown
    assert "Type a number from 1 to 2, or a name." in shown
    assert shown.count("That was not understood.") == 2
    plan = read_plan(tmp_path / "acme")
    assert (plan.target.crm, plan.defaults.region, plan.target.fallback_owner) == (
        "pipedrive",
        "DE",
        "ann@seller.example",
    )
    assert plan.lifecycle["contacts"][0].where == "FALSE"
    assert plan.sources[0].name == "newsletter"
    assert not plan.suppress


def test_a_simple_list_is_asked_about_the_target_only(tmp_path):
    (tmp_path / "list.csv").write_text(SIMPLE, encoding="utf-8")
    shown, code = typed(["salesforce"], "init", "acme", "list.csv", folder=tmp_path)
    assert code == 0, shown
    assert "1 of 1  The CRM to migrate to" in shown
    assert read_plan(tmp_path / "acme").target.crm == "salesforce"
    assert "exports/" in (tmp_path / "acme" / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_scripts_are_told_what_was_taken_and_what_stays_open(exports, tmp_path):
    done = subprocess.run(
        [*CRMCLEAN, "init", "acme", "given", "--yes", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["taken"] == ["target", "customer", "winner", "leave-out"]
    assert document["open"] == ["region", "owner"]
    plan = (tmp_path / "acme" / "migration.toml").read_text(encoding="utf-8")
    assert plan.count("# OPEN: ") == 2
    assert "@seller.example" not in plan


@pytest.mark.parametrize(("text", "code"), [(SIMPLE, 0), (SIMPLE.replace("@", "-AT-"), 0)])
def test_a_simple_list_validates_without_an_answer(text, code, tmp_path):
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    initialize(tmp_path / "acme", [tmp_path / "list.csv"], Answers())
    done = subprocess.run(
        [*CRMCLEAN, "run", "-w", "acme", "--through", "validate"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr


def test_owners_without_a_successor_stop_validation(exports, tmp_path):
    initialize(tmp_path / "acme", [exports], Answers("hubspot"))
    done = subprocess.run(
        [*CRMCLEAN, "run", "-w", "acme", "--through", "validate"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 10
    assert "fallback_owner" in done.stdout


def test_the_users_of_the_target_say_who_is_gone(exports, tmp_path):
    (tmp_path / "users.csv").write_text("Name,Email\nBo,BO@seller.example\n", encoding="utf-8")
    result = initialize(tmp_path / "acme", [exports], Answers("hubspot"), given=Given(owners=tmp_path / "users.csv"))
    (note,) = [note for note in result.notes if "owned records" in note]
    assert "3 of 5 owned records belong to 2 owners" in note
    (tmp_path / "nobody.csv").write_text("Name,Town\nBo,Rome\n", encoding="utf-8")
    with pytest.raises(InputError, match="no email of an active user"):
        initialize(tmp_path / "b", [exports], Answers("hubspot"), given=Given(owners=tmp_path / "nobody.csv"))


def test_what_the_target_holds_is_updated(exports, tmp_path):
    theirs = tmp_path / "hubspot-crm-exports-all-contacts.csv"
    header = "Record ID,First Name,Last Name,Email,Lifecycle Stage\n"
    theirs.write_text(header + "71,Ann,Fox,ann@acme.example,customer\n", encoding="utf-8")
    result = initialize(tmp_path / "acme", [exports], Answers(), given=Given(existing=(theirs,)))
    plan = read_plan(tmp_path / "acme")
    assert result.data["target"] == "hubspot"
    assert plan.target.existing is not None
    assert [file.path for file in plan.target.existing.files] == ["exports/hubspot-crm-exports-all-contacts.csv"]
    theirs.write_text("First Name,Last Name,Email\nAnn,Fox,ann@acme.example\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column with the target's ids"):
        initialize(tmp_path / "other", [exports], Answers(), given=Given(existing=(theirs,)))


def test_the_schema_of_the_account_names_the_target(exports, tmp_path):
    fields = [
        {"name": "Id", "label": "Id", "type": "id", "nillable": False},
        {"name": "LastName", "label": "Last", "type": "string", "nillable": False},
    ]
    (tmp_path / "describe.json").write_text(json.dumps({"name": "Contact", "fields": fields}), encoding="utf-8")
    given = Given(schema=tmp_path / "describe.json")
    initialize(tmp_path / "acme", [exports / "newsletter.csv"], Answers(), given=given)
    plan = read_plan(tmp_path / "acme")
    assert (plan.target.crm, plan.target.schema) == ("salesforce", "schema/salesforce.json")
    with pytest.raises(InputError, match="the plan aims at HubSpot"):
        initialize(tmp_path / "b", [exports / "newsletter.csv"], Answers("hubspot"), given=given)
    assert not (tmp_path / "b" / "migration.toml").exists()
