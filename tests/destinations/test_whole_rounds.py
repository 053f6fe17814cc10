"""A later round as a user types it, on the test servers of HubSpot and Odoo with their shipped schemas, and back."""

import csv
import sqlite3
from contextlib import closing
from functools import partial
from hashlib import sha256

import pytest
from hubspot import TOKEN
from hubspot import serve as serve_hubspot
from hubspot_account import account_for
from odoo import DATABASE, LOGIN, PASSWORD, Database
from odoo import serve as serve_odoo
from test_odoo_shipped import STANDARD
from typed import HEADER, export, made, person, typed

from crmclean.crm.targets import target

pytest.importorskip("httpx")
LETTERS = str.maketrans("0123456789", "ghijklmnop")
ACTIVE = HEADER.replace("\n", ",LastActivityDate\n")
WRITES = ("upsert", "update", "archive", "create", "load", "write", "unlink")


class Hubspot:
    """An account on the test server."""

    kind, name, title, secret = "hubspot", "lastname", "jobtitle", ("CRMCLEAN_CRM_TOKEN", TOKEN)

    def __init__(self):
        self.portal = account_for(target("hubspot"), ())
        self.server = serve_hubspot(self.portal)
        self.plan = ""

    def people(self):
        return {one["properties"]["email"]: one["properties"] for one in self.portal.alive("contacts").values()}

    def written(self):
        return sum(path.split("/")[-1] in WRITES for _, path in self.portal.calls)

    def narrow(self):
        """Take an option away that the plan may send; return how to bring it back."""
        stage = self.portal.properties["contacts"]["lifecyclestage"]
        kept = list(stage["options"])
        stage["options"] = [each for each in kept if each["value"] != "lead"]
        return lambda: stage.update(options=kept)

    def lose(self, id_):
        self.portal.records["contacts"].pop(id_)

    def forbid(self):
        self.portal.scopes.remove("crm.objects.contacts.write")
        return lambda: self.portal.scopes.append("crm.objects.contacts.write")

    def become_another(self, monkeypatch):
        """Answer as the account of somebody else would."""
        monkeypatch.setattr("hubspot.PORTAL", 990099)


class Odoo:
    """A database on the test server."""

    kind, name, title, secret = "odoo", "name", "function", ("CRMCLEAN_CRM_PASSWORD", PASSWORD)

    def __init__(self):
        self.database = Database(STANDARD)
        self.server = serve_odoo(self.database)
        self.plan = f'database = "{DATABASE}"\nuser = "{LOGIN}"\n'

    def people(self):
        return {row["email"]: row for row in self.database.records["res.partner"].values()}

    def written(self):
        return sum(method in WRITES for _, method in self.database.calls)

    def narrow(self):
        """Drop a field that the plan sends; return how to bring it back."""
        kept = self.database.fields["res.partner"].pop("email")
        return lambda: self.database.fields["res.partner"].update(email=kept)

    def lose(self, id_):
        self.database.call("res.partner", "unlink", [[int(id_.split(",")[-1])]], {})

    def forbid(self):
        self.database.forbidden.add(("res.partner", "create"))
        return self.database.forbidden.clear

    def become_another(self, monkeypatch):
        """Answer as the database of somebody else would."""
        [parameter] = [*self.database.records["ir.config_parameter"].values()]
        monkeypatch.setitem(parameter, "value", "another")


@pytest.fixture(params=[Hubspot, Odoo], ids=["hubspot", "odoo"])
def crm(request, monkeypatch):
    crm = request.param()
    monkeypatch.setenv(*crm.secret)
    yield crm
    crm.server.shutdown()
    crm.server.server_close()


def seen(number, last=None):
    """One line of an export with the day of the last activity."""
    return person(number, last).replace("\n", f",2026-03-1{number}\n")


@pytest.fixture
def folder(crm, tmp_path):
    """A workspace whose first round has four people, and a fifth that is archived."""
    url = f'[destinations.crm]\nkind = "{crm.kind}"\nurl = "http://127.0.0.1:{crm.server.server_port}"\n{crm.plan}'
    old = person(5, created="2019-01-01T00:00:00Z").replace("\n", ",2020-01-01\n")
    folder = made(tmp_path, crm.kind, url, lines=[*map(seen, range(1, 5)), old], header=ACTIVE)
    code, told = typed(folder, "schema", "apply", "--to", "crm")
    assert code == 0, told
    return folder


def names(crm):
    """Return the number of each person, and the name."""
    return {email[3]: row[crm.name].removeprefix(f"Ann{email[3]} ") for email, row in sorted(crm.people().items())}


