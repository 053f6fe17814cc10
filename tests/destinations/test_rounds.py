"""Later rounds: what is sent, what is held, what is left alone. The target is asked with sqlite3 only."""

import csv
import sqlite3
from contextlib import closing
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_crm import SCHEMA

from crmclean.errors import RefusedError
from crmclean.plan.model import Plan, Stage, Target
from crmclean.workflow.importing.rounds import Mapped, Sending
from crmclean.workflow.importing.stages import import_stages
from crmclean.workspace.paths import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def person(number, company=None, into=None, **cells):
    """One canonical and mapped row of a person; `into`: merged into that number."""
    return {"number": number, "company": company, "into": into, "LastName": f"N{number}", "Email": None} | cells


def source(workspace, people, companies=(), newest=None, splits=()):
    """Write the mapped tables and return what is imported."""
    ids = [f"s:companies:{number}" for number, _ in companies]
    names = [name for _, name in companies]
    accounts = pl.DataFrame({"_record": ids, "Name": names, "Size": [None] * len(ids)}, schema_overrides=TEXTS)
    rows = pl.DataFrame(
        {
            "_record": [f"s:contacts:{row['number']}" for row in people],
            "_outcome": ["merged" if row["into"] else None for row in people],
            "_into": [row["into"] and f"s:contacts:{row['into']}" for row in people],
            "_ref.AccountId": [row["company"] and f"s:companies:{row['company']}" for row in people],
            "LastName": [row["LastName"] for row in people],
            "Email": [row["Email"] for row in people],
        },
        schema_overrides=dict.fromkeys(
            ("_record", "_outcome", "_into", "_ref.AccountId", "LastName", "Email"), pl.String
        ),
    )
    live = rows.filter(pl.col("_outcome").is_null()).drop("_outcome", "_into")
    workspace.phase("map").mkdir(parents=True, exist_ok=True)
    tables = {"Account": accounts, "Contact": live}
    for name, table in tables.items():
        table.write_parquet(workspace.table("map", name))
    canonical = {
        "companies": accounts.select("_record", _outcome=pl.lit(None, pl.String)).lazy(),
        "contacts": rows.select("_record", "_outcome", "_into").lazy(),
    }
    pairs = pl.DataFrame(list(splits), schema={"left": pl.String, "right": pl.String}, orient="row")
    mapped = Mapped(SCHEMA, {name: table.lazy() for name, table in tables.items()}, canonical)
    return replace(mapped, newest=newest, splits=pairs)


COLUMNS = ("_record", "_outcome", "_into", "_ref.AccountId", "LastName", "Email")
TEXTS = dict.fromkeys(("_record", "Name", "Size"), pl.String)
PLAN = {"stages": (Stage("all", "TRUE"),), "name": "test", "target": Target("small"), "sources": ()}


def go(workspace, people, round_=None, **more):
    plan = Plan(root=workspace.root, **PLAN)
    sending = Sending(round_=round_)
    return import_stages(workspace, plan, source(workspace, people, **more), None, sending=sending)


def target(workspace, sql="SELECT key, LastName FROM Contact ORDER BY key"):
    with closing(sqlite3.connect(workspace.rehearsal)) as database, database:
        return database.execute(sql).fetchall()


def outcomes(result):
    return dict(result.imported.select("record", "outcome").rows())


def applied(workspace):
    return target(workspace, "SELECT count(*) FROM crmclean_applied")[0][0]


def test_only_changed_and_new_records_are_sent(workspace):
    go(workspace, [person(1, 1), person(2, 1), person(3)], companies=[(1, "Acme")])
    sent = applied(workspace)
    changed = [person(1, 1), person(2, 1, LastName="Two"), person(4, 1)]
    done = go(workspace, changed, "second", companies=[(1, "Acme")])
    assert outcomes(done) == {
        "s:companies:1": "unchanged",
        "s:contacts:1": "unchanged",
        "s:contacts:2": "updated",
        "s:contacts:4": "imported",
    }
    assert target(workspace) == [
        ("s:contacts:1", "N1"),
        ("s:contacts:2", "Two"),
        ("s:contacts:3", "N3"),
        ("s:contacts:4", "N4"),
    ]
    assert applied(workspace) == sent + 2
    assert done.gone == 1  # number 3 is in no export any more: listed, never deleted
    again = go(workspace, changed, "second", companies=[(1, "Acme")])
    assert applied(workspace) == sent + 2
    assert again.imported.equals(done.imported)


