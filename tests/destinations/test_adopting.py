"""Records that others made at the target are updated, never doubled. The target is asked with sqlite3 only."""

import json
from contextlib import closing
from dataclasses import replace

import polars as pl
import pytest
from salesforce import Organisation
from small_crm import SCHEMA, Rows, contact
from test_rollback import back
from test_rounds import PLAN, applied, go, person, source, target
from test_salesforce import judge, opened, organisation, send  # noqa: F401

from crmclean.destinations.adopting import Adoption
from crmclean.destinations.binding import bind
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.salesforce.destination import SMALL
from crmclean.plan.model import Plan
from crmclean.workflow.importing.fates import imported
from crmclean.workflow.importing.rounds import Sending
from crmclean.workflow.importing.stages import import_stages
from crmclean.workspace.paths import Workspace

OTHERS = """INSERT INTO Contact (_id, key, LastName, Email, Rating, AccountId)
            VALUES (901, 'their key', 'Old', 'old@example.com', 'Hot', 801),
                   (902, 'another', 'Else', NULL, NULL, NULL)"""
ALL = "SELECT _id, key, LastName, Email, Rating, AccountId FROM Contact ORDER BY _id"


@pytest.fixture
def workspace(tmp_path):
    """A target that one round of ours went to, and in which others made an account and two contacts."""
    workspace = Workspace(tmp_path)
    go(workspace, [person(1)])
    target(workspace, "INSERT INTO Account (_id, key, Name, Size) VALUES (801, 'their account', 'Acme', '7')")
    target(workspace, OTHERS)
    return workspace


def adopt(workspace, people, existing, round_="second", **more):
    rows = [(f"s:{kind}:{number}", id_) for (kind, number), id_ in existing.items()]
    frame = pl.DataFrame(rows, schema={"record": pl.String, "target_id": pl.String}, orient="row")
    mapped = replace(source(workspace, people, **more), existing=frame)
    plan = Plan(root=workspace.root, **PLAN)
    return import_stages(workspace, plan, mapped, None, sending=Sending(round_=round_))


def outcome(workspace, number):
    return imported(workspace).filter(pl.col("record") == f"s:contacts:{number}").select("outcome", "target_id").row(0)


def test_a_record_of_others_takes_our_key_and_values_and_keeps_what_we_do_not_know(workspace):
    adopt(workspace, [person(1), person(2)], {("contacts", 2): "901"})
    assert target(workspace, ALL)[1:] == [
        (901, "s:contacts:2", "N2", "old@example.com", "Hot", 801),
        (902, "another", "Else", None, None, None),
    ]
    assert outcome(workspace, 2) == ("updated", "901")


def test_the_same_command_again_sends_nothing_and_a_later_round_only_what_changed(workspace):
    known = {("contacts", 2): "901"}
    adopt(workspace, [person(1), person(2)], known)
    sent = applied(workspace)
    adopt(workspace, [person(1), person(2)], known)
    assert applied(workspace) == sent
    adopt(workspace, [person(1), person(2, Email="new@example.com")], known, "third")
    assert target(workspace, ALL)[1][:4] == (901, "s:contacts:2", "N2", "new@example.com")
    assert len(target(workspace, ALL)) == 3


def test_a_later_round_never_empties_what_only_others_know(workspace):
    known = {("contacts", 2): "901"}
    adopt(workspace, [person(1), person(2)], known)
    adopt(workspace, [person(1), person(2, LastName="Newer")], known, "third")
    assert target(workspace, ALL)[1] == (901, "s:contacts:2", "Newer", "old@example.com", "Hot", 801)


def test_references_lead_to_the_record_of_others(workspace):
    known = {("companies", 1): "801"}
    adopt(workspace, [person(1), person(3, 1)], known, companies=[(1, "Acme Inc")])
    assert target(workspace, "SELECT _id, key, Name, Size FROM Account") == [(801, "s:companies:1", "Acme Inc", "7")]
    assert target(workspace, "SELECT AccountId FROM Contact WHERE key = 's:contacts:3'") == [(801,)]


def test_a_rollback_gives_others_their_values_back_and_deletes_nothing_of_theirs(workspace):
    adopt(workspace, [person(1), person(2), person(4)], {("contacts", 2): "901"})
    back(workspace)
    rows = target(workspace, ALL)
    assert [row[2:] for row in rows[1:]] == [("Old", "old@example.com", "Hot", 801), ("Else", None, None, None)]
    assert not [row for row in rows if row[1] == "s:contacts:4"]


def test_a_rehearsal_that_lacks_the_record_makes_it(workspace):
    adopt(workspace, [person(1), person(5)], {("contacts", 5): "77777"})
    assert outcome(workspace, 5)[0] == "imported"


def test_two_groups_never_go_to_one_record(workspace):
    adopt(workspace, [person(1), person(2), person(3)], {("contacts", 2): "901", ("contacts", 3): "901"})
    assert sorted(outcome(workspace, number)[0] for number in (2, 3)) == ["held", "updated"]
    assert len(target(workspace, ALL)) == 3


