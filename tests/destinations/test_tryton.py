"""The contract against a real CRM server: Tryton on SQLite, spoken to by a class outside the package.

The server runs in an environment of its own that this test session makes and keeps in pytest's cache; it is neither
imported by us nor shipped (see docs/decisions/0135).
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import venv
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("httpx")

import httpx
from tryton_crm import SCHEMA, Tryton
from tryton_killed import party

from crmclean.destinations.contract import RefusedCallError, Request, Row
from crmclean.destinations.settings import Settings
from crmclean.errors import RefusedError
from crmclean.plan.model import Destination, Plan, Stage, Target
from crmclean.workflow.importing.rounds import Mapped, Sending
from crmclean.workflow.importing.stages import import_stages
from crmclean.workflow.rollback import Order, take_back
from crmclean.workspace.paths import Workspace

pytestmark = pytest.mark.server
HERE = Path(__file__).parent
PACKAGES = [f"{name}~=8.0" for name in ("trytond", "trytond-party", "trytond-party-relationship")]
PASSWORD = "word-of-the-test-server"  # noqa: S105
CONFIG = "[database]\nuri = sqlite://\npath = {path}\n[web]\nlisten = 127.0.0.1:{port}\n"


@pytest.fixture(scope="session")
def environment(request):
    """A folder with Tryton's own environment and a database with its modules, made once and kept."""
    folder = Path(request.config.cache.mkdir("tryton"))
    if not (folder / "ready").is_file():
        shutil.rmtree(folder)
        folder.mkdir()
        venv.create(folder / "venv", with_pip=True)
        install = [_program(folder, "python"), "-m", "pip", "install", "--quiet", *PACKAGES]
        done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode and not os.environ.get("CRMCLEAN_NO_SKIPS"):
            pytest.skip("Tryton cannot be installed here: the package index is not reached")
        assert done.returncode == 0, done.stderr
        _make_database(folder)
        (folder / "ready").touch()
    return folder


def _program(folder, name):
    return next(
        path for path in (folder / "venv" / "bin" / name, folder / "venv" / "Scripts" / f"{name}.exe") if path.exists()
    )


def _make_database(folder):
    (folder / "crm.sqlite").touch()
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    config = folder / "make.conf"
    config.write_text(CONFIG.format(path=folder, port=0), encoding="utf-8")
    command = [_program(folder, "trytond-admin"), "-c", config, "-d", "crm", "-u", "party_relationship"]
    more = ["--activate-dependencies", "--email", "admin@example.com", "-l", "en"]
    surroundings = {**os.environ, "TRYTONPASSFILE": str(folder / "password")}
    subprocess.run([*command, *more], check=True, capture_output=True, env=surroundings, timeout=300)