def listed(folder, file):
    path = folder / "run" / "import" / "crm" / f"{file}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_a_round_there_again_and_back(crm, folder):
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert code == 0, told
    assert names(crm) == {"1": "Lee1", "2": "Lee2", "3": "Lee3", "4": "Lee4"}
    people = crm.people()
    people["ann1@example.com"][crm.name] = "Theirs"
    people["ann2@example.com"][crm.title] = "Chief"
    back = person(5, created="2019-01-01T00:00:00Z").replace("\n", ",2026-03-25\n")
    export(folder, seen(1, "Ours"), seen(2, "Changed"), seen(4), back, header=ACTIVE)
    code, told = typed(folder, "run", "--to", "crm", "-q")
    assert code == 4
    assert "--round NAME" in told
    code, told = typed(folder, "run", "--to", "crm", "--round", "two")
    assert code in (10, 11), told  # somebody decides about the one that both sides changed
    assert names(crm) == {"1": "Theirs", "2": "Changed", "3": "Lee3", "4": "Lee4", "5": "Lee5"}
    assert crm.people()["ann2@example.com"][crm.title] == "Chief"
    assert [(line["field"], line["theirs"]) for line in listed(folder, "conflicts")] == [(crm.name, "Theirs")]
    assert [line["_record"][-5:-3] for line in listed(folder, "gone")] == ["03"]
    written = crm.written()
    typed(folder, "run", "--to", "crm", "--round", "two")
    assert crm.written() == written
    code, told = typed(folder, "rollback", "--to", "crm", "--round", "two")
    assert code == 0, told
    assert names(crm) == {"1": "Theirs", "2": "Lee2", "3": "Lee3", "4": "Lee4"}
    assert crm.people()["ann2@example.com"][crm.title] == "Chief"
    export(folder, *(seen(n) for n in range(1, 4)), header=ACTIVE)
    code, told = typed(folder, "run", "--to", "crm", "--round", "three", "-q")
    assert (code, "export again" in told) == (4, True), told
    code, told = typed(folder, "rollback", "--to", "crm", "--round", "first")
    assert code == 11, told
    assert names(crm) == {"1": "Theirs", "2": "Lee2"}  # what they changed is theirs to delete


@pytest.mark.parametrize("cause", ["wrong", "forbid", "narrow"])
def test_what_an_account_does_not_allow_is_refused_before_anything_is_sent(crm, folder, cause, monkeypatch):
    if cause == "wrong":
        monkeypatch.setenv(crm.secret[0], "another")
    mended = getattr(crm, cause)() if cause != "wrong" else partial(monkeypatch.setenv, *crm.secret)
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert code == 4, told
    assert "hint: " in told
    assert crm.people() == {}
    mended()
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert code == 0, told
    assert len(crm.people()) == 4


def in_journal(folder, *statements):
    with closing(sqlite3.connect(folder / "state" / "crm" / "journal.sqlite")) as database, database:
        return [database.execute(each).fetchall() for each in statements][-1]


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("how", ["adopt", "resend", "skip"])
def test_a_person_decides_about_a_row_without_an_answer(crm, folder, how, arrived):
    """An account whose answer left one person out: what the journal holds then is written into it here."""
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert code == 0, told
    find = "SELECT record, target_id FROM crosswalk WHERE record LIKE '%00003AAA%'"
    [(record, id_)] = in_journal(folder, find)
    in_journal(
        folder,
        "UPDATE row SET state = 6 WHERE record = (SELECT id FROM crosswalk WHERE record LIKE '%00003AAA%')",
        "UPDATE crosswalk SET target_id = NULL, hash = NULL WHERE record LIKE '%00003AAA%'",
    )
    if not arrived:
        crm.lose(id_)
    code, told = typed(folder, "settle", "--to", "crm")
    assert code == 11
    assert record in told
    written = crm.written()
    code, told = typed(folder, "settle", "--to", "crm", f"--{how}")
    assert code == (11 if how == "adopt" and not arrived else 0), told
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert code in (0, 10, 11), told
    assert (crm.written() == written) is (how != "resend")
    there = ["1", "2", "3", "4"] if arrived or how == "resend" else ["1", "2", "4"]
    assert [email[3] for email in sorted(crm.people())] == there
    known = in_journal(folder, find)[0][1]
    assert (known is not None) is (how == "resend" or (how == "adopt" and arrived))
    if arrived:
        assert known in (None, id_)


READING = ("audit", "hygiene", "handover", "settle --adopt", "import --dry-run", "rollback", "schema apply")


def test_the_account_of_somebody_else_is_read_and_changed_by_no_command(crm, folder, monkeypatch):
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert code == 0, told
    in_journal(folder, "UPDATE row SET state = 6 WHERE position = 0")  # one without an answer, for settle
    written = crm.written()
    crm.become_another(monkeypatch)
    for command in READING:
        code, told = typed(folder, *command.split(), "--to", "crm")
        assert (code, "code: journal.other-identity" in told, "lead elsewhere" in told) == (4, True, True), told
    assert crm.written() == written


@pytest.mark.parametrize("crm", [Hubspot], indirect=True)
def test_an_import_stops_where_the_days_calls_are_spent_and_goes_on_the_next_day(crm, tmp_path):
    names_ = [sha256(str(number).encode()).hexdigest().translate(LETTERS)[:12] for number in range(130)]
    lines = [
        f"003A00000{n:05}AAA,{name[:6]},{name[6:]},{name}@example.com,2026-01-01T00:00:00Z\n"
        for n, name in enumerate(names_)
    ]
    url = (
        f'[destinations.crm]\nkind = "hubspot"\nurl = "http://127.0.0.1:{crm.server.server_port}"\ncalls_per_day = 1\n'
    )
    folder = made(tmp_path, crm.kind, url, lines=lines)
    typed(folder, "schema", "apply", "--to", "crm")
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert (code, "today's 1 calls are spent" in told, "after midnight UTC" in told) == (5, True, True), told
    assert len(crm.people()) == 100
    written = crm.written()
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert (code, crm.written()) == (5, written), told
    in_journal(folder, "UPDATE spent SET day = '2020-01-01'")
    code, told = typed(folder, "import", "--to", "crm", "-q")
    assert code == 0, told
    assert sorted(crm.people()) == sorted(f"{name}@example.com" for name in names_)
    assert len(crm.portal.alive("contacts")) == 130
