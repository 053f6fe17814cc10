"""What a user is told when Salesforce refuses: each with its exit code and what to do, and nothing sent or lost."""

from contextlib import closing
from dataclasses import replace

import pytest
from salesforce import Organisation
from small_crm import SCHEMA, crash_round
from test_salesforce import WAYS, judge, opened, organisation, send  # noqa: F401

from crmclean.destinations.binding import bind
from crmclean.destinations.contract import AnswerLostError, Request, Row
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import freeze
from crmclean.destinations.journal import Journal
from crmclean.errors import CrmcleanError, DestinationError, ExitCode, RefusedError


@pytest.fixture
def org(organisation: Organisation):  # noqa: F811
    return organisation


def refused(org, folder, kind=RefusedError):
    with pytest.raises(kind) as caught:
        send(org, folder)
    return caught.value


def told(error: CrmcleanError):
    return [(fault.where, fault.code) for fault in error.faults]


def test_a_wrong_login_is_refused_with_what_to_check(org, tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_SF_CLIENT_ID", "id")
    monkeypatch.setenv("CRMCLEAN_SF_CLIENT_SECRET", "wrong")
    error = refused(org, tmp_path)
    assert error.exit_code == ExitCode.REFUSED
    assert "invalid_grant" in error.faults[0].problem
    assert "CRMCLEAN_SF_CLIENT_SECRET" in error.faults[0].hint


def test_a_session_that_is_over_is_told_from_a_missing_right(org, tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_SF_TOKEN", "of last week")
    error = refused(org, tmp_path)
    assert "fresh token into CRMCLEAN_SF_TOKEN" in error.faults[0].hint
    assert org.jobs == {}


@WAYS
def test_a_session_that_ends_in_the_middle_is_renewed(org, tmp_path, small, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_SF_CLIENT_ID", "id")
    monkeypatch.setenv("CRMCLEAN_SF_CLIENT_SECRET", "secret")
    org.sessions = 4
    send(org, tmp_path, small)
    assert org.logins > 5
    assert judge(org, tmp_path) == {}


@WAYS
def test_spent_calls_stop_the_import_which_goes_on_later(org, tmp_path, small):
    org.faults = [("PATCH" if small else "POST", "Contact/key" if small else "jobs/ingest", "spent")]
    with pytest.raises(DestinationError) as caught:
        send(org, tmp_path, small)
    assert told(caught.value) == [("sf", "destination.budget")]
    assert caught.value.exit_code == ExitCode.DESTINATION
    send(org, tmp_path, small)
    assert judge(org, tmp_path) == {}


@WAYS
def test_a_full_storage_stops_the_import_and_refuses_no_row(org, tmp_path, small):
    org.room = 4
    for _ in range(2):
        with pytest.raises(DestinationError) as caught:
            send(org, tmp_path, small)
        assert told(caught.value) == [("sf", "target.storage-full")]
        assert "buy storage" in caught.value.faults[0].hint
    org.room = None
    send(org, tmp_path, small)
    assert judge(org, tmp_path) == {}


def test_what_the_organisation_lacks_is_told_at_once(org, tmp_path):
    org.fields.pop("Task")
    org.enforced = False
    org.required = {"Account.Region__c"}
    org.fields["Account"]["Region__c"] = "string"
    org.options = {"Contact.Rating": ["Hot"]}
    error = refused(org, tmp_path)
    assert sorted(told(error)) == [
        ("Account.Region__c", "target.needs-field"),
        ("Account.key", "target.key-not-enforced"),
        ("Contact.Rating", "target.no-option"),
        ("Contact.key", "target.key-not-enforced"),
        ("Task", "target.no-object"),
    ]
    assert all(fault.hint for fault in error.faults)
    assert org.jobs == {}


def test_options_that_are_taken_as_they_are_and_little_room_are_noted(org, tmp_path):
    org.megabytes = 3
    org.options = {"Contact.Rating": ["Hot"]}
    described = SCHEMA.objects["Contact"].fields["Rating"]
    with closing(opened(org, tmp_path)) as destination:
        known = destination._org.fields("Contact")
        known["Rating"]["restrictedPicklist"] = False
        found = destination.preflight(SCHEMA)
    assert described.picklist == ("Hot", "Cold")
    assert [(note.where, note.code) for note in found.notes] == [
        ("storage", "target.limit"),
        ("Contact.Rating", "target.no-option"),
    ]
    assert "1,536 records" in found.notes[0].problem
    assert "Cold" in found.notes[1].hint


ERRORS = {
    "DUPLICATES_DETECTED:Use one of these records?:--": "target.duplicate-rule",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION:Say why:Name --": "target.validation-rule",
    "FIELD_INTEGRITY_EXCEPTION:There's a problem with this state:Name --": "target.integrity",
    "INSUFFICIENT_ACCESS_OR_READONLY:insufficient access rights:--": "target.forbidden",
    "INACTIVE_OWNER_OR_USER:inactive user:--": "target.inactive-owner",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:OnAccount: execution of BeforeInsert:--": "target.automation",
}


@WAYS
@pytest.mark.parametrize("error", ERRORS)
def test_a_row_that_is_refused_says_why_and_keeps_nobody_else_back(org, tmp_path, small, error):
    org.refuses = {"N5": error}
    send(org, tmp_path, small)
    with Journal(tmp_path / "journal.sqlite") as journal:
        sql = "SELECT c.record, r.code, r.message FROM row r JOIN crosswalk c ON c.id = r.record WHERE r.state = 4"
        (contact, task) = journal.database.execute(sql).fetchall()
    assert contact[:2] == ("s:contacts:5", ERRORS[error])
    assert error.split(":")[1] in contact[2]
    assert task[:2] == ("s:activities:12", "import.parent-rejected")
    assert judge(org, tmp_path)["lost"] == {"s:contacts:5", "s:activities:12"}


def test_a_body_that_cannot_be_read_is_halved_until_the_row_is_found(org, tmp_path):
    round_, slices = crash_round()
    people = slices[2]
    people.payloads[1] = people.payloads[1].replace('"N5"', '"unreadable"')
    with closing(opened(org, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite") as journal:
        bind(journal, Binding("sf", "salesforce", destination.prepare(SCHEMA), "mapping"))
        freeze(journal, round_, slices)
        for stage, _, _ in journal.stages("first"):
            Engine(journal, destination, rest=lambda _seconds: None).send_stage(stage)
    assert judge(org, tmp_path)["lost"] == {"s:contacts:5", "s:activities:12"}


@WAYS
def test_a_parent_that_lost_our_key_refuses_its_children_only(org, tmp_path, small):
    rows = [Row("s:contacts:4", ["N4", "1"], 0, 4, None, ("s:companies:1",))]
    request = Request("m", "Contact", ("LastName", "AccountId"), rows)
    with closing(opened(org, tmp_path, small)) as destination:
        destination.prepare(SCHEMA)
        handle = destination.begin(request)
        (said,) = destination.read(request, destination.send(request, handle))
    assert (said.fate, said.code) == ("rejected", "target.reference")


def test_long_cells_and_what_a_job_would_read_as_nothing_go_through_collections(org, tmp_path):
    org.lengths = {"Account.Name": 131_072}
    names = ["A" * 40_000, "#N/A", *(f"Acme {number}" for number in range(700))]
    with closing(opened(org, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite") as journal:
        destination.capabilities = replace(destination.capabilities, small_batch=1)
        bind(journal, Binding("sf", "salesforce", destination.prepare(SCHEMA), "mapping"))
        round_, slices = crash_round()
        first = slices[0]
        for number, name in enumerate(names[1:], start=100):
            first.add(f"s:companies:{number}", number, {"Name": name, "Size": None}, {"ParentId": None})
        first.payloads[0] = first.payloads[0].replace('"Acme"', f'"{names[0]}"')
        freeze(journal, round_, [first])
        for stage, _, _ in journal.stages("first"):
            Engine(journal, destination, rest=lambda _seconds: None).send_stage(stage)
    assert len(org.jobs) == 1
    there = {row["Name"] for row in org.records["Account"].values()}
    assert set(names) == there


def test_an_answer_that_is_cut_is_no_answer(org, tmp_path):
    rows = [Row("s:companies:1", ["Acme"], 0, 1)]
    request = Request("m", "Account", ("Name",), rows)
    with closing(opened(org, tmp_path)) as destination:
        destination.prepare(SCHEMA)
        handle = destination.begin(request)
        org.faults = [("PATCH", "Account/key", "cut")]
        with pytest.raises(AnswerLostError):
            destination.send(request, handle)
        (said,) = destination.read(request, destination.settle(request, handle))
    assert said.fate == "created"


def test_an_object_that_is_not_there_is_empty_and_takes_no_row(org, tmp_path):
    org.fields.pop("Task")
    with closing(opened(org, tmp_path)) as destination:
        destination.prepare(SCHEMA)
        assert list(destination.scan("Task")) == list(destination.fetch("Task", ["s:activities:11"])) == []
        assert destination.count("Task") == 0
        with pytest.raises(RefusedError) as caught:
            destination.begin(Request("m", "Task", ("Subject",), [Row("s:activities:11", ["T"], 0, 11)]))
    assert told(caught.value) == [("Task", "target.no-object")]
