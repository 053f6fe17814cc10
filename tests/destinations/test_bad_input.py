"""What goes wrong around an import, as a user types it: refused with a hint, nothing lost, the same again works."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from typed import ended, export, made, person, started, typed

PROD = '[destinations.prod]\nkind = "sqlite"\nurl = "sqlite:///prod.sqlite"\n'
IMPORT = ("import", "--to", "prod")


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A workspace just before its first import."""
    return made(tmp_path_factory.mktemp("before"), "hubspot", PROD)


@pytest.fixture(scope="module")
def after(before, tmp_path_factory):
    """The same after it."""
    folder = tmp_path_factory.mktemp("after") / "acme"
    shutil.copytree(before, folder)
    code, told = typed(folder, *IMPORT, "-q")
    assert code == 0, told
    return folder


@pytest.fixture
def first(before, tmp_path):
    return shutil.copytree(before, tmp_path / "acme")


@pytest.fixture
def later(after, tmp_path):
    return shutil.copytree(after, tmp_path / "acme")


def sql(folder, *statements, file="prod.sqlite"):
    with closing(sqlite3.connect(folder / file)) as database, database:
        return [database.execute(each).fetchall() for each in statements][-1]


def people(folder):
    """Return key and last name of everybody at the target, each record by itself."""
    return sql(folder, "SELECT crmclean_id, lastname FROM contacts ORDER BY crmclean_id")


def journal(folder):
    return folder / "state" / "prod" / "journal.sqlite"


def refused(folder, code, exit_code, *words):
    """Type an import that must be refused; return what it says."""
    got, told = typed(folder, *(words or IMPORT), "-q")
    assert got == exit_code, told
    assert f"code: {code}" in told
    assert "hint: " in told
    assert "Traceback" not in told
    return told


def passes(folder, *words):
    code, told = typed(folder, *(words or IMPORT), "-q")
    assert code == 0, told


def test_a_column_that_was_dropped_since_is_refused_and_nothing_is_written(later):
    kept = people(later)
    export(later, *map(person, range(1, 5)), person(5))
    typed(later, "run", "--through", "validate", "-q")
    sql(later, "ALTER TABLE contacts DROP COLUMN jobtitle")
    assert "contacts.jobtitle" in refused(later, "target.no-field", 4, *IMPORT, "--round", "two")
    assert people(later) == kept
    sql(later, "ALTER TABLE contacts ADD COLUMN jobtitle TEXT")
    passes(later, *IMPORT, "--round", "two")
    assert [name for _, name in people(later)] == ["Lee1", "Lee2", "Lee3", "Lee4", "Lee5"]


@pytest.mark.parametrize(
    ("theirs", "mended", "code"),
    [
        ("crmclean_id TEXT UNIQUE, ssn TEXT NOT NULL", "ALTER TABLE contacts DROP COLUMN ssn", "target.required"),
        ("crmclean_id TEXT", "CREATE UNIQUE INDEX one ON contacts (crmclean_id)", "target.key-not-enforced"),
    ],
)
def test_a_table_of_others_that_would_refuse_or_double_our_rows_is_refused(first, after, theirs, mended, code):
    own = ("_id", "crmclean_id")
    rest = [f'"{name}" TEXT' for _, name, *_ in sql(after, "PRAGMA table_info(contacts)") if name not in own]
    sql(first, f"CREATE TABLE contacts (_id INTEGER PRIMARY KEY, {theirs}, {', '.join(rest)})")
    if "ssn" not in theirs:
        sql(first, "INSERT INTO contacts (_id, lastname) VALUES (2, 'Theirs')")
    refused(first, code, 4)
    sql(first, mended)
    passes(first)
    assert [name for key, name in people(first) if key] == ["Lee1", "Lee2", "Lee3", "Lee4"]


def test_a_table_that_is_gone_is_refused_until_the_backup_is_back(later):
    shutil.copy(later / "prod.sqlite", later / "backup.sqlite")
    sql(later, "DROP TABLE contacts")
    assert "backup" in refused(later, "target.no-object", 4)
    shutil.copy(later / "backup.sqlite", later / "prod.sqlite")
    passes(later)


