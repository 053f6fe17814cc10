"""The Odoo test server speaks as Odoo's own client library expects, which we did not write."""

import subprocess
import sys
from pathlib import Path

import pytest
from odoo import DATABASE, LOGIN, PASSWORD, Database, serve

odoolib = pytest.importorskip("odoolib")
AuthenticationError = odoolib.tools.AuthenticationError
PARTNER = {
    "name": "char*",
    "email": "char",
    "active": "boolean",
    "parent_id": ("many2one", "res.partner"),
    "user_id": ("many2one", "res.users"),
}


@pytest.fixture
def partners():
    server = serve(Database({"res.partner": PARTNER}, users=["ann@example.com"]))
    yield connected(server.server_port).get_model("res.partner")
    server.shutdown()
    server.server_close()


def connected(port, password=PASSWORD):
    return odoolib.get_connection("127.0.0.1", "jsonrpc", port, DATABASE, LOGIN, password)


def test_records_are_made_read_written_and_removed(partners):
    acme = partners.create({"name": "Acme"})
    ann = partners.create({"name": "Ann", "parent_id": acme, "email": "ann@example.com"})
    assert partners.search_count([("name", "=", "Ann")]) == 1
    (found,) = partners.read([ann], ["name", "parent_id"])
    assert found == {"id": ann, "name": "Ann", "parent_id": [acme, "Acme"]}
    assert partners.write([ann], {"email": False})
    assert partners.search_read([("id", "=", ann)], ["email"]) == [{"id": ann, "email": False}]
    partners.unlink([ann])
    assert partners.search([]) == [acme]


def test_load_writes_all_rows_or_none(partners):
    done = partners.load(["id", "name", "parent_id/id"], [["x.a", "Acme", ""], ["x.b", "Ann", "x.a"]])
    assert (len(done["ids"]), done["messages"]) == (2, [])
    again = partners.load(["id", "name"], [["x.a", "Acme Inc"]])
    assert again["ids"] == done["ids"][:1]
    bad = partners.load(["id", "name"], [["x.c", "New"], ["x.d", ""]])
    assert bad["ids"] is False
    assert [(each["type"], each["record"], each["rows"]) for each in bad["messages"]] == [
        ("error", 1, {"from": 1, "to": 1})
    ]
    assert partners.search_count([]) == 2


def test_fields_and_rights_are_told(partners):
    told = partners.fields_get(["name", "parent_id"], ["type", "relation", "required"])
    assert (told["name"]["required"], told["parent_id"]["relation"]) == (True, "res.partner")
    assert partners.check_access_rights("create", raise_exception=False) is True


def test_errors_are_errors_to_the_client(partners):
    with pytest.raises(Exception, match="AttributeError"):
        partners.no_such_method()


def test_the_server_runs_alone_and_lets_nobody_in_without_the_key():
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.servers.odoo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as alone:
        try:
            port = int(alone.stdout.readline().strip().rpartition(":")[2])
            connected(port).check_login()
            with pytest.raises(AuthenticationError):
                connected(port, "wrong").check_login()
        finally:
            alone.terminate()