def test_what_a_user_changed_at_the_target_stays_and_only_what_changed_on_both_sides_is_held(workspace):
    go(workspace, [person(1, Email="a@example.com"), person(2), person(3)])
    target(workspace, "UPDATE Contact SET LastName = 'Theirs' WHERE key IN ('s:contacts:1', 's:contacts:2')")
    target(workspace, "DELETE FROM Contact WHERE key = 's:contacts:3'")
    fresh = [
        person(1, LastName="Ours", Email="b@example.com"),
        person(2, Email="c@example.com"),
        person(3, LastName="X"),
    ]
    done = go(workspace, fresh, "second")
    rows = target(workspace, "SELECT LastName, Email FROM Contact ORDER BY key")
    assert rows == [("Theirs", "b@example.com"), ("Theirs", "c@example.com")]
    assert outcomes(done)["s:contacts:3"] == "held"  # somebody deleted it: nobody brings it back in silence
    assert done.conflicts == 1
    with (workspace.phase("import") / "rehearsal" / "conflicts.csv").open(encoding="utf-8") as file:
        (line,) = csv.DictReader(file)
    assert (line["field"], line["sent_last"], line["ours"], line["theirs"]) == ("LastName", "N1", "Ours", "Theirs")
    target(workspace, "UPDATE Contact SET LastName = 'Ours' WHERE key = 's:contacts:1'")
    assert go(workspace, [*fresh[:2], person(3, LastName="Y")], "third").conflicts == 0


def test_the_key_of_a_group_never_changes_and_its_members_lead_to_it(workspace):
    go(workspace, [person(2), person(5)])
    done = go(workspace, [person(1, LastName="Fuller"), person(2, into=1), person(5)], "second")
    assert target(workspace) == [("s:contacts:2", "Fuller"), ("s:contacts:5", "N5")]
    assert outcomes(done) == {"s:contacts:1": "updated", "s:contacts:5": "unchanged"}
    third = go(workspace, [person(1, LastName="Fullest"), person(2, into=1), person(5)], "third")
    assert target(workspace)[0] == ("s:contacts:2", "Fullest")
    assert outcomes(third)["s:contacts:1"] == "updated"


def test_a_group_with_two_records_at_the_target_is_held(workspace):
    go(workspace, [person(1), person(2)])
    done = go(workspace, [person(1, LastName="Both"), person(2, into=1)], "second")
    assert outcomes(done)["s:contacts:1"] == "held"
    assert target(workspace) == [("s:contacts:1", "N1"), ("s:contacts:2", "N2")]


def test_a_group_that_falls_apart_is_held_unless_a_person_took_it_apart(workspace):
    go(workspace, [person(1), person(2, into=1)])
    done = go(workspace, [person(1, LastName="One"), person(2)], "second")
    assert outcomes(done) == {"s:contacts:1": "held", "s:contacts:2": "held"}
    assert target(workspace) == [("s:contacts:1", "N1")]
    apart = [("s:contacts:1", "s:contacts:2")]
    third = go(workspace, [person(1, LastName="One"), person(2, LastName="Two")], "third", splits=apart)
    assert outcomes(third) == {"s:contacts:1": "updated", "s:contacts:2": "imported"}
    assert target(workspace) == [("s:contacts:1", "One"), ("s:contacts:2", "Two")]


def test_children_follow_their_group_and_new_parents(workspace):
    go(workspace, [person(1, 1)], companies=[(1, "Acme")])
    go(workspace, [person(1, 2), person(2, 1)], "second", companies=[(1, "Acme"), (2, "Bolt")])
    sql = "SELECT c.key, a.key FROM Contact c JOIN Account a ON a._id = c.AccountId ORDER BY c.key"
    assert target(workspace, sql) == [("s:contacts:1", "s:companies:2"), ("s:contacts:2", "s:companies:1")]


@pytest.mark.parametrize(
    ("first", "second", "round_", "code"),
    [
        ("2026-03-01", "2026-02-01", "second", "round.older-exports"),
        ("2026-03-01", "2026-03-01", "first", "round.known"),
    ],
)
def test_rounds_that_would_not_be_safe_are_refused(workspace, first, second, round_, code):
    go(workspace, [person(1)], newest=first)
    with pytest.raises(RefusedError) as caught:
        go(workspace, [person(1, LastName="X")], round_, newest=second)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert target(workspace) == [("s:contacts:1", "N1")]


