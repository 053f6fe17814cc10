"""Salesforce through Bulk API 2.0, against a stateful test server with a plan of faults."""

import json
import os
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
from crmclean.destinations.binding import bind
from crmclean.destinations.contract import Request, Row
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.salesforce import SalesforceDestination
from crmclean.destinations.salesforce_rows import results, text_of
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


def opened(organisation, folder):
    settings = Settings("sf", "salesforce", organisation.url, folder, folder)
    return SalesforceDestination(settings, rest=lambda _seconds: None)


def send(organisation, folder):
    with closing(opened(organisation, folder)) as destination, Journal(folder / "journal.sqlite") as journal:
        identity = destination.prepare(SCHEMA)
        bind(journal, Binding("sf", "salesforce", identity, "mapping"))
        if journal.inputs("first") is None:
            freeze(journal, *crash_round())
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


def test_rows_arrive_with_their_parents(organisation, tmp_path):
    send(organisation, tmp_path)
    assert judge(organisation, tmp_path) == {}


CALLS = [
    *(("POST", "jobs/ingest"), ("PUT", "batches"), ("PATCH", "000"), ("GET", "000"), ("GET", "describe")),
    *(("GET", "successfulResults/"), ("GET", "failedResults/"), ("GET", "unprocessedrecords/")),
]


@pytest.mark.parametrize("kind", ["drop", "lost", "late", 429, 500, 503, 401])
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_fault_loses_or_doubles(organisation, tmp_path, method, path, kind, monkeypatch):
    monkeypatch.setattr("crmclean.destinations.api._WAITS", (0.0, 0.0))
    organisation.faults = [(method, path, kind)]
    send_until_done(organisation, tmp_path)
    assert judge(organisation, tmp_path) == {}
    assert organisation.faults == []


def send_until_done(organisation, folder):
    for _ in range(4):
        try:
            send(organisation, folder)
        except DestinationError:
            continue
        return
    pytest.fail("it never came to an end")


@pytest.mark.parametrize(("method", "path"), CALLS[:4])
def test_a_job_that_fails_half_way_is_finished_by_another(organisation, tmp_path, method, path):
    organisation.faults = [(method, path, "half")]
    send_until_done(organisation, tmp_path)
    assert judge(organisation, tmp_path) == {}


def test_a_job_that_is_forgotten_before_its_results_are_read_is_sent_again(organisation, tmp_path):
    organisation.expired = True
    with pytest.raises(DestinationError):
        send(organisation, tmp_path)
    send(organisation, tmp_path)
    assert judge(organisation, tmp_path) == {}


def test_results_come_in_any_order(organisation, tmp_path):
    for seed in range(3):
        organisation.random.seed(seed)
        send(organisation, tmp_path)
    assert judge(organisation, tmp_path) == {}


def test_locked_rows_are_sent_again(organisation, tmp_path):
    organisation.locks = 2
    send(organisation, tmp_path)
    assert judge(organisation, tmp_path) == {}


def test_the_same_again_makes_no_job(organisation, tmp_path):
    send(organisation, tmp_path)
    jobs = len(organisation.jobs)
    send(organisation, tmp_path)
    assert len(organisation.jobs) == jobs


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
    rows = [Row("s:users:1", ["ann@example.com"], 0, 1, b""), Row("s:users:2", ["o'neil@example.com"], 1, 2, b"")]
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


def test_plain_http_is_refused_outside_this_machine(tmp_path):
    with pytest.raises(PlanError):
        SalesforceDestination(Settings("sf", "salesforce", "http://example.com", tmp_path, tmp_path))


@pytest.mark.parametrize(
    ("error", "fate", "code", "field"),
    [
        ("REQUIRED_FIELD_MISSING:missing: [LastName]:LastName --", "rejected", "target.required", "LastName"),
        ("STRING_TOO_LONG:Name: too large: x (max length=80):Name --", "rejected", "target.length", "Name"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION:no:--", "rejected", "salesforce.field-custom-validation-exception", None),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--", "retry", None, None),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:trigger: UNABLE_TO_LOCK_ROW:--", "retry", None, None),
        ("something else", "rejected", "salesforce.unknown", None),
    ],
)
def test_errors_are_told_apart(error, fate, code, field):
    failed = f'sf__Id,sf__Error,key\n"","{error}",k1\n'
    answer = json.dumps({"successful": "", "failed": failed, "unprocessed": ""}).encode()
    (said,) = results("key", answer, Request("m", "Contact", (), [Row("k1", [], 0, 1, b"")]))
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


# .ci/run dies at every edge, a plain run at every twelfth. A run past the last edge is one without a kill.
EDGES = range(1, 73) if os.environ.get("CRMCLEAN_NO_SKIPS") else range(5, 66, 12)


@pytest.mark.parametrize("edge", EDGES)
def test_a_kill_at_an_edge_loses_and_doubles_nothing(organisation, tmp_path, edge):
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    killed = subprocess.run([*command, str(edge), organisation.url], capture_output=True, text=True, check=False)
    assert killed.returncode != 1, killed.stderr
    last = subprocess.run([*command, "0", organisation.url], capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    assert judge(organisation, tmp_path) == {}


@pytest.mark.parametrize("edge", [0, 70, 95, 120, 145])
def test_a_later_round_and_its_rollback_leave_what_was_there(organisation, tmp_path, edge):
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    killed = subprocess.run(
        [*command, str(edge), organisation.url, "--back"], capture_output=True, text=True, check=False
    )
    assert killed.returncode != 1, killed.stderr
    last = subprocess.run([*command, "0", organisation.url, "--back"], capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    assert judge(organisation, tmp_path) == {}
