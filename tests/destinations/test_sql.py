"""PostgreSQL, a real one on a private loopback postgres: exactly once per batch, bad rows apart, kills survived."""

import sqlite3
import subprocess
import sys
import traceback
from contextlib import closing
from pathlib import Path

import pytest
from checker import EXPECTED, REJECTED
from small_crm import SCHEMA, contact

from crmclean.destinations.contract import Request, Row, Settled
from crmclean.destinations.registry import open_destination
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, PlanError, RefusedError
from crmclean.plan.model import Destination, Plan, Target
from crmclean.workspace.paths import Workspace

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.server
HERE = Path(__file__).parent


@pytest.fixture
def url(postgres, request):
    """An empty database."""
    name = f"d{abs(hash(request.node.nodeid))}"
    with psycopg.connect(f"postgresql://crm@{postgres}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return f"postgresql://crm@{postgres}/{name}"


def opened(url, tmp_path):
    from crmclean.destinations.databases.sql import SqlDestination

    return SqlDestination(Settings("pg", "postgresql", url, tmp_path, tmp_path))


def request_of(marker, *people):
    first = next(iter(people))[1]
    rows = [Row(key, list(cells.values()), place, place) for place, (key, cells) in enumerate(people)]
    return Request(marker, "Contact", tuple(first), rows)


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        (contact(None), "target.required", "LastName"),
        (contact("x" * 21), "target.length", "LastName"),
        (contact("x", "not an address"), "target.format", "Email"),
        (contact("x", Born="2024-02-31x"), "target.type", "Born"),
        (contact("x", OptOut="yes"), "target.type", "OptOut"),
        (contact("x", Rating="Warm"), "target.picklist", "Rating"),
        (contact("x", Interests="a;z"), "target.picklist", "Interests"),
        (contact("x", "good@example.com"), "target.unique", "Email"),
        (contact("x", AccountId=99), "target.reference", "AccountId"),
        (contact("nul\0byte"), "target.refused", None),
    ],
)
def test_the_database_says_what_the_target_would_say(url, tmp_path, cells, code, field):
    destination = opened(url, tmp_path)
    destination.prepare(SCHEMA)
    blank = {"AccountId": None}
    good = contact("Good", "good@example.com", Interests="a;c", Born="2024-02-29") | blank
    request = request_of(
        "m", ("k0", good), ("k1", cells | {"AccountId": cells.get("AccountId")}), ("k2", contact("Fine") | blank)
    )
    said = {each.key: each for each in destination.read(request, destination.send(request, None))}
    assert (said["k1"].fate, said["k1"].code, said["k1"].field) == ("rejected", code, field)
    assert (said["k0"].fate, said["k2"].fate) == ("created", "created")
    assert {key for key, *_ in destination.scan("Contact")} == {"k0", "k2"}
    destination.close()


def test_a_batch_is_applied_once_whoever_asks_again(url, tmp_path):
    destination = opened(url, tmp_path)
    destination.prepare(SCHEMA)
    request = request_of("m", ("k0", contact("Good")), ("k1", contact(None)))
    assert destination.settle(request, None) is Settled.ABSENT
    answer = destination.send(request, None)
    said = [sorted(destination.read(request, each)) for each in (answer, destination.settle(request, None))]
    assert sorted(destination.read(request, destination.send(request, None))) == said[0] == said[1]
    assert destination.count("Contact") == 1
    destination.close()


def test_another_batch_with_the_same_key_updates(url, tmp_path):
    destination = opened(url, tmp_path)
    destination.prepare(SCHEMA)
    destination.send(request_of("one", ("k0", contact("Good", "a@example.com"))), None)
    request = request_of("two", ("k0", contact("Better", None)), ("k1", contact("New")))
    fates = {each.key: each.fate for each in destination.read(request, destination.send(request, None))}
    assert fates == {"k0": "updated", "k1": "created"}
    found = {key: cells for key, _, cells in destination.fetch("Contact", ["k0"])}
    assert (found["k0"]["LastName"], found["k0"]["Email"]) == ("Better", None)
    destination.close()


def test_a_server_that_is_away_is_a_failure_without_the_password(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_PG_PASSWORD", "canary")
    destination = opened("postgresql://crm@127.0.0.1:1/nowhere", tmp_path)
    with pytest.raises(DestinationError) as caught:
        destination.prepare(SCHEMA)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("user", "name", "code"),
    [
        ("nobody", None, "destination.not-allowed"),
        ("reader", None, "destination.not-allowed"),
        ("crm", "nowhere", "destination.no-database"),
    ],
)
def test_who_is_not_let_in_or_may_not_write_is_refused_with_a_hint(url, tmp_path, user, name, code):
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS reader")
        admin.execute("CREATE ROLE reader LOGIN")
    where, _, database = url.rpartition("/")
    destination = opened(f"{where.replace('crm@', f'{user}@')}/{name or database}", tmp_path)
    with pytest.raises(RefusedError) as caught:
        destination.prepare(SCHEMA)
    assert caught.value.faults[0].code == code
    assert caught.value.faults[0].hint
    destination.close()