def test_a_target_that_was_put_back_to_before_the_import_is_told_and_filled_under_another_name(later):
    kept = shutil.copy(later / "prod.sqlite", later / "kept.sqlite")
    sql(later, "DELETE FROM contacts WHERE lastname <> 'Lee1'")
    code, told = typed(later, *IMPORT, "-q")
    assert code == 10
    assert "missing_at_target" in told
    missing = (later / "run" / "import" / "prod" / "missing-at-target.csv").read_text(encoding="utf-8")
    assert missing.count("\n") == 4
    again = shutil.copytree(later, later.parent / "again")
    shutil.copy(kept, later / "prod.sqlite")
    passes(later)
    plan = again / "migration.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("[destinations.prod]", "[destinations.anew]"))
    passes(again, "import", "--to", "anew")
    assert [name for _, name in people(again)] == ["Lee1", "Lee2", "Lee3", "Lee4"]


def test_a_database_made_anew_is_refused_until_the_old_one_is_back(later):
    shutil.move(later / "prod.sqlite", later / "kept.sqlite")
    assert "made anew" in refused(later, "journal.other-identity", 4)
    shutil.move(later / "kept.sqlite", later / "prod.sqlite")
    passes(later)


READING = ("audit", "hygiene", "handover", "schema apply")


@pytest.mark.parametrize("command", ["import", "import --dry-run", "rollback", *READING])
def test_an_address_that_leads_elsewhere_is_refused_before_anything_is_made_there(later, command):
    shutil.move(later / "prod.sqlite", later / "kept.sqlite")
    sql(later, "CREATE TABLE theirs (a)")
    assert "lead elsewhere" in refused(later, "journal.other-identity", 4, *command.split(), "--to", "prod")
    assert sql(later, "SELECT name FROM sqlite_master") == [("theirs",)]


