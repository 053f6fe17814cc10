"""HubSpot's CRM API, against a stateful test server with a plan of faults."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hubspot import PORTAL, TOKEN, serve
from hubspot_account import account, judge
from small_crm import HUBSPOT, Rows, contact, crash_round

pytest.importorskip("httpx")

from crmclean.crm.target_model import TargetField, TargetObject
from crmclean.destinations.binding import bind
from crmclean.destinations.checking import read_back
from crmclean.destinations.contract import Fate, Operation, RefusedCallError, Request, Row
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.hubspot.destination import HubspotDestination
from crmclean.destinations.journal import Journal
from crmclean.destinations.settings import Settings
from crmclean.destinations.undoing import Undoing, finish, keep_touched
from crmclean.errors import DestinationError, PlanError, RefusedError

HERE = Path(__file__).parent
WRITE = ("POST", "batch/upsert")


@pytest.fixture
def portal(monkeypatch):
    monkeypatch.setenv("CRMCLEAN_HUB_TOKEN", TOKEN)
    monkeypatch.setattr("crmclean.destinations.api._WAITS", (0.0, 0.0))
    portal = account()
    server = serve(portal)
    portal.url = f"http://127.0.0.1:{server.server_port}"
    yield portal
    server.shutdown()
    server.server_close()


def opened(portal, folder):
    return HubspotDestination(Settings("hub", "hubspot", portal.url, folder, folder))


def send(portal, folder, made=crash_round, loader=opened):
    """Import a round; return what each stage's read-back says."""
    with closing(loader(portal, folder)) as destination, Journal(folder / "journal.sqlite") as journal:
        identity = destination.prepare(HUBSPOT)
        bind(journal, Binding("hub", "hubspot", identity, "mapping"))
        if journal.inputs("first") is None:
            freeze(journal, *made())
        found = []
        for stage, _, _ in journal.stages("first"):
            Engine(journal, destination, rest=lambda _seconds: None).send_stage(stage)
            found.append(read_back(journal, destination, stage, 1, 50, HUBSPOT))
        return found


def send_until_done(portal, folder, loader=opened):
    for _ in range(4):
        try:
            return send(portal, folder, loader=loader)
        except DestinationError:
            continue
    return pytest.fail("it never came to an end")


def take_back(portal, folder):
    """Roll the first round back; return what is left and why."""
    with closing(opened(portal, folder)) as destination, Journal(folder / "journal.sqlite") as journal:
        destination.prepare(HUBSPOT)
        slices = Undoing(journal, destination, HUBSPOT, "first").plan()
        freeze(journal, Round("undo first", "", ("rollback",), undoes="first"), slices)
        guard = keep_touched(journal, destination, {"Account": {"ParentId"}}, HUBSPOT)
        for stage, *_ in journal.stages("undo first"):
            Engine(journal, destination, keep_back=guard, rest=lambda _seconds: None).send_stage(stage)
        finish(journal, "first")
    return {one["properties"]["key"] for name in HUBSPOT.objects for one in portal.alive(name).values()}


def states(folder):
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        sql = "SELECT c.record, r.code, r.field FROM row r JOIN crosswalk c ON c.id = r.record WHERE r.code IS NOT NULL"
        return {record: (code, field) for record, code, field in journal.execute(sql)}


def test_rows_arrive_with_their_parents(portal, tmp_path):
    found = send(portal, tmp_path)
    assert judge(portal, tmp_path) == {}
    assert all(stage.passed for stage in found)


FAULTS = ["drop", "lost", "late", "half", "cut", 423, 429, 500, 503, 401]
HARMLESS = [("POST", "batch/create"), ("POST", "batch/read")]
CASES = [(*WRITE, kind) for kind in FAULTS] + [(*call, kind) for call in HARMLESS for kind in ("lost", 429, 500)]


@pytest.mark.parametrize(("method", "path", "kind"), [*CASES, ("GET", "properties/Task", "drop")])
def test_no_fault_loses_or_doubles(portal, tmp_path, method, path, kind):
    portal.faults = [(method, path, kind)]
    send_until_done(portal, tmp_path)
    assert judge(portal, tmp_path) == {}
    assert portal.faults == []


