"""Salesforce through jobs and through collections, against a stateful test server with a plan of faults."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from checker import EXPECTED
from salesforce import TOKEN, Organisation, serve
from small_crm import SCHEMA, crash_round

pytest.importorskip("httpx")

from crmclean.crm.target_model import TargetField, TargetObject
from crmclean.destinations.adopting import Adoption
from crmclean.destinations.binding import bind
from crmclean.destinations.comparing import Comparison
from crmclean.destinations.contract import Fate, Operation, Request, Row, Settled, Written
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.salesforce.destination import SMALL, SalesforceDestination
from crmclean.destinations.salesforce.errors import refused_line
from crmclean.destinations.salesforce.rows import text_of
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, PlanError, RefusedError

HERE = Path(__file__).parent
FIELDS = {
    "Account": {"Name": "string", "Size": "string", "ParentId": "reference"},
    "Contact": {
        **dict.fromkeys(("LastName", "Email", "Born", "Rating", "Interests"), "string"),
        "OptOut": "boolean",
        "AccountId": "reference",
    },
    "Task": {"Subject": "string", "Cost": "double", "At": "datetime", "WhatId": "reference"},
}
LENIENT = {"s:companies:3", "s:contacts:9"}  # this server has more room than the small CRM of the other tests


@pytest.fixture
def organisation(monkeypatch):
    monkeypatch.setenv("CRMCLEAN_SF_TOKEN", TOKEN)
    organisation = Organisation(FIELDS)
    server = serve(organisation)
    organisation.url = f"http://127.0.0.1:{server.server_port}"
    yield organisation
    server.shutdown()
    server.server_close()


def opened(organisation, folder, small=SMALL):
    settings = Settings("sf", "salesforce", organisation.url, folder, folder)
    return SalesforceDestination(settings, rest=lambda _seconds: None, small=small)


def send(organisation, folder, small=SMALL, schema=SCHEMA):
    with closing(opened(organisation, folder, small)) as destination, Journal(folder / "journal.sqlite") as journal:
        if faults := destination.preflight(schema).faults:
            raise RefusedError(*faults)
        identity = destination.prepare(schema)
        bind(journal, Binding("sf", "salesforce", identity, "mapping"))
        if journal.inputs("first") is None:
            adoption = Adoption(journal, destination, schema, {})
            round_, slices = crash_round()
            lists = {"preimages": adoption.preimages, "adopted": adoption.adopted}
            freeze(journal, replace(round_, **lists), adoption.slices(iter(slices)))
        for stage, _, _ in journal.stages("first"):
            Engine(journal, destination, rest=lambda _seconds: None).send_stage(stage)


def judge(organisation, folder):
    """Return what is lost, doubled, stray or wrong at the server, and where the crosswalk disagrees with it."""
    found = [(cells["key"], id_, cells) for object_ in FIELDS for id_, cells in organisation.records[object_].items()]
    keys = [key for key, *_ in found]
    ids = {id_: key for key, id_, _ in found}
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        crosswalk = dict(journal.execute("SELECT record, target_id FROM crosswalk WHERE target_id IS NOT NULL"))
    wanted = EXPECTED.keys() | LENIENT
    parents = {
        key: {name: ids.get(cells.get(name)) for name in EXPECTED[key][2]} for key, _, cells in found if key in EXPECTED
    }
    wrong = {
        "lost": wanted - set(keys),
        "doubled": {key for key in keys if keys.count(key) > 1},
        "stray": set(keys) - wanted,
        "crosswalk": set(crosswalk.items()) ^ {(key, id_) for key, id_, _ in found},
        "parents": {key for key, refs in parents.items() if refs != EXPECTED[key][2]},
    }
    return {name: keys for name, keys in wrong.items() if keys}


WAYS = pytest.mark.parametrize("small", [0, SMALL], ids=["jobs", "collections"])


@WAYS
def test_rows_arrive_with_their_parents_named_by_their_keys(organisation, tmp_path, small):
    send(organisation, tmp_path, small)
    assert judge(organisation, tmp_path) == {}
    assert bool(organisation.jobs) == (small == 0)
    written = [job["body"].partition("\n")[0] for job in organisation.jobs.values()]
    assert [head for head in written if "Account.key" in head or "Parent.key" in head] or small


JOB_CALLS = [
    *(("POST", "jobs/ingest"), ("PUT", "batches"), ("PATCH", "000"), ("GET", "000"), ("GET", "describe")),
    *(("GET", "successfulResults/"), ("GET", "failedResults/"), ("GET", "unprocessedrecords/")),
]
CALLS = [
    *((0, *call) for call in JOB_CALLS),
    *((SMALL, "PATCH", f"sobjects/{path}") for path in ("Account/key", "Contact/key", "Task/key")),
    *((SMALL, "PATCH", "composite/sobjects"), (SMALL, "GET", "query")),
]


@pytest.mark.parametrize("kind", ["drop", "lost", "late", 429, 500, 503, 401])
@pytest.mark.parametrize(("small", "method", "path"), CALLS)
def test_no_fault_loses_or_doubles(organisation, tmp_path, small, method, path, kind, monkeypatch):
    monkeypatch.setattr("crmclean.destinations.api._WAITS", (0.0, 0.0))
    organisation.faults = [(method, path, kind)]
    send_until_done(organisation, tmp_path, small)
    assert judge(organisation, tmp_path) == {}
    assert organisation.faults == []
    assert created(tmp_path) == len(EXPECTED.keys() | LENIENT)


def created(folder):
    """Return how many records the journal says were made."""
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        return journal.execute("SELECT count(*) FROM row WHERE state = 1").fetchone()[0]


def send_until_done(organisation, folder, small=SMALL):
    for _ in range(4):
        try:
            send(organisation, folder, small)
        except DestinationError:
            continue
        return
    pytest.fail("it never came to an end")


@pytest.mark.parametrize("kind", ["half", "aborted"])
@pytest.mark.parametrize(("method", "path"), JOB_CALLS[:4])
def test_a_job_that_ends_half_way_is_finished_by_another(organisation, tmp_path, method, path, kind):
    organisation.faults = [(method, path, kind)]
    send_until_done(organisation, tmp_path, 0)
    assert judge(organisation, tmp_path) == {}


@pytest.mark.parametrize("path", ["Contact/key", "Task/key"])
@pytest.mark.parametrize("kind", ["half", "shuffled"])
def test_a_collection_that_is_written_half_or_answers_in_another_order_is_told_by_its_keys(
    organisation, tmp_path, path, kind
):
    organisation.faults = [("PATCH", path, kind)]
    send_until_done(organisation, tmp_path)
    assert judge(organisation, tmp_path) == {}
    assert created(tmp_path) == len(EXPECTED.keys() | LENIENT)


def test_a_job_that_is_forgotten_before_its_results_are_read_is_sent_again(organisation, tmp_path):
    organisation.expired = True
    with pytest.raises(DestinationError):
        send(organisation, tmp_path, 0)
    send(organisation, tmp_path, 0)
    assert judge(organisation, tmp_path) == {}


def test_results_come_in_any_order(organisation, tmp_path):
    for seed in range(3):
        organisation.random.seed(seed)
        send(organisation, tmp_path, 0)
    assert judge(organisation, tmp_path) == {}


def test_more_than_one_job_takes_is_cut_into_several(organisation, tmp_path, monkeypatch):
    monkeypatch.setattr("crmclean.destinations.salesforce.jobs.BYTES", 150)
    send(organisation, tmp_path, 0)
    assert judge(organisation, tmp_path) == {}
    bodies = [job["body"] for job in organisation.jobs.values()]
    assert len(bodies) > 6
    assert max(map(len, bodies)) <= 150


@WAYS
def test_locked_rows_are_sent_again(organisation, tmp_path, small):
    organisation.locks = 2
    send(organisation, tmp_path, small)
    assert judge(organisation, tmp_path) == {}


@WAYS
def test_the_same_again_writes_nothing(organisation, tmp_path, small):
    send(organisation, tmp_path, small)
    jobs, calls = len(organisation.jobs), len(organisation.calls)
    send(organisation, tmp_path, small)
    assert len(organisation.jobs) == jobs
    assert {method for method, _ in organisation.calls[calls:]} == {"GET"}


def test_a_few_rows_that_a_job_left_go_through_a_collection(organisation, tmp_path):
    organisation.locks = 1
    send(organisation, tmp_path, 1)  # one row or none is a small batch, but calls of up to 200 rows need no job
    assert judge(organisation, tmp_path) == {}
    assert organisation.jobs == {}


def test_a_missing_field_is_refused_before_anything_is_sent(organisation, tmp_path):
    del organisation.fields["Account"]["Size"]
    with pytest.raises(RefusedError) as caught:
        send(organisation, tmp_path)
    assert [fault.where for fault in caught.value.faults] == ["Account.Size"]
    assert organisation.jobs == {}


def test_a_field_that_the_user_may_not_write_is_refused_before_anything_is_sent(organisation, tmp_path):
    organisation.forbidden = {"Contact.Email"}
    with pytest.raises(RefusedError) as caught:
        send(organisation, tmp_path)
    assert [(fault.where, fault.code) for fault in caught.value.faults] == [("Contact.Email", "target.no-field")]
    assert "let the user write it" in caught.value.faults[0].hint
    assert organisation.jobs == {}


def test_users_are_looked_up_by_email_and_never_made(organisation, tmp_path):
    known = organisation._add("User", {"Email": "Ann@example.com", "Name": "Ann"})
    user = TargetObject("User", "User", "key", (), {"Email": TargetField("Email", "Email", "text")}, existing=True)
    schema = replace(SCHEMA, objects={"User": user, **SCHEMA.objects})
    rows = [Row("s:users:1", ["ann@example.com"], 0, 1), Row("s:users:2", ["o'neil@example.com"], 1, 2)]
    request = Request("m", "User", ("Email",), rows)
    with closing(opened(organisation, tmp_path)) as destination:
        destination.prepare(schema)
        assert destination.begin(request) is None
        said = {each.key: each for each in destination.read(request, destination.send(request, None))}
    assert (said["s:users:1"].fate, said["s:users:1"].target_id) == ("updated", known)
    assert (said["s:users:2"].fate, said["s:users:2"].code) == ("rejected", "target.no-such-user")
    assert len(organisation.records["User"]) == 1
    assert organisation.jobs == {}


def test_credentials_come_from_the_environment_only(organisation, tmp_path, monkeypatch):
    monkeypatch.delenv("CRMCLEAN_SF_TOKEN")
    with closing(opened(organisation, tmp_path)) as destination, pytest.raises(PlanError) as caught:
        destination.prepare(SCHEMA)
    assert "CRMCLEAN_SF_CLIENT_ID" in caught.value.faults[0].hint


def test_a_client_may_log_in_by_itself(organisation, tmp_path, monkeypatch):
    monkeypatch.delenv("CRMCLEAN_SF_TOKEN")
    monkeypatch.setenv("CRMCLEAN_SF_CLIENT_ID", "id")
    monkeypatch.setenv("CRMCLEAN_SF_CLIENT_SECRET", "secret")
    with closing(opened(organisation, tmp_path)) as destination:
        assert destination.prepare(SCHEMA) == "00D000000000001EAA"


def test_many_keys_are_asked_for_in_addresses_that_are_short_enough(organisation, tmp_path):
    keys = [f"salesforce:contacts:{number:018}" for number in range(1_000)]
    made = [organisation._add("Contact", {"key": key, "LastName": "Ng"}) for key in keys]
    calls = len(organisation.calls)
    with closing(opened(organisation, tmp_path)) as destination:
        destination.prepare(SCHEMA)
        found = {key: id_ for key, id_, _ in destination.fetch("Contact", keys)}
    assert found == dict(zip(keys, made, strict=True))
    queries = [path for _, path in organisation.calls[calls:] if path.endswith("query")]
    assert 3 < len(queries) < 6
    assert max(organisation.addresses) < 16_384


def test_plain_http_is_refused_outside_this_machine(tmp_path):
    with pytest.raises(PlanError):
        SalesforceDestination(Settings("sf", "salesforce", "http://example.com", tmp_path, tmp_path))


@pytest.mark.parametrize(
    ("error", "fate", "code", "field"),
    [
        ("REQUIRED_FIELD_MISSING:missing: [LastName]:LastName --", "rejected", "target.required", "LastName"),
        ("STRING_TOO_LONG:Name: too large: x (max length=80):Name --", "rejected", "target.length", "Name"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION:no:--", "rejected", "target.validation-rule", None),
        ("DUPLICATES_DETECTED:Use one of these records?:--", "rejected", "target.duplicate-rule", None),
        ("INVALID_FIELD:Foreign key external ID: a:b not found for field k:--", "rejected", "target.reference", None),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--", "retry", "UNABLE_TO_LOCK_ROW", None),
        (
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:trigger: UNABLE_TO_LOCK_ROW:--",
            "retry",
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            None,
        ),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:trigger: null:--", "rejected", "target.automation", None),
        ("something else", "rejected", "target.refused", None),
    ],
)
def test_errors_are_told_apart(error, fate, code, field):
    said = refused_line("k1", error, Operation.UPSERT)
    assert (said.key, said.fate, said.code, said.field) == ("k1", fate, code, field)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("At", "2024-03-31T14:05:00.000+0000", "2024-03-31T14:05:00Z"),
        ("Cost", 12.0, "12"),
        ("Cost", 1.5, "1.5"),
        ("Subject", "10.0", "10.0"),
        ("Subject", None, None),
    ],
)
def test_values_are_read_back_in_the_form_in_which_they_are_sent(field, value, text):
    assert text_of(SCHEMA.objects["Task"], field, value) == text


def test_a_cycle_that_somebody_opened_there_stays_open_when_nothing_of_ours_changed(organisation, tmp_path):
    send(organisation, tmp_path)
    accounts = {row["key"]: row for row in organisation.records["Account"].values()}
    accounts["s:companies:1"]["ParentId"] = None
    calls = len(organisation.calls)
    with closing(opened(organisation, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite") as journal:
        destination.prepare(SCHEMA)
        comparison = Comparison(journal, destination, SCHEMA)
        round_, slices = crash_round()
        freeze(journal, replace(round_, name="second"), comparison.slices(slices))
        for stage, _, _ in journal.stages("second"):
            Engine(journal, destination, rest=lambda _seconds: None).send_stage(stage)
    assert accounts["s:companies:1"]["ParentId"] is None
    assert {method for method, _ in organisation.calls[calls:]} == {"GET"}


def pairs_by_position(monkeypatch):
    """A planted bug: a collection's ids are taken to be in the order of the rows."""

    def results(told, request):
        for row, each in zip(request.rows, told["said"] or (), strict=True):
            yield Written(row.key, Fate.CREATED, each["id"])

    monkeypatch.setattr("crmclean.destinations.salesforce.destination.collection_results", results)