@pytest.mark.parametrize("damage", ["text", "pages", "cut", "payload", "newer"])
def test_a_journal_that_cannot_be_trusted_is_refused_until_it_is_back(later, damage):
    kept = people(later)
    path = journal(later)
    backup = shutil.copy(path, later / "journal.kept")
    content = path.read_bytes()
    if damage == "payload":  # valid in SQLite's eyes, and yet not what was frozen
        sql(later, "UPDATE payload SET body = replace(body, 'Lee3', 'Lie3')", file="state/prod/journal.sqlite")
    elif damage == "newer":
        sql(later, "UPDATE migration SET version = 99", "ALTER TABLE round RENAME TO rounds", file=path)
    else:
        damaged = {"text": b"no database" * 500, "pages": content[:4096] + b"\xa5" * (len(content) - 4096)}
        path.write_bytes(damaged.get(damage, content[: len(content) // 2]))
    code = "journal.newer-version" if damage == "newer" else "journal.damaged"
    refused(later, code, 4)
    refused(later, code, 4, "rollback", "--to", "prod")
    assert people(later) == kept
    shutil.copy(backup, path)
    passes(later)


def test_a_journal_that_is_lost_doubles_nothing(later):
    kept = people(later)
    shutil.rmtree(journal(later).parent)
    passes(later)
    assert people(later) == kept


def beside(folder, later, lines, source="contact"):
    """Make a second workspace that imports into the database of the first one."""
    url = PROD.replace("sqlite:///prod.sqlite", f"sqlite:///{later / 'prod.sqlite'}")
    other = made(folder, "hubspot", url, lines=lines)
    plan = other / "migration.toml"
    named = plan.read_text(encoding="utf-8").replace('name = "contact"', f'name = "{source}"')
    plan.write_text(named, encoding="utf-8")
    assert f'name = "{source}"' in named
    code, told = typed(other, "run", "--through", "validate", "-q")
    assert code == 0, told
    return other


def test_two_workspaces_in_one_database_keep_apart_by_the_names_of_their_sources(later, tmp_path_factory):
    lines = [person(n, f"Poe{n}").replace("@example", "@other") for n in range(1, 5)]
    other = beside(tmp_path_factory.mktemp("beside"), later, lines, "acquired")
    code, told = typed(other, *IMPORT)
    assert (code, "keys of this migration" in told) == (0, False), told
    wanted = [f"{name}{n}" for name in ("Poe", "Lee") for n in range(1, 5)]
    assert [name for _, name in people(later)] == wanted
    passes(later)
    passes(other)
    assert [name for _, name in people(later)] == wanted


def test_records_under_our_keys_that_others_may_have_brought_are_told_and_given_back(later, tmp_path_factory):
    kept = people(later)
    lines = [person(n, f"Poe{n}") for n in range(1, 5)]
    other = beside(tmp_path_factory.mktemp("beside"), later, lines)
    code, told = typed(other, *IMPORT)
    assert code == 0, told
    assert "4 records of the target have keys of this migration" in " ".join(told.split())
    passes(other, "rollback", "--to", "prod")
    assert people(later) == kept


def test_a_journal_of_another_workspace_is_refused(later, tmp_path_factory):
    other = made(tmp_path_factory.mktemp("other"), "hubspot", PROD, lines=[person(n) for n in range(5, 9)])
    shutil.copytree(journal(later).parent, journal(other).parent)
    shutil.copy(later / "prod.sqlite", other / "prod.sqlite")
    kept = people(later)
    assert "--round" in refused(other, "journal.other-inputs", 4)
    assert people(other) == kept
    shutil.rmtree(journal(other).parent)
    (other / "prod.sqlite").unlink()
    passes(other)


def test_the_rehearsal_is_made_again_where_its_database_is_gone(before, tmp_path):
    folder = shutil.copytree(before, tmp_path / "acme")
    passes(folder, "import")
    (folder / "rehearsal.sqlite").unlink()
    passes(folder, "import")
    assert len(sql(folder, "SELECT * FROM contacts", file="rehearsal.sqlite")) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no limits on the size of files here")
@pytest.mark.parametrize("file", ["journal", "target"])
def test_a_full_disk_stops_with_a_hint_and_the_same_again_goes_on(first, file):
    """No file may grow beyond a size, as on a full disk; SQLite's files are written by one process only."""
    limit = 40_000 if file == "journal" else 90_000
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from crmclean.__main__ import main\n"
        "main()\n"
    )
    code, told = ended(started(first, *IMPORT, "-q", python=("-c", script)))
    assert code == 5, told
    assert "free space" in told
    passes(first)
    assert len(people(first)) == 4


HOLDER = """
import sys, time
from pathlib import Path
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace
with held(Workspace(Path("."))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_imports_of_one_workspace_do_not_run_at_once(first):
    with started(first, python=("-c", HOLDER)) as holder:
        assert holder.stdout.readline() == "held\n"
        refused(first, "workspace.locked", 4)
        holder.kill()
    passes(first)


def test_two_workspaces_that_import_into_one_database_at_once_lose_and_double_nothing(first, tmp_path_factory):
    plan = PROD.replace("prod.sqlite", f"{first.as_posix()}/prod.sqlite")
    other = made(tmp_path_factory.mktemp("other"), "hubspot", plan, lines=[person(n) for n in range(5, 9)])
    told = [ended(each) for each in [started(folder, *IMPORT, "-q") for folder in (first, other)]]
    assert [code for code, _ in told] == [0, 0], told
    assert [name for _, name in people(first)] == [f"Lee{number}" for number in range(1, 9)]


def test_a_clock_that_steps_back_between_runs_changes_nothing(later):
    export(later, *map(person, range(1, 4)), person(4, "Changed"))
    sql(  # what a clock years ahead would have written
        later,
        "UPDATE round SET at = '2099-01-01T00:00:00.000+00:00'",
        "INSERT INTO spent VALUES ('2099-01-01', 99)",
        file=journal(later),
    )
    passes(later, "run", "--to", "prod", "--round", "two")
    assert [name for _, name in people(later)] == ["Lee1", "Lee2", "Lee3", "Changed"]
    passes(later, "rollback", "--to", "prod", "--round", "two")
    assert [name for _, name in people(later)] == ["Lee1", "Lee2", "Lee3", "Lee4"]


def test_changed_exports_and_older_ones_are_refused_with_the_hint_to_name_a_round(later):
    kept = people(later)
    export(later, *map(person, range(1, 4)), person(4, "Changed"))
    assert "--round NAME" in refused(later, "journal.other-inputs", 4, "run", "--to", "prod")
    export(later, *map(person, range(1, 4)))  # it ends a month before the one that came in
    assert "export again" in refused(later, "round.older-exports", 4, "run", "--to", "prod", "--round", "two")
    assert people(later) == kept
    export(later, *map(person, range(1, 5)))
    passes(later, "run", "--to", "prod")
