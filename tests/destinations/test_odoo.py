"""Odoo through `load`, against a stateful test server with a plan of faults."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from checker import EXPECTED, REJECTED
from odoo import DATABASE, LOGIN, PASSWORD, Database, serve
from small_crm import SCHEMA, crash_round

pytest.importorskip("httpx")

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.binding import bind
from crmclean.destinations.checking import read_back
from crmclean.destinations.contract import Operation, RefusedCallError, Request, Row
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.odoo.destination import OdooDestination
from crmclean.destinations.odoo.names import external_name, key_of, model_of
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, PlanError, RefusedError

HERE = Path(__file__).parent
FIELDS = {
    "Account": {"Name": "char*", "Size": "integer", "ParentId": ("many2one", "Account")},
    "Contact": {
        "LastName": "char*",
        "Email": "char",
        "Born": "date",
        "OptOut": "boolean",
        "Rating": "char",
        "Interests": "char",
        "AccountId": ("many2one", "Account"),
    },
    "Task": {"Subject": "char", "Cost": "float", "At": "datetime", "WhatId": "reference*"},
}
BAD = "s:companies:3"  # its name is too long for this server


@pytest.fixture
def database(monkeypatch):
    monkeypatch.setenv("CRMCLEAN_ODOO_PASSWORD", PASSWORD)
    database = Database(FIELDS, users=["Ann@example.com", "bxb@example.com"])
    server = serve(database)
    database.url = f"http://127.0.0.1:{server.server_port}"
    yield database
    server.shutdown()
    server.server_close()


def opened(database, folder, **login):
    where = {"database": DATABASE, "user": LOGIN, **login}
    settings = Settings("odoo", "odoo", database.url, folder, folder, **where)
    return OdooDestination(settings, rest=lambda _seconds: None)


def send(database, folder):
    with closing(opened(database, folder)) as destination, Journal(folder / "journal.sqlite") as journal:
        bind(journal, Binding("odoo", "odoo", destination.prepare(SCHEMA), "mapping"))
        if journal.inputs("first") is None:
            freeze(journal, *crash_round())
        for stage, _, _ in journal.stages("first"):
            Engine(journal, destination, rest=lambda _seconds: None).send_stage(stage)


def send_until_done(database, folder):
    for _ in range(5):
        try:
            send(database, folder)
        except DestinationError:
            continue
        return
    pytest.fail("it never came to an end")


def judge(database, folder):
    """Return what is lost, doubled, stray or wrong at the server, and where the crosswalk disagrees with it."""
    names = {  # key: (model, id), read from the external ids without any code of ours
        row["name"].replace("__", ":"): (row["model"], row["res_id"])
        for row in database.records["ir.model.data"].values()
    }
    there = {(model, id_) for model in FIELDS for id_ in database.records[model]}
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        crosswalk = dict(journal.execute("SELECT record, target_id FROM crosswalk WHERE target_id IS NOT NULL"))
        states = dict(
            journal.execute(
                "SELECT c.record, r.state FROM row r JOIN batch b ON b.id = r.batch "
                "JOIN crosswalk c ON c.id = r.record WHERE NOT b.second_pass"
            )
        )
    wanted = EXPECTED.keys() - LENIENT.keys()
    parents = {key: _parents(database, *names[key], list(EXPECTED[key][2])) for key in wanted & names.keys()}
    wrong = {
        "lost": wanted - names.keys(),
        "doubled": there - set(names.values()),
        "stray": names.keys() - wanted,
        "crosswalk": set(crosswalk.items()) ^ {(key, f"{model},{id_}") for key, (model, id_) in names.items()},
        "parents": {
            key
            for key in parents
            if parents[key] != {name: names.get(parent) for name, parent in EXPECTED[key][2].items()}
        },
        "not said to be created": {key for key in wanted if states.get(key) != 1},
    }
    return {name: keys for name, keys in wrong.items() if keys}


LENIENT = {}


def _parents(database, model, id_, names):
    found = {}
    for name in names:
        value = database.records[model][id_].get(name)
        kind, relation, _ = database.kind(model, name)
        if kind == "reference":
            found[name] = (value.split(",")[0], int(value.split(",")[1])) if value else None
        else:
            found[name] = (relation, value) if value else None
    return found


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr("crmclean.destinations.api._WAITS", (0.0, 0.0, 0.0))
    monkeypatch.setattr("odoo._LIMIT", 20)


def test_rows_arrive_with_their_parents_and_one_bad_row_takes_no_other_with_it(database, tmp_path):
    send(database, tmp_path)
    assert judge(database, tmp_path) == {}
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as journal:
        sql = "SELECT c.record, r.code FROM row r JOIN crosswalk c ON c.id = r.record WHERE r.state = 4"
        assert dict(journal.execute(sql)) == REJECTED


@pytest.mark.parametrize("kind", ["drop", "lost", "late", "cut", "half", "lock", 429, 500, 503])
@pytest.mark.parametrize("model", ["Account", "Contact", "Task"])
def test_no_fault_loses_or_doubles(database, tmp_path, model, kind):
    database.faults = [(model, "load", kind), ("ir.model.data", "search_read", "lost"), (model, "load", kind)]
    send_until_done(database, tmp_path)
    assert judge(database, tmp_path) == {}
    assert len(database.faults) < 2  # where the answer alone was lost there is no second call


@pytest.mark.parametrize(
    "what", [("common", "authenticate"), ("Contact", "fields_get"), ("ir.model.data", "search_read")]
)
@pytest.mark.parametrize("kind", ["drop", "lost", 429, 503])
def test_looking_is_done_again(database, tmp_path, what, kind):
    database.faults = [(*what, kind)]
    send_until_done(database, tmp_path)
    assert judge(database, tmp_path) == {}


def test_the_same_again_loads_nothing(database, tmp_path):
    send(database, tmp_path)
    loads = [call for call in database.calls if call[1] == "load"]
    send(database, tmp_path)
    assert [call for call in database.calls if call[1] == "load"] == loads


def test_what_was_sent_is_read_back(database, tmp_path):
    send(database, tmp_path)
    with closing(opened(database, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite") as journal:
        destination.prepare(SCHEMA)
        for stage, _, _ in journal.stages("first"):
            assert read_back(journal, destination, stage, 1, 100, SCHEMA).passed
        rows = list(destination.scan("Contact"))
        assert sorted(key for key, _, _ in rows) == sorted(key for key in EXPECTED if "contacts" in key)
        assert destination.count("Contact") == len(rows)


@pytest.mark.parametrize(("model", "field"), [("Contact", "LastName"), ("Account", "Name")])
def test_what_the_server_shortens_is_seen(database, tmp_path, model, field):
    database.trims = 1
    send(database, tmp_path)
    with closing(opened(database, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite") as journal:
        destination.prepare(SCHEMA)
        found = read_back(journal, destination, journal.stages("first")[0][0], 1, 100, SCHEMA)
    assert not found.passed
    assert f"{model}.{field}" in found.fields


def request(rows, fields=("LastName",), operation=Operation.UPDATE):
    return Request("m", "Contact", fields, rows, operation)


def written(destination, asked):
    return {each.key: each for each in destination.read(asked, destination.send(asked, destination.begin(asked)))}


@pytest.fixture
def loaded(database, tmp_path):
    send(database, tmp_path)
    with closing(opened(database, tmp_path)) as destination:
        destination.prepare(SCHEMA)
        yield destination


def target_id(destination, key):
    return next(id_ for _, id_, _ in destination.fetch("Contact", [key]))


def test_an_update_writes_the_given_cells_only_and_empties(loaded):
    id_ = target_id(loaded, "s:contacts:4")
    row = Row("s:contacts:4", ["New", None], 0, 1, id_)
    assert written(loaded, request([row], ("LastName", "Email")))["s:contacts:4"].fate == "updated"
    ((_, _, cells),) = loaded.fetch("Contact", ["s:contacts:4"])
    assert (cells["LastName"], cells["Email"]) == ("New", None)
    assert cells["AccountId"].startswith("Account,")


def test_an_update_of_a_record_that_is_gone_makes_none(loaded, database):
    gone, left = target_id(loaded, "s:contacts:4"), target_id(loaded, "s:contacts:5")
    database.call("Contact", "unlink", [[int(gone.split(",")[1])]], {})
    rows = [Row("s:contacts:4", ["A"], 0, 1, gone), Row("s:contacts:5", ["B"], 1, 2, left)]
    said = written(loaded, request(rows))
    assert (said["s:contacts:4"].fate, said["s:contacts:4"].code) == ("rejected", "target.gone")
    assert said["s:contacts:5"].fate == "updated"
    assert not list(loaded.fetch("Contact", ["s:contacts:4"]))


def test_a_record_of_others_takes_our_key_and_is_not_made_again(loaded, database):
    theirs = database.add("Contact", {"LastName": "Theirs", "Email": "t@example.com"})
    row = Row("s:contacts:77", ["Ours"], 0, 1, f"Contact,{theirs}")
    for _ in range(2):
        assert written(loaded, request([row], operation=Operation.ADOPT))["s:contacts:77"].fate == "updated"
    ((key, id_, cells),) = loaded.fetch("Contact", ["s:contacts:77"])
    assert (key, id_, cells["LastName"], cells["Email"]) == (row.key, row.target_id, "Ours", "t@example.com")


def test_a_user_who_may_not_name_records_is_told(loaded, database):
    theirs = database.add("Contact", {"LastName": "Theirs"})
    database.forbidden = {("ir.model.data", "create")}
    row = Row("s:contacts:77", ["Ours"], 0, 1, f"Contact,{theirs}")
    with pytest.raises(RefusedCallError) as caught:
        written(loaded, request([row], operation=Operation.ADOPT))
    assert caught.value.code == "target.forbidden"
    assert database.records["Contact"][theirs]["LastName"] == "Theirs"


def test_a_deleted_record_counts_as_deleted_again(loaded):
    row = Row("s:contacts:10", [], 0, 1, target_id(loaded, "s:contacts:10"))
    for _ in range(2):
        assert written(loaded, request([row], (), Operation.DELETE))["s:contacts:10"].fate == "deleted"
    assert not list(loaded.fetch("Contact", ["s:contacts:10"]))


def test_what_odoo_does_not_let_go_of_is_archived_and_says_so(loaded, database):
    database.kept.add("Contact")
    database.fields["Contact"]["active"] = "boolean"
    loaded._database._fields.clear()
    rows = [Row(key, [], 0, 1, target_id(loaded, key)) for key in ("s:contacts:4", "s:contacts:5")]
    with pytest.raises(RefusedCallError):
        loaded.send(request(rows, (), Operation.DELETE), None)
    said = written(loaded, request(rows[:1], (), Operation.DELETE))
    assert (said["s:contacts:4"].fate, said["s:contacts:4"].code) == ("rejected", "undo.archived")
    archived = database.records["Contact"][int(rows[0].target_id.split(",")[1])]
    assert archived["active"] is False


def test_a_missing_field_is_refused_before_anything_is_sent(database, tmp_path):
    del database.fields["Account"]["Size"]
    with pytest.raises(RefusedError) as caught:
        send(database, tmp_path)
    assert [fault.where for fault in caught.value.faults] == ["Account.Size"]
    assert not database.records["Account"]


@pytest.mark.parametrize(
    ("forbidden", "code"),
    [(("ir.model.data", "read"), "target.key-not-enforced"), (("Contact", "create"), "target.no-right")],
)
def test_missing_rights_are_refused_before_anything_is_sent(database, tmp_path, forbidden, code):
    database.forbidden = {forbidden}
    with pytest.raises(RefusedError) as caught:
        send(database, tmp_path)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert not database.records["Account"]


@pytest.mark.parametrize(("login", "error"), [({"user": "x"}, RefusedError), ({"user": None}, PlanError)])
def test_wrong_credentials_are_refused(database, tmp_path, login, error):
    with closing(opened(database, tmp_path, **login)) as destination, pytest.raises(error):
        destination.prepare(SCHEMA)


def test_the_key_comes_from_the_environment_only(database, tmp_path, monkeypatch):
    monkeypatch.delenv("CRMCLEAN_ODOO_PASSWORD")
    with closing(opened(database, tmp_path)) as destination, pytest.raises(PlanError) as caught:
        destination.prepare(SCHEMA)
    assert "CRMCLEAN_ODOO_PASSWORD" in caught.value.faults[0].hint


def test_preflight_tells_what_is_there(database, tmp_path):
    database.add("Account", {"Name": "Theirs"})
    with closing(opened(database, tmp_path)) as destination:
        found = destination.preflight(SCHEMA)
    assert (found.account, found.faults, found.existing["Account"]) == (DATABASE, (), 1)
    assert "17.0" in found.name


def test_users_are_looked_up_by_login_and_never_made(database, tmp_path):
    user = TargetObject("res_users", "Users", "key", (), {"login": TargetField("login", "L", "text")}, existing=True)
    rows = [Row("s:users:1", ["ann@example.com"], 0, 1), Row("s:users:2", ["b_b@example.com"], 1, 2)]
    before = len(database.records["res.users"])
    with closing(opened(database, tmp_path)) as destination:
        destination.prepare(replace(SCHEMA, objects={"res_users": user, **SCHEMA.objects}))
        said = written(destination, Request("m", "res_users", ("login",), rows))
    assert said["s:users:1"].target_id.startswith("res.users,")
    assert (said["s:users:2"].fate, said["s:users:2"].code) == ("rejected", "target.no-such-user")
    assert len(database.records["res.users"]) == before


@pytest.mark.parametrize("key", ["s:contacts:4", "a b:ü.,%:_x", "#00ff:~2", "Ab:aB:-", "_3a:__:", "s:c:漢"])
def test_keys_survive_as_external_ids(key):
    name = external_name(key)
    assert key_of(name) == key
    assert not set(name) & set(".,: %")


def test_models_have_their_own_names():
    names = {"res_partner_company": "res.partner", "crm_opportunity": "crm.lead", "crm_lead": "crm.lead"}
    assert {name: model_of(name) for name in names} == names
    assert model_of("x_deal_contact") == "x_deal_contact"


def partner(name, *fields):
    key = TargetField("id", "ID", "text", required=True, unique=True, from_=("_record",))
    company = TargetField("is_company", "C", "boolean", required=True, default=str(name.endswith("company")).lower())
    return TargetObject(name, name, "id", (), {each.name: each for each in (key, company, *fields)})


WORDS = (
    TargetField("name", "Name", "text", required=True),
    TargetField("email", "Email", "text", from_=("email",)),
    TargetField("country_id", "Country", "text"),
    TargetField("state_id", "State", "text"),
    TargetField("category_id", "Tags", "text"),
    TargetField("comment", "Notes", "text"),
    TargetField("x_opt_out", "Opt-out", "boolean", custom=True, from_=("email_opt_out",)),
    TargetField("x_amount", "Amount", "decimal", custom=True),
    TargetField("x_related", "Related", "reference", ref=("res_partner",), custom=True),
)
PARTNERS = TargetSchema(
    "p", "P", {"res_partner_company": partner("res_partner_company"), "res_partner": partner("res_partner", *WORDS)}
)


@pytest.fixture
def partners(database, tmp_path):
    database.fields["res.partner"] = {
        "name": "char*",
        "is_company": "boolean",
        "email": "char",
        "active": "boolean",
        "comment": "html",
        "country_id": ("many2one", "res.country"),
        "state_id": ("many2one", "res.country.state"),
        "category_id": ("many2many", "res.partner.category"),
    }
    database.fields["res.partner.category"] = {"name": "char*"}
    database.records |= {"res.partner": {}, "res.partner.category": {}}
    database.add("ir.model", {"name": "res.partner", "model": "res.partner"})
    with closing(opened(database, tmp_path)) as destination:
        with pytest.raises(RefusedError):
            destination.prepare(PARTNERS)
        made = destination.create_missing(PARTNERS)
        assert [each.field for each in made] == ["x_opt_out", "x_amount", "x_related"]
        destination.prepare(PARTNERS)
        yield destination


NAMES = ("name", "is_company", "email", "country_id", "state_id", "category_id", "comment", "x_opt_out", "x_amount")


def person(number, *cells):
    return Row(f"s:contacts:{number}", [f"P{number}", "false", *cells], number, number)


def upsert(destination, *rows):
    return written(destination, Request("m", "res_partner", NAMES, rows))


def test_countries_states_tags_and_notes_come_back_as_they_were_sent(partners, database):
    ann = person(1, "a@example.com", "US", "CA", "vip;new", "a < b\nsecond line", "false", "12.5")
    bob = person(2, None, "DE", "BY", None, None, None, None)
    assert {each.fate for each in upsert(partners, ann, bob).values()} == {"created"}
    found = {key: cells for key, _, cells in partners.fetch("res_partner", [ann.key, bob.key])}
    assert [found[ann.key][name] for name in NAMES] == ann.cells
    assert [found[bob.key][name] for name in NAMES if name != "x_opt_out"][:5] == bob.cells[:5]
    assert sorted(row["name"] for row in database.records["res.partner.category"].values()) == ["new", "vip"]
    upsert(partners, ann)
    assert len(database.records["res.partner.category"]) == 2
    assert (partners.count("res_partner"), partners.count("res_partner_company")) == (2, 0)
    assert list(partners.scan("res_partner_company")) == []


def test_a_state_alone_is_found_by_the_country_that_is_there(partners):
    upsert(partners, person(1, None, "US", "CA", None, None, None, None))
    ((key, id_, _),) = partners.fetch("res_partner", ["s:contacts:1"])
    row = Row(key, ["NY"], 0, 1, id_)
    written(partners, Request("m", "res_partner", ("state_id",), [row], Operation.UPDATE))
    ((_, _, cells),) = partners.fetch("res_partner", [key])
    assert (cells["country_id"], cells["state_id"]) == ("US", "NY")


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        ((None, "XX", None, None, None, None, None), "target.picklist", "country_id"),
        ((None, None, "CA", None, None, None, None), "target.reference", "state_id"),
        ((None, None, None, None, None, None, "much"), "target.type", "x_amount"),
    ],
)
def test_a_row_that_odoo_cannot_take_says_why(partners, cells, code, field):
    with pytest.raises(RefusedCallError) as caught:
        upsert(partners, person(1, *cells))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_opt_outs_are_on_the_blacklist_and_read_back_from_there(partners, database):
    database.add("mail.blacklist", {"email": "asleep@example.com", "active": False})
    out = person(1, "Ann@Example.com", None, None, None, None, "true", None)
    was = person(2, "asleep@example.com", None, None, None, None, "true", None)
    stays = person(3, "in@example.com", None, None, None, None, "false", None)
    upsert(partners, out, was, stays)
    upsert(partners, out)
    listed = {row["email"]: row["active"] for row in database.records["mail.blacklist"].values()}
    assert listed == {"ann@example.com": True, "asleep@example.com": True}
    keys = [out.key, was.key, stays.key]
    assert {key: cells["x_opt_out"] for key, _, cells in partners.fetch("res_partner", keys)} == dict(
        zip(keys, ("true", "true", "false"), strict=True)
    )
    database.records["mail.blacklist"].clear()
    found = {key: cells["x_opt_out"] for key, _, cells in partners.fetch("res_partner", keys)}
    assert set(found.values()) == {"false"}


def test_an_opt_out_that_comes_later_finds_the_address_that_is_there(partners, database):
    upsert(partners, person(1, "a@example.com", None, None, None, None, "false", None))
    ((key, id_, _),) = partners.fetch("res_partner", ["s:contacts:1"])
    row = Row(key, ["true"], 0, 1, id_)
    written(partners, Request("m", "res_partner", ("x_opt_out",), [row], Operation.UPDATE))
    assert [row["email"] for row in database.records["mail.blacklist"].values()] == ["a@example.com"]


def test_plain_http_is_refused_outside_this_machine(tmp_path):
    with pytest.raises(PlanError):
        OdooDestination(Settings("odoo", "odoo", "http://example.com", tmp_path, tmp_path))


class Careless(OdooDestination):
    """A loader with a planted bug: it sends without a key of ours."""

    def _load(self, request, rows, _column, names):
        super()._load(request, rows, "id", ["" for _ in names])


def test_a_loader_without_keys_does_not_pass(database, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "OdooDestination", Careless)
    database.faults = [("Contact", "load", "lost")]
    with suppress(BaseException):  # it may also never end
        send_until_done(database, tmp_path)
    assert judge(database, tmp_path)


@pytest.mark.parametrize("edge", range(5, 75, 10))
def test_a_kill_at_an_edge_loses_and_doubles_nothing(database, tmp_path, edge):
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    where = f"odoo+{database.url}"
    killed = subprocess.run([*command, str(edge), where], capture_output=True, text=True, check=False)
    assert killed.returncode != 1, killed.stderr
    last = subprocess.run([*command, "0", where], capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    assert judge(database, tmp_path) == {}


@pytest.mark.parametrize("edges", [(0,), (110,), (150,), (30, 60), (120, 20)])
def test_a_later_round_and_its_rollback_leave_what_was_there(database, tmp_path, edges):
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    for edge in (*edges, 0):
        words = [*command, str(edge), f"odoo+{database.url}", "--back"]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
        assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
    assert ended.returncode == 0
    assert judge(database, tmp_path).keys() <= {"not said to be created"}  # that is said of the first round only


@pytest.mark.parametrize("edges", [(0,), (25,), (40,), (55,), (30, 30)])
def test_a_kill_while_a_record_of_others_is_adopted_loses_and_doubles_nothing(database, tmp_path, edges):
    theirs = database.add("Contact", {"LastName": "Theirs"})
    (tmp_path / "existing.json").write_text(json.dumps({"s:contacts:4": f"Contact,{theirs}"}), encoding="utf-8")
    command = [sys.executable, HERE / "crashing.py", tmp_path]
    for edge in (*edges, 0):
        ended = subprocess.run(
            [*command, str(edge), f"odoo+{database.url}"], capture_output=True, text=True, check=False
        )
        assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
    assert ended.returncode == 0
    left = judge(database, tmp_path)
    assert left.pop("not said to be created") == {"s:contacts:4"}
    assert left == {}


def test_no_text_of_a_record_stands_in_an_error(database, tmp_path):
    database.faults = [("Contact", "load", 500)] * 9
    with pytest.raises(DestinationError) as caught:
        send(database, tmp_path)
    assert "N4" not in json.dumps([vars(fault) for fault in caught.value.faults])