def inserts(monkeypatch):
    """A planted bug: rows are inserted, not upserted, so that sending again is not harmless."""
    write = Organisation.write

    def insert(self, object_, cells, operation, keys=(), key=None):
        return write(self, object_, cells, "insert" if operation == "upsert" else operation, keys, key)

    monkeypatch.setattr(Organisation, "write", insert)
    forgets(monkeypatch)


def forgets(monkeypatch):
    """A planted bug: a call without an answer counts as one without effect."""
    monkeypatch.setattr(SalesforceDestination, "settle", lambda *_: Settled.ABSENT)


def reads_late(monkeypatch):
    """A planted bug: the job's id is known only after the job is closed."""
    begin, send = SalesforceDestination.begin, SalesforceDestination.send
    monkeypatch.setattr(SalesforceDestination, "begin", lambda *_: "none yet")
    monkeypatch.setattr(
        SalesforceDestination, "send", lambda self, request, _: send(self, request, begin(self, request))
    )
    forgets(monkeypatch)


@pytest.mark.parametrize(
    ("bug", "small", "fault"),
    [
        (pairs_by_position, SMALL, ("PATCH", "Contact/key", "shuffled")),
        (inserts, SMALL, ("PATCH", "Contact/key", "lost")),
        (inserts, SMALL, ("PATCH", "Contact/key", "late")),
        (inserts, 0, ("PATCH", "000", "lost")),
        (reads_late, 0, ("PATCH", "000", "lost")),
    ],
)
def test_planted_bugs_do_not_pass(organisation, tmp_path, monkeypatch, bug, small, fault):
    bug(monkeypatch)
    organisation.faults = [fault]
    send_until_done(organisation, tmp_path, small)
    assert judge(organisation, tmp_path) or created(tmp_path) != len(EXPECTED.keys() | LENIENT)