@pytest.mark.parametrize(
    ("change", "mended", "code"),
    [
        ('DROP COLUMN "Rating"', 'ADD COLUMN "Rating" text', "target.no-field"),
        ('ADD COLUMN "Ssn" text NOT NULL', 'DROP COLUMN "Ssn"', "target.required"),
        ("DROP CONSTRAINT {key}", "ADD UNIQUE (key)", "target.key-not-enforced"),
        ("RENAME TO gone", None, "target.no-object"),
    ],
)
def test_a_table_that_somebody_changed_is_refused_until_it_is_mended(url, tmp_path, change, mended, code):
    destination = opened(url, tmp_path)
    destination.prepare(SCHEMA)
    with psycopg.connect(url, autocommit=True) as other:
        sql = "SELECT conname FROM pg_constraint WHERE pg_get_constraintdef(oid) = 'UNIQUE (key)' AND conrelid = %s"
        (key,) = other.execute(f"{sql}::regclass", ['"Contact"']).fetchone()
        other.execute(f'ALTER TABLE "Contact" {change.format(key=key)}')
        assert code in {fault.code for fault in destination.preflight(SCHEMA).faults}
        other.execute(f'ALTER TABLE "Contact" {mended}' if mended else 'ALTER TABLE gone RENAME TO "Contact"')
    assert destination.preflight(SCHEMA).faults == ()
    destination.close()


def test_records_that_others_made_meanwhile_do_not_clash_with_ours(url, tmp_path):
    destination = opened(url, tmp_path)
    destination.prepare(SCHEMA)
    with psycopg.connect(url) as other:
        other.execute("INSERT INTO \"Contact\" (_id, key, \"LastName\") VALUES (1, 'theirs', 'Theirs')")
    request = request_of("m", ("k0", contact("Good")))
    assert [each.fate for each in destination.read(request, destination.send(request, None))] == ["created"]
    destination.close()


def test_no_cell_is_in_an_error_or_its_causes(url, tmp_path):
    destination = opened(url, tmp_path)
    destination.prepare(SCHEMA)
    with psycopg.connect(url) as other:
        other.execute('ALTER TABLE "Contact" DROP COLUMN "Rating"')
    request = request_of("m", ("k0", contact("canary-of-a-cell")))
    with pytest.raises(DestinationError) as caught:
        destination.send(request, None)
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    destination.close()


def test_a_password_in_the_plan_is_refused(tmp_path):
    plan = Plan(
        root=tmp_path,
        name="test",
        target=Target("small"),
        sources=(),
        destinations={"pg": Destination("pg", "postgresql", "postgresql://crm:canary@127.0.0.1/x")},
    )
    with pytest.raises(PlanError) as caught:
        open_destination(Workspace(tmp_path), plan, "pg")
    assert "CRMCLEAN_PG_PASSWORD" in caught.value.faults[0].hint
    assert "canary" not in str(caught.value)


def judge(url, folder):
    """Compare the database and the journal with what was to come, by psycopg and sqlite3 only."""
    with psycopg.connect(url) as database:
        found = {
            key: (object_, str(number))
            for object_ in ("Account", "Contact", "Task")
            for key, number in database.execute(f'SELECT key, _id FROM "{object_}"')  # noqa: S608
        }
        links = dict(database.execute('SELECT c.key, a.key FROM "Contact" c JOIN "Account" a ON a._id = c."AccountId"'))
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        crosswalk = dict(journal.execute("SELECT record, target_id FROM crosswalk WHERE target_id IS NOT NULL"))
        bad = dict(
            journal.execute(
                "SELECT c.record, r.code FROM row r JOIN crosswalk c ON c.id = r.record WHERE r.state NOT IN (1, 2, 3)"
            )
        )
    wanted = {key: object_ for key, (object_, *_) in EXPECTED.items()}
    parents = {key: refs["AccountId"] for key, (_, _, refs) in EXPECTED.items() if "AccountId" in refs}
    return (
        {key: object_ for key, (object_, _) in found.items()} == wanted
        and crosswalk == {key: number for key, (_, number) in found.items()}
        and links == parents
        and bad == REJECTED
    )


def import_once(folder, url, fatal=0):
    command = [sys.executable, HERE / "crashing.py", folder, str(fatal), url]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("share", range(8))
def test_a_kill_at_an_edge_loses_and_doubles_nothing(url, tmp_path, share):
    killed = import_once(tmp_path, url, fatal=4 + 7 * share)
    assert killed.returncode != 1, killed.stderr
    last = import_once(tmp_path, url)
    assert last.returncode == 0, last.stderr
    assert judge(url, tmp_path)


@pytest.mark.parametrize("edge", [0, 90, 130])
def test_a_later_round_and_its_rollback_leave_what_was_there(url, tmp_path, edge):
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    killed = subprocess.run([*command, str(edge), url, "--back"], capture_output=True, text=True, check=False)
    assert killed.returncode != 1, killed.stderr
    last = subprocess.run([*command, "0", url, "--back"], capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    with psycopg.connect(url) as database:
        tables = ("Account", "Contact", "Task")
        found = [key for name in tables for (key,) in database.execute(f'SELECT key FROM "{name}"')]  # noqa: S608
        names = dict(database.execute('SELECT key, "LastName" FROM "Contact"'))
    assert sorted(found) == sorted(EXPECTED)
    assert names["s:contacts:4"] == "N4"