def test_a_record_that_we_made_ourselves_is_not_given_to_another_group(workspace):
    (mine,) = [row[0] for row in target(workspace, ALL) if row[1] == "s:contacts:1"]
    adopt(workspace, [person(1), person(2)], {("contacts", 2): str(mine)})
    assert outcome(workspace, 2)[0] == "held"
    assert outcome(workspace, 1) == ("unchanged", str(mine))


def salesforce_round(adoption):
    accounts = Rows("one", "Account").add("s:companies:1", 1, {"Name": "Acme Inc", "Size": None}, {"ParentId": None})
    people = Rows("one", "Contact")
    for number in (2, 3, 4):
        people.add(f"s:contacts:{number}", number, contact(f"N{number}", None), {"AccountId": 1})
    lists = {"preimages": adoption.preimages, "adopted": adoption.adopted}
    return Round("first", "inputs", ("one",), **lists), adoption.slices(iter([accounts, people]))


def test_salesforce_updates_what_others_made_and_holds_what_is_gone(organisation: Organisation, tmp_path):  # noqa: F811
    account = organisation._add("Account", {"Name": "Acme", "Size": "7"})
    known = organisation._add("Contact", {"LastName": "Old", "Email": "old@example.com"})
    existing = {"s:companies:1": account, "s:contacts:2": known, "s:contacts:3": "003000000000000000"}
    for _ in range(2):
        with closing(opened(organisation, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite") as journal:
            bind(journal, Binding("sf", "salesforce", destination.prepare(SCHEMA), "mapping"))
            adoption = Adoption(journal, destination, SCHEMA, existing)
            if journal.inputs("first") is None:
                freeze(journal, *salesforce_round(adoption))
            for stage, _, _ in journal.stages("first"):
                Engine(journal, destination, rest=lambda _seconds: None).send_stage(stage)
            states = journal.database.execute("SELECT record, state, code FROM row ORDER BY record").fetchall()
    assert [(number, code) for number, _, code in states if code] == [(3, "round.gone-at-target")]
    (only,) = organisation.records["Account"].values()
    assert (only["Name"], only["Size"], only["key"]) == ("Acme Inc", "7", "s:companies:1")
    people = organisation.records["Contact"]
    assert sorted((cells["LastName"], cells["key"]) for cells in people.values()) == [
        ("N2", "s:contacts:2"),
        ("N4", "s:contacts:4"),
    ]
    assert people[known]["Email"] == "old@example.com"
    assert all(cells["AccountId"] == account for cells in people.values())


def test_a_target_that_cannot_adopt_makes_no_double(organisation: Organisation, tmp_path):  # noqa: F811
    known = organisation._add("Contact", {"LastName": "Old"})
    with closing(opened(organisation, tmp_path)) as destination, Journal(tmp_path / "journal.sqlite") as journal:
        bind(journal, Binding("sf", "salesforce", destination.prepare(SCHEMA), "mapping"))
        destination.capabilities = replace(destination.capabilities, adopts=False)
        adoption = Adoption(journal, destination, SCHEMA, {"s:contacts:2": known})
        _, slices = salesforce_round(adoption)
        held = [part.held for part in slices if part.object == "Contact"]
    assert held == [{0: ("import.cannot-adopt", "")}]
    assert adoption.adopted == []


RULES = {"Name": {"write": "never"}, "Size": {"write": "fill_blank"}}


@pytest.mark.parametrize("small", [0, SMALL], ids=["jobs", "collections"])
def test_where_the_journal_was_lost_write_rules_hold_and_only_what_changes_is_written(
    organisation: Organisation,  # noqa: F811
    tmp_path,
    small,
):
    fields = SCHEMA.objects["Account"].fields
    ruled = {name: replace(each, **RULES.get(name, {})) for name, each in fields.items()}
    schema = replace(SCHEMA, objects=SCHEMA.objects | {"Account": replace(SCHEMA.objects["Account"], fields=ruled)})
    organisation._add("Account", {"key": "s:companies:1", "Name": "Theirs", "Size": "7"})
    organisation._add("Account", {"key": "s:companies:2", "Name": "Also theirs"})
    known = organisation._add("Contact", {"key": "s:contacts:4", "LastName": "N4", "Email": "theirs@example.com"})
    send(organisation, tmp_path, small, schema)
    accounts = {row["key"]: row for row in organisation.records["Account"].values()}
    assert [accounts[f"s:companies:{number}"]["Name"] for number in (1, 2)] == ["Theirs", "Also theirs"]
    assert [accounts[f"s:companies:{number}"].get("Size") for number in (1, 2)] == ["7", None]
    assert organisation.records["Contact"][known]["Email"] == "n4@example.com"
    assert judge(organisation, tmp_path) == {}
    with Journal(tmp_path / "journal.sqlite") as journal:
        sql = "SELECT p.body FROM payload p JOIN batch b ON b.id = p.batch WHERE b.operation = 'adopt'"
        bodies = [json.loads(body) for (body,) in journal.database.execute(sql)]
        updated = journal.database.execute("SELECT count(*) FROM row WHERE state = 2").fetchone()[0]
    assert {tuple(body["fields"]) for body in bodies} == {("Name",), ("Email",)}
    assert updated == 4  # the three, and the second pass of one
