"""Rolling back: only what the round made and nobody touched goes; the target is asked with sqlite3 only."""

import csv

import pytest
from small_crm import SCHEMA
from test_rounds import PLAN, applied, go, outcomes, person, target

from crmclean.errors import RefusedError, UsageError
from crmclean.plan.model import Plan
from crmclean.workflow.importing.fates import imported
from crmclean.workflow.rollback import Order, take_back
from crmclean.workspace.paths import Workspace

ACME = [(1, "Acme"), (2, "Bolt")]


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def back(workspace, **order):
    return take_back(workspace, Plan(root=workspace.root, **PLAN), SCHEMA, Order(**order))


def left(workspace):
    path = workspace.phase("import") / "rehearsal" / "not-rolled-back.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        return {row["_record"]: row["_code"] for row in csv.DictReader(file)}


def test_everything_that_nobody_touched_goes(workspace):
    go(workspace, [person(1, 1), person(2, 2)], companies=ACME)
    done = back(workspace)
    assert (done.data["deleted"], done.data["left_alone"], done.exit_code) == (4, 0, 0)
    assert target(workspace) == target(workspace, "SELECT key FROM Account") == []
    assert set(imported(workspace)["outcome"]) == {"ready"}
    before = applied(workspace)
    assert back(workspace).data["deleted"] == 4  # the same again sends nothing
    assert applied(workspace) == before


def test_what_somebody_touched_or_uses_is_left_alone_and_listed(workspace):
    go(workspace, [person(1, 1), person(2, 2), person(3)], companies=[*ACME, (3, "Core")])
    target(workspace, "UPDATE Contact SET LastName = 'Mine' WHERE key = 's:contacts:1'")
    target(workspace, "DELETE FROM Contact WHERE key = 's:contacts:3'")
    target(
        workspace,
        "INSERT INTO Contact (_id, key, LastName, AccountId) "
        "SELECT 900, 'theirs', 'New', _id FROM Account WHERE key = 's:companies:2'",
    )
    foretold = back(workspace, dry_run=True)
    assert foretold.data["records"]["would be deleted"] == 2
    done = back(workspace)
    assert left(workspace) == {
        "s:contacts:1": "undo.touched",
        "s:contacts:3": "undo.gone-already",
        "s:companies:1": "undo.in-use",
        "s:companies:2": "undo.in-use",
    }
    assert done.exit_code == 11
    assert target(workspace) == [("s:contacts:1", "Mine"), ("theirs", "New")]


def test_updates_of_a_later_round_get_their_old_values_back(workspace):
    go(workspace, [person(1, Email="a@example.com"), person(2)])
    go(workspace, [person(1, LastName="New", Email="a@example.com"), person(2, LastName="Two"), person(3)], "second")
    target(workspace, "UPDATE Contact SET LastName = 'Mine' WHERE key = 's:contacts:2'")
    with pytest.raises(RefusedError, match="stands on it"):
        back(workspace, round_="first")
    done = back(workspace)
    assert (done.data["deleted"], done.data["restored"], done.data["left_alone"]) == (1, 1, 1)
    assert target(workspace) == [("s:contacts:1", "N1"), ("s:contacts:2", "Mine")]
    assert left(workspace) == {"s:contacts:2": "undo.touched"}


def test_after_a_rollback_the_same_keys_come_back_with_the_next_round(workspace):
    go(workspace, [person(1), person(2, into=1)])
    back(workspace)
    done = go(workspace, [person(2, LastName="Two"), person(1, into=2)], "again")
    assert outcomes(done) == {"s:contacts:2": "imported"}
    assert target(workspace) == [("s:contacts:1", "Two")]


def test_nothing_to_roll_back_is_said(workspace):
    with pytest.raises(UsageError):
        back(workspace)
    go(workspace, [person(1)])
    with pytest.raises(UsageError, match="no round"):
        back(workspace, round_="third")


def test_a_record_that_points_elsewhere_again_after_the_rollback_keeps_nothing(workspace):
    go(workspace, [person(1, 1)], companies=ACME[:1])
    go(workspace, [person(1, 2)], "second", companies=ACME)
    assert back(workspace).data["left_alone"] == 0
    assert target(workspace, "SELECT key FROM Account") == [("s:companies:1",)]


def test_rounds_are_taken_back_one_by_one_and_what_stays_of_each_is_in_the_list(workspace):
    go(workspace, [person(1), person(2)])
    go(workspace, [person(1), person(2, LastName="Two"), person(3), person(4)], "second")
    target(workspace, "UPDATE Contact SET LastName = 'Mine' WHERE key IN ('s:contacts:3', 's:contacts:1')")
    done = back(workspace)
    assert left(workspace) == {"s:contacts:3": "undo.touched"}
    assert any("crmclean rollback --to rehearsal --round first takes it back, too." in note for note in done.notes)
    done = back(workspace, round_="first")
    assert left(workspace) == {"s:contacts:1": "undo.touched", "s:contacts:3": "undo.touched"}
    assert done.data["left_alone"] == 1
    assert any("rollbacks before this one" in note for note in done.notes)
    assert target(workspace) == [("s:contacts:1", "Mine"), ("s:contacts:3", "Mine")]