def test_a_round_without_anything_new_is_refused(workspace):
    go(workspace, [person(1)])
    with pytest.raises(RefusedError, match="nothing changed"):
        go(workspace, [person(1)], "second")


def test_what_a_round_left_behind_may_be_tried_again_with_the_same_exports(workspace):
    """2 gives its unique address up after 1 wanted it: nothing is wrong with the exports, nor with the target."""
    go(workspace, [person(1, Email="a@example.com"), person(2, Email="b@example.com")])
    fresh = [person(1, Email="b@example.com"), person(2, Email="c@example.com")]
    assert outcomes(go(workspace, fresh, "second")) == {"s:contacts:1": "rejected", "s:contacts:2": "updated"}
    assert outcomes(go(workspace, fresh, "third")) == {"s:contacts:1": "updated", "s:contacts:2": "unchanged"}
    emails = target(workspace, "SELECT Email FROM Contact ORDER BY key")
    assert emails == [("b@example.com",), ("c@example.com",)]
    with pytest.raises(RefusedError, match="nothing changed"):
        go(workspace, fresh, "fourth")


def as_company(workspace, record, round_):
    """Import the record once more, but as an Account."""
    mapped = source(workspace, [])
    rows = pl.DataFrame({"_record": [record], "Name": ["Acme"], "Size": [None]}, schema_overrides=TEXTS)
    rows.write_parquet(workspace.table("map", "Account"))
    canonical = {"companies": rows.select("_record", _outcome=pl.lit(None, pl.String)).lazy()}
    tables = mapped.tables | {"Account": rows.lazy()}
    plan, sending = Plan(root=workspace.root, **PLAN), Sending(round_=round_)
    return import_stages(workspace, plan, replace(mapped, tables=tables, canonical=canonical), None, sending=sending)


def test_a_record_that_the_target_has_as_something_else_is_held_and_nobody_is_said_to_have_deleted_it(workspace):
    go(workspace, [person(1)])
    done = as_company(workspace, "s:contacts:1", "second")
    line = done.imported.select("outcome", "code", "target_object", "target_id").row(0)
    assert line == ("held", "round.other-object", "Contact", "1")
    assert target(workspace, "SELECT count(*) FROM Account") == [(0,)]


def test_what_was_rejected_as_one_thing_may_come_in_as_another(workspace):
    assert outcomes(go(workspace, [person(1, LastName=None), person(2)])) == {
        "s:contacts:1": "rejected",
        "s:contacts:2": "imported",
    }
    assert outcomes(as_company(workspace, "s:contacts:1", "second")) == {"s:contacts:1": "imported"}
    with closing(sqlite3.connect(workspace.journal("rehearsal"))) as journal:
        sql = "SELECT o.name FROM crosswalk c JOIN object o ON o.id = c.object WHERE c.record = 's:contacts:1'"
        assert journal.execute(sql).fetchall() == [("Account",)]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_three_versions_of_every_cell_come_together_as_they_should(tmp_path_factory, data):
    """Model: a field that only one side changed is that side's; one that both changed is the target's, and told."""
    workspace = Workspace(tmp_path_factory.mktemp("merge"))
    texts = st.sampled_from(("a", "b", "c"))
    sent, ours, theirs = ([data.draw(texts) for _ in range(4)] for _ in range(3))
    go(workspace, [person(number, LastName=text) for number, text in enumerate(sent, 1)])
    for number, text in enumerate(theirs, 1):
        target(workspace, f"UPDATE Contact SET LastName = '{text}' WHERE key = 's:contacts:{number}'")  # noqa: S608
    if ours == sent:
        return
    done = go(workspace, [person(number, LastName=text) for number, text in enumerate(ours, 1)], "second")
    merged = [t if o == s else (o if t in (s, o) else t) for s, o, t in zip(sent, ours, theirs, strict=True)]
    assert [name for _, name in target(workspace)] == merged
    assert done.conflicts == sum(len({s, o, t}) == 3 for s, o, t in zip(sent, ours, theirs, strict=True))