@pytest.fixture(scope="session")
def server(environment, tmp_path_factory):
    """A running server; yields its address and the file of its database."""
    folder = tmp_path_factory.mktemp("tryton")
    database = Path(shutil.copy(environment / "crm.sqlite", folder / "crm.sqlite"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "trytond.conf"
    config.write_text(CONFIG.format(path=folder, port=port), encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        command = [_program(environment, "trytond"), "-c", config, "-d", "crm"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(url, process, folder / "log")
        yield url, database
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url, process, log):
    for _ in range(240):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            if httpx.post(f"{url}/crm/rpc/", json={"id": 1, "method": "system.listMethods", "params": []}).status_code:
                return
        except httpx.HTTPError:
            time.sleep(0.25)
    pytest.fail(log.read_text(encoding="utf-8"))


@pytest.fixture
def tryton(server, monkeypatch, tmp_path):
    """Address and database of the server, a workspace, and a name before the keys that no other test has."""
    monkeypatch.setenv("CRMCLEAN_TRYTON_PASSWORD", PASSWORD)
    return *server, Workspace(tmp_path), f"s{tmp_path.name.replace('_', '')}"


def opened(url, folder, **more):
    return Tryton(Settings("tryton", "tryton_crm:Tryton", url, folder, folder, "crm", "admin", **more))


PARTIES = """SELECT p.code, p.id, p.name, a.city, m.value, e.code FROM party_party p
             LEFT JOIN party_address a ON a.party = p.id
             LEFT JOIN party_contact_mechanism m ON m.party = p.id AND m.type = 'email'
             LEFT JOIN party_relation r ON r.from_ = p.id LEFT JOIN party_party e ON e.id = r."to"
             WHERE p.code LIKE ? ORDER BY p.code, m.value, a.city"""


def parties(database, source):
    """Return what the server's own database holds: code, name, city, email, code of the employer."""
    with closing(sqlite3.connect(database)) as connection:
        return [(code, *rest) for code, _, *rest in connection.execute(PARTIES, (f"{source}:%",))]


def mapped(workspace, source, companies, people):
    """Write the mapped tables and return what is imported: number -> name, and number -> name, email, company."""
    firms = [
        {"_record": f"{source}:companies:{number}", **party(name, city="Ulm")} for number, name in companies.items()
    ]
    persons = [
        {
            "_record": f"{source}:contacts:{number}",
            **party(name, email, "Bonn"),
            "_ref.employer": f"{source}:companies:{company}" if company else None,
        }
        for number, (name, email, company) in people.items()
    ]
    workspace.phase("map").mkdir(parents=True, exist_ok=True)
    tables = {}
    for name, rows in (("company", firms), ("person", persons)):
        tables[name] = pl.DataFrame(rows, schema_overrides=dict.fromkeys(rows[0], pl.String))
        tables[name].write_parquet(workspace.table("map", name))
    live = {
        canonical: tables[name]
        .select("_record", _outcome=pl.lit(None, pl.String), _into=pl.lit(None, pl.String))
        .lazy()
        for canonical, name in (("companies", "company"), ("contacts", "person"))
    }
    pairs = pl.DataFrame(schema={"left": pl.String, "right": pl.String})
    return replace(Mapped(SCHEMA, {name: table.lazy() for name, table in tables.items()}, live), splits=pairs)


def plan_for(url, workspace):
    where = Destination("tryton", "tryton_crm:Tryton", url, database="crm", user="admin")
    return Plan(
        root=workspace.root,
        name="test",
        target=Target("tryton"),
        sources=(),
        stages=(Stage("all", "TRUE"),),
        destinations={"tryton": where},
    )


COMPANIES = {1: "Acme", 2: "Bolt"}
PEOPLE = {3: ("Ann", "ann@example.com", 1), 4: ("Bob", None, 2), 5: ("Cid", "cid@example.com", None)}


def test_a_migration_there_and_a_round_later_and_back(tryton):
    url, database, workspace, source = tryton
    plan = plan_for(url, workspace)

    def go(round_, companies, people):
        sent = mapped(workspace, source, companies, people)
        return import_stages(workspace, plan, sent, None, to="tryton", sending=Sending(round_=round_))

    done = go(None, COMPANIES, PEOPLE)
    assert [(stage.counts.created, stage.read_back.passed, stage.passed) for stage in done.stages] == [(5, True, True)]
    acme, bolt = f"{source}:companies:1", f"{source}:companies:2"
    before = parties(database, source)
    assert before == [
        (acme, "Acme", "Ulm", None, None),
        (bolt, "Bolt", "Ulm", None, None),
        (f"{source}:contacts:3", "Ann", "Bonn", "ann@example.com", acme),
        (f"{source}:contacts:4", "Bob", "Bonn", None, bolt),
        (f"{source}:contacts:5", "Cid", "Bonn", "cid@example.com", None),
    ]
    later = {**PEOPLE, 3: ("Ann", "ann@example.org", 2), 5: ("Cid", None, 1), 6: ("Dan", None, None)}
    second = go("second", {**COMPANIES, 1: "Acme Inc"}, later)
    assert second.stages[0].read_back.passed
    assert parties(database, source) == [
        (acme, "Acme Inc", "Ulm", None, None),
        (bolt, "Bolt", "Ulm", None, None),
        (f"{source}:contacts:3", "Ann", "Bonn", "ann@example.org", bolt),
        (f"{source}:contacts:4", "Bob", "Bonn", None, bolt),
        (f"{source}:contacts:5", "Cid", "Bonn", None, acme),
        (f"{source}:contacts:6", "Dan", "Bonn", None, None),
    ]
    back = take_back(workspace, plan, SCHEMA, Order(to="tryton"))
    assert (back.data["deleted"], back.data["restored"], back.data["left_alone"]) == (1, 3, 0)
    assert parties(database, source) == before
    take_back(workspace, plan, SCHEMA, Order(to="tryton", round_=done.round_))
    assert parties(database, source) == []


def test_preflight_sees_the_account_and_what_is_there(tryton, tmp_path):
    url, *_ = tryton
    with closing(opened(url, tmp_path)) as destination:
        found = destination.preflight(SCHEMA)
    assert (found.account, found.faults) == ("crm", ())
    assert set(found.existing) == {"company", "person"}


def test_a_wrong_password_is_refused(tryton, tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_TRYTON_PASSWORD", "wrong")
    with closing(opened(tryton[0], tmp_path)) as destination, pytest.raises(RefusedError):
        destination.preflight(SCHEMA)


def test_a_party_that_somebody_else_made_with_our_code_is_written_and_never_doubled(tryton, tmp_path):
    url, database, _, source = tryton
    key = f"{source}:companies:1"
    row = Row(key, list(party("Ours").values()), 0, 1)
    request = Request("m", "company", list(party("")), [row])
    with closing(opened(url, tmp_path)) as destination:
        destination.prepare(SCHEMA)
        destination._change("model.party.party.create", [{"code": key, "name": "Theirs"}])
        (said,) = destination.read(request, destination.send(request, destination.begin(request)))
        assert (said.fate, [name for _, name, *_ in parties(database, source)]) == ("updated", ["Ours"])
        with pytest.raises(RefusedCallError):  # the server itself lets no code stand twice
            destination._change("model.party.party.create", [{"code": key, "name": "Again"}])


def judge(database, source, folder):
    """Return what is lost, doubled, stray or wrong, read from Tryton's database and the journal with sqlite3 only."""
    companies = {f"{source}:companies:{number}": (f"C{number}", "Ulm", None, None) for number in (1, 2)}
    people = {
        f"{source}:contacts:{number}": (
            f"P{number}",
            "Bonn",
            f"p{number}@example.com",
            f"{source}:companies:{number - 2}",
        )
        for number in (3, 4)
    }
    late = {f"{source}:contacts:{number}": (f"P{number}", None, None, f"{source}:companies:1") for number in (5, 6)}
    wanted = companies | people | late
    found = parties(database, source)
    keys = [key for key, *_ in found]
    with closing(sqlite3.connect(database)) as there, closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        ids = set(there.execute("SELECT code, CAST(id AS TEXT) FROM party_party WHERE code LIKE ?", (f"{source}:%",)))
        crosswalk = set(journal.execute("SELECT record, target_id FROM crosswalk WHERE target_id IS NOT NULL"))
    wrong = {
        "lost": wanted.keys() - set(keys),
        "doubled": {key for key in keys if keys.count(key) > 1},
        "stray": set(keys) - wanted.keys(),
        "wrong": {key for key, *cells in found if key in wanted and wanted[key] != tuple(cells)},
        "crosswalk": {each for each in ids ^ crosswalk if not each[0].endswith(":9")},
    }
    return {what: some for what, some in wrong.items() if some}


@pytest.mark.parametrize("edge", [7, 14, 18, 23, 29, 36, 44, 53])
def test_a_kill_at_an_edge_loses_and_doubles_nothing(tryton, tmp_path, edge):
    url, database, _, source = tryton
    command = [sys.executable, HERE / "tryton_killed.py", tmp_path]
    killed = subprocess.run([*command, str(edge), url, source], capture_output=True, text=True, check=False)
    assert killed.returncode not in (0, 1), killed.stderr
    last = subprocess.run([*command, "0", url, source], capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    assert judge(database, source, tmp_path) == {}