@pytest.fixture(scope="module")
def imports():
    """Run imports in processes of their own, forked off one that has loaded all: a thousand of them are cheap."""
    environment = os.environ | {"CRMCLEAN_SF_TOKEN": TOKEN}
    command = [sys.executable, HERE / "crashing.py", "--warm"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True, bufsize=1, env=environment) as warm:

        def run(*words):
            warm.stdin.write(" ".join(map(str, words)) + "\n")
            told = [warm.stdout.readline()]
            while not told[-1].startswith("exit"):
                told.append(warm.stdout.readline())
            return int(told[-1].split()[1]), [int(line) for line in told[:-1]]

        yield run
        warm.stdin.close()
        assert not warm.stderr.read()


# .ci/run dies at every edge, a plain run at some.
LAST = 94
EDGES = range(1, LAST + 1) if os.environ.get("CRMCLEAN_NO_SKIPS") else range(5, LAST, 11)
WAY = pytest.mark.parametrize("way", ["jobs+", ""], ids=["jobs", "collections"])


def killed_at(imports, organisation, folder, way, *edges, words=()):
    """Import, killed at each of the edges in turn, and then to the end; return what the checker says."""
    for edge in (*edges, 0):
        code, _ = imports(folder, edge, way + organisation.url, *words)
        assert code in ((0,) if edge == 0 else (0, -signal.SIGKILL))
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        refused = journal.execute("SELECT code, count(*) FROM row WHERE state > 3 AND state < 7 GROUP BY 1").fetchall()
    return {**judge(organisation, folder), **({"refused": refused} if refused else {})}