@pytest.mark.parametrize("kind", ["drop", "lost", "late", "half", "cut", 500])
def test_what_a_lost_call_made_is_known_as_made_and_can_be_taken_back(portal, tmp_path, kind):
    portal.faults = [(*WRITE, kind)] * 3
    send_until_done(portal, tmp_path)
    assert take_back(portal, tmp_path) == set()
    assert portal.pairs == {}


def test_the_same_again_writes_nothing(portal, tmp_path):
    send(portal, tmp_path)
    portal.calls.clear()
    send(portal, tmp_path)
    reads = ("batch/read", "labels", "access-token-info", "details")
    assert [path for method, path in portal.calls if method == "POST" and not path.endswith(reads)] == []


@pytest.mark.parametrize("silent", [False, True])
def test_results_are_paired_by_key_though_they_come_shuffled(portal, tmp_path, silent):
    portal.silent = silent
    send(portal, tmp_path)
    assert judge(portal, tmp_path) == {}


@pytest.mark.parametrize("partial", [False, True])
def test_a_bad_row_is_refused_alone(portal, tmp_path, partial):
    portal.partial = partial

    def made():
        rows = Rows("one", "Contact")
        for number, address in enumerate(("a@example.com", "not an address", "b@example.com", "a@example.com"), 1):
            rows.add(f"s:contacts:{number}", number, contact(f"N{number}", address), {"AccountId": None})
        return Round("first", "inputs", ("one",)), [rows]

    send(portal, tmp_path, made)
    kept = {one["properties"]["key"] for one in portal.alive("Contact").values()}
    assert kept == {"s:contacts:1", "s:contacts:3"}
    assert states(tmp_path) == {"s:contacts:2": ("target.format", "Email"), "s:contacts:4": ("target.unique", None)}


def test_the_same_key_twice_in_a_call_is_refused(portal, tmp_path):
    rows = [Row("s:companies:1", ["A"], 0, 1), Row("s:companies:1", ["B"], 1, 2)]
    with closing(opened(portal, tmp_path)) as destination:
        destination.prepare(HUBSPOT)
        request = Request("m", "Account", ("Name",), rows)
        with pytest.raises(RefusedCallError, match="Duplicate IDs"):
            destination.send(request, destination.begin(request))


def test_the_end_of_the_days_calls_stops_at_once_and_goes_on_later(portal, tmp_path):
    portal.faults = [(*WRITE, "daily")]
    with pytest.raises(DestinationError) as caught:
        send(portal, tmp_path)
    assert caught.value.faults[0].code == "destination.budget"
    send(portal, tmp_path)
    assert judge(portal, tmp_path) == {}


