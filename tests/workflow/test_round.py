"""A later round of a whole run, as a user types it: fresh exports, only the change is sent, and back again."""

import sqlite3
from contextlib import chdir, closing

from typer.testing import CliRunner

from crmclean.cli.app import app

HEADER = "Id,FirstName,LastName,Email,CreatedDate\n"
PEOPLE = [f"003A00000{n:05}AAA,Ann{n},Lee{n},ann{n}@example.com,2026-0{n}-01T00:00:00Z\n" for n in range(1, 5)]


def crmclean(folder, *words):
    with chdir(folder):
        done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout + done.stderr


def names(folder):
    with closing(sqlite3.connect(folder / "rehearsal.sqlite")) as database:
        return sorted(name for (name,) in database.execute("SELECT lastname FROM contacts"))


def test_fresh_exports_go_in_as_a_round_and_come_out_again(tmp_path):
    export = tmp_path / "Contact.csv"
    export.write_text(HEADER + "".join(PEOPLE[:3]), encoding="utf-8")
    assert crmclean(tmp_path, "init", "acme", "Contact.csv", "--target", "hubspot", "--yes")[0] == 0
    acme = tmp_path / "acme"
    code, told = crmclean(acme, "run")
    assert code == 0, told
    fresh = HEADER + PEOPLE[0] + PEOPLE[1].replace("Lee2", "Changed") + PEOPLE[3]
    (acme / "exports" / "Contact.csv").write_text(fresh, encoding="utf-8")
    code, told = crmclean(acme, "run", "--round", "cutover")
    assert code == 0, told
    assert "gone.csv" in told
    assert names(acme) == ["Changed", "Lee1", "Lee3", "Lee4"]
    code, told = crmclean(acme, "rollback")
    assert code == 0, told
    assert names(acme) == ["Lee1", "Lee2", "Lee3"]