@WAY
def test_all_edges_are_known(imports, organisation, tmp_path, way):
    assert imports(tmp_path, 0, way + organisation.url) == (0, [LAST])


@WAY
@pytest.mark.parametrize("edge", EDGES)
def test_a_kill_at_an_edge_loses_and_doubles_nothing(imports, organisation, tmp_path, way, edge):
    assert killed_at(imports, organisation, tmp_path, way, edge) == {}
    assert created(tmp_path) == len(EXPECTED.keys() | LENIENT)


PAIRS = random.Random(5).sample([(a, b) for a in range(5, LAST) for b in range(2, 20)], 8)


@WAY
@pytest.mark.parametrize("pair", PAIRS if os.environ.get("CRMCLEAN_NO_SKIPS") else PAIRS[:2])
def test_a_kill_of_the_resumed_run_loses_and_doubles_nothing(imports, organisation, tmp_path, way, pair):
    assert killed_at(imports, organisation, tmp_path, way, *pair) == {}


@WAY
@pytest.mark.parametrize("edge", range(LAST, 300, 16 if os.environ.get("CRMCLEAN_NO_SKIPS") else 50))
def test_a_later_round_and_its_rollback_leave_what_was_there(imports, organisation, tmp_path, way, edge):
    assert killed_at(imports, organisation, tmp_path, way, edge, words=["--back"]) == {}