def test_a_wrong_token_is_refused(portal, tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_HUB_TOKEN", "wrong")
    with pytest.raises(RefusedError):
        send(portal, tmp_path)
    monkeypatch.delenv("CRMCLEAN_HUB_TOKEN")
    with pytest.raises(PlanError) as caught:
        send(portal, tmp_path)
    assert "CRMCLEAN_HUB_TOKEN" in caught.value.faults[0].hint


def test_plain_http_is_refused_outside_this_machine_and_the_usual_address_is_hubspots(tmp_path):
    with pytest.raises(PlanError):
        HubspotDestination(Settings("hub", "hubspot", "http://example.com", tmp_path, tmp_path))
    with closing(HubspotDestination(Settings("hub", "hubspot", "", tmp_path, tmp_path))) as destination:
        assert str(destination._portal.api._http.base_url) == "https://api.hubapi.com"


def opt_out_round():
    rows = Rows("one", "Contact")
    rows.add("s:contacts:1", 1, contact("Out", "out@example.com", OptOut="true"), {"AccountId": None})
    rows.add("s:contacts:2", 2, contact("In", "in@example.com", OptOut="false"), {"AccountId": None})
    rows.add("s:contacts:3", 3, contact("Nowhere", OptOut="true"), {"AccountId": None})
    return Round("first", "inputs", ("one",)), [rows]


def test_opt_outs_go_to_the_communication_preferences(portal, tmp_path):
    (stage,) = send(portal, tmp_path, opt_out_round)
    assert portal.unsubscribed == {"out@example.com"}
    assert (stage.opt_outs_lost, stage.passed) == (0, True)


def test_an_opt_out_that_the_account_does_not_keep_closes_the_stage(portal, tmp_path):
    portal.forgets = True
    (stage,) = send(portal, tmp_path, opt_out_round)
    assert (stage.opt_outs_lost, stage.passed) == (1, False)


def test_the_new_address_of_somebody_who_opted_out_is_unsubscribed_too(portal, tmp_path):
    send(portal, tmp_path, opt_out_round)
    (id_,) = [id_ for id_, one in portal.alive("Contact").items() if one["properties"]["key"] == "s:contacts:1"]
    row = Row("s:contacts:1", ["new@example.com"], 0, 1, id_)
    request = Request("m", "Contact", ("Email",), [row], Operation.UPDATE)
    with closing(opened(portal, tmp_path)) as destination:
        destination.prepare(HUBSPOT)
        destination.send(request, destination.begin(request))
    assert portal.unsubscribed == {"out@example.com", "new@example.com"}


def test_a_rollback_takes_nobody_back_on_the_mailing_list(portal, tmp_path):
    send(portal, tmp_path, opt_out_round)
    assert take_back(portal, tmp_path) == set()
    assert portal.unsubscribed == {"out@example.com"}


def test_what_somebody_touched_stays(portal, tmp_path):
    send(portal, tmp_path)
    (one,) = [each for each in portal.alive("Contact").values() if each["properties"]["key"] == "s:contacts:8"]
    one["properties"]["LastName"] = "Touched"
    assert take_back(portal, tmp_path) == {"s:contacts:8", "s:companies:1", "s:companies:2"}


def test_what_the_account_changes_by_itself_is_told(portal, tmp_path):
    portal.trims = 4
    found = send(portal, tmp_path)
    assert {name for stage in found for name in stage.fields} == {"Account.Name"}


def test_owners_are_looked_up_by_email_and_never_made(portal, tmp_path):
    owner = TargetObject("owners", "Owners", "key", (), {"email": TargetField("email", "Email", "text")}, existing=True)
    schema = replace(HUBSPOT, objects={"owners": owner, **HUBSPOT.objects})
    rows = [Row("s:users:1", ["Ann@Example.com"], 0, 1), Row("s:users:2", ["nobody@example.com"], 1, 2)]
    request = Request("m", "owners", ("email",), rows)
    with closing(opened(portal, tmp_path)) as destination:
        destination.prepare(schema)
        assert destination.begin(request) is None
        said = {each.key: each for each in destination.read(request, destination.send(request, None))}
        assert [id_ for _, id_, _ in destination.scan("owners")] == ["900", "901"]
    assert (said["s:users:1"].fate, said["s:users:1"].target_id) == (Fate.UPDATED, "900")
    assert (said["s:users:2"].fate, said["s:users:2"].code) == (Fate.REJECTED, "target.no-such-user")


def test_a_parent_that_somebody_deleted_leaves_no_record_without_it(portal, tmp_path):
    row = Row("s:contacts:1", ["Lee", "99999"], 0, 1)
    request = Request("m", "Contact", ("LastName", "AccountId"), [row])
    with closing(opened(portal, tmp_path)) as destination:
        destination.prepare(HUBSPOT)
        (said,) = destination.read(request, destination.send(request, destination.begin(request)))
    assert (said.fate, said.code, said.field) == (Fate.REJECTED, "target.reference", "AccountId")
    assert portal.alive("Contact") == {}


@pytest.mark.parametrize(("fields", "cells"), [(("Name",), ["New"]), (("ParentId",), ["5"])])
def test_an_update_of_a_record_that_somebody_deleted_says_so(portal, tmp_path, fields, cells):
    request = Request("m", "Account", fields, [Row("s:companies:1", cells, 0, 1, "99")], Operation.UPDATE)
    with closing(opened(portal, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite"):
        destination.prepare(HUBSPOT)
        try:
            (said,) = destination.read(request, destination.send(request, destination.begin(request)))
            code = said.code
        except RefusedCallError as refused:
            code = refused.code
    assert code == "target.gone"


def test_a_record_of_others_is_adopted_with_our_key(portal, tmp_path):
    made = portal.write("Contact", {"properties": {"LastName": "Lee", "Email": "lee@example.com"}}, "create")
    row = Row("s:contacts:1", ["Lee-Smith", "true"], 0, 1, made["id"])
    request = Request("m", "Contact", ("LastName", "OptOut"), [row], Operation.ADOPT)
    with closing(opened(portal, tmp_path)) as destination:
        destination.prepare(HUBSPOT)
        (said,) = destination.read(request, destination.send(request, destination.begin(request)))
        ((key, id_, cells),) = destination.fetch("Contact", ["s:contacts:1"])
    assert (said.fate, said.target_id) == (Fate.UPDATED, made["id"])
    assert (key, id_, cells["LastName"]) == ("s:contacts:1", made["id"], "Lee-Smith")
    assert portal.unsubscribed == {"lee@example.com"}


def test_records_of_others_are_listed_without_a_key(portal, tmp_path):
    send(portal, tmp_path)
    for number in range(120):
        portal.write("Contact", {"properties": {"LastName": f"X{number}"}}, "create")
    with closing(opened(portal, tmp_path)) as destination:
        destination.preflight(HUBSPOT)
        keys = [key for key, *_ in destination.scan("Contact")]
        assert (len(keys), keys.count(None)) == (127, 120)
        assert destination.count("Contact") == 7
        ((key, _, cells),) = destination.fetch("Contact", ["s:contacts:4", "s:contacts:none"])
        assert (key, cells["LastName"], cells["OptOut"]) == ("s:contacts:4", "N4", None)


def test_preflight_reads_account_limits_and_counts(portal, tmp_path):
    portal.write("Contact", {"properties": {"LastName": "X"}}, "create")
    portal.used = 249_500
    with closing(opened(portal, tmp_path)) as destination:
        found = destination.preflight(HUBSPOT)
    assert (found.account, found.faults, found.calls_left) == (str(PORTAL), (), 500)
    assert found.existing == {"Account": 0, "Contact": 1, "Task": 0}
    assert {note.code for note in found.notes} == {"target.limit", "target.key-made"}


def faults_of(portal, folder, schema=HUBSPOT):
    with closing(opened(portal, folder)) as destination:
        return {(fault.where, fault.code) for fault in destination.preflight(schema).faults}


def test_preflight_finds_what_the_account_lacks(portal, tmp_path):
    del portal.properties["Account"]["Size"]
    portal.properties["Contact"]["Born"]["type"] = "number"
    portal.properties["Contact"]["Rating"] |= {"type": "enumeration", "options": [{"value": "Hot"}]}
    portal.properties["Contact"]["LastName"]["modificationMetadata"]["readOnlyValue"] = True
    portal.add_property("Task", {"name": "key", "type": "string"})
    portal.labels["Contact", "Account"] = portal.labels["Contact", "Account"][1:]
    portal.scopes.remove("communication_preferences.read_write")
    assert faults_of(portal, tmp_path) == {
        ("Account.Size", "target.no-field"),
        ("Contact.Born", "target.other-type"),
        ("Contact.Rating", "target.no-option"),
        ("Contact.LastName", "target.no-field"),
        ("Task.key", "target.key-not-enforced"),
        ("Contact.AccountId", "target.no-association"),
        ("token", "target.no-permission"),
    }
    with pytest.raises(RefusedError):
        send(portal, tmp_path)
    assert [path for _, path in portal.calls if path.endswith("upsert")] == []


def test_pipelines_and_stages_are_checked_beforehand(portal, tmp_path):
    fields = {
        "crmclean_id": TargetField("crmclean_id", "ID", "text", unique=True),
        "pipeline": TargetField("pipeline", "Pipeline", "text", picklist=("default",), restricted=True),
        "dealstage": TargetField("dealstage", "Stage", "text", picklist=("won", "lost"), restricted=True),
    }
    schema = replace(HUBSPOT, objects={"deals": TargetObject("deals", "Deals", "crmclean_id", (), fields)})
    portal.properties["deals"], portal.records["deals"] = {}, {}
    for name in ("pipeline", "dealstage"):
        portal.add_property("deals", {"name": name, "type": "enumeration"})
    portal.pipelines = [{"id": "default", "stages": [{"id": "won"}]}]
    assert faults_of(portal, tmp_path, schema) == {("deals.dealstage", "target.no-option")}


def test_schema_apply_makes_what_is_missing_and_nothing_else(portal, tmp_path):
    objects = {name: _all_custom(each) for name, each in HUBSPOT.objects.items()}
    schema = replace(HUBSPOT, objects=objects)
    for name in ("Size", "Name"):
        del portal.properties["Account"][name]
    with closing(opened(portal, tmp_path)) as destination:
        made = destination.create_missing(schema)
        assert {(each.object, each.field) for each in made} == {
            *(("Account", name) for name in ("key", "Name", "Size")),
            *((name, "key") for name in ("Contact", "Task")),
        }
        assert destination.create_missing(schema) == []
    assert portal.properties["Account"]["key"]["hasUniqueValue"]
    assert portal.properties["Account"]["Size"]["type"] == "number"
    assert faults_of(portal, tmp_path) == set()


def _all_custom(object_):
    return replace(object_, fields={name: replace(each, custom=True) for name, each in object_.fields.items()})


class AtOnce(HubspotDestination):
    """A planted bug: it believes that the results stand in the order of the rows."""

    def read(self, request, answer):
        told = json.loads(answer)
        ids = sorted(told["results"].values())
        told["results"] = dict(zip(told["results"], ids, strict=True))
        return super().read(request, json.dumps(told).encode())


class ByEmail(HubspotDestination):
    """A planted bug: what was lost is made again without our key."""

    def send(self, request, handle):
        if request.operation is Operation.UPSERT:
            for row in request.rows:
                cells = {n: c for n, c in zip(request.fields, row.cells, strict=True) if c and not n.endswith("Id")}
                self._portal.api.write("POST", f"/crm/v3/objects/{request.object}", json={"properties": cells})
        return super().send(request, handle)


@pytest.mark.parametrize(("bug", "what"), [(AtOnce, "crosswalk"), (ByEmail, "stray")])
def test_planted_bugs_are_found(portal, tmp_path, bug, what):
    def loader(portal, folder):
        return bug(Settings("hub", "hubspot", portal.url, folder, folder))

    portal.unique = {}
    send_until_done(portal, tmp_path, loader)
    assert what in judge(portal, tmp_path)


@pytest.mark.parametrize("edge", [*range(5, 66, 12), 150, 190])
def test_a_kill_at_an_edge_loses_and_doubles_nothing(portal, tmp_path, edge):
    there_and_back = ["--back"] if edge > 100 else []
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    url = f"hubspot+{portal.url}"
    killed = subprocess.run([*command, str(edge), url, *there_and_back], capture_output=True, text=True, check=False)
    assert killed.returncode != 1, killed.stderr
    last = subprocess.run([*command, "0", url, *there_and_back], capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    assert judge(portal, tmp_path) == {}


@pytest.mark.parametrize("edges", [(0,), (20,), (45,), (30, 30)])
def test_a_kill_while_a_record_of_others_is_adopted_loses_and_doubles_nothing(portal, tmp_path, edges):
    theirs = portal.write("Contact", {"properties": {"LastName": "Theirs"}}, "create")["id"]
    (tmp_path / "existing.json").write_text(json.dumps({"s:contacts:4": theirs}), encoding="utf-8")
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    for edge in (*edges, 0):
        words = [*command, str(edge), f"hubspot+{portal.url}"]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
        assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
    assert ended.returncode == 0
    assert judge(portal, tmp_path) == {}
    assert portal.find("Contact", "s:contacts:4", "key") == theirs
