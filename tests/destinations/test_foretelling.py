"""What is foretold of a later round is what the round then does, row by row; foretelling itself changes nothing."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crmclean.destinations.registry import open_destination
from crmclean.errors import RefusedError
from crmclean.plan.model import Plan
from crmclean.workflow.importing.foretelling import foretell
from crmclean.workflow.importing.rounds import Sending
from crmclean.workflow.importing.stages import import_stages, source_of
from crmclean.workspace.paths import Workspace
from tests.destinations.test_rounds import PLAN, go, person, source, target

CAME = {"imported": "created", "updated": "updated", "unchanged": "unchanged", "rejected": "rejected", "held": "held"}
OPEN = {"gates": {"stage_rejects": 1.0, "duplicates_left": 1.0}}


def foretold(workspace, people, round_="second", foreseen=None, **more):
    plan = Plan(root=workspace.root, **PLAN)
    mapped = replace(source(workspace, people, **more), foreseen=foreseen)
    with closing(open_destination(workspace, plan, "rehearsal")) as destination:
        made = source_of(workspace, plan, mapped, None, "rehearsal")
        destination.preflight(mapped.schema)
        return foretell(workspace, made, "rehearsal", Sending(round_=round_), destination)


def really(workspace, people, **more):
    plan = replace(Plan(root=workspace.root, **PLAN), **OPEN)
    done = import_stages(workspace, plan, source(workspace, people, **more), None, sending=Sending(round_="second"))
    return {record: CAME[outcome] for record, outcome in done.imported.select("record", "outcome").rows()}


def fates(told):
    return dict(told.select("record", "prediction").rows())


def test_a_first_import_is_foretold_by_validate_alone(tmp_path):
    assert foretold(Workspace(tmp_path), [person(1)]).is_empty()


def test_a_round_without_a_name_is_refused_as_the_import_would(tmp_path):
    workspace = Workspace(tmp_path)
    go(workspace, [person(1)])
    with pytest.raises(RefusedError, match="nothing changed since round"):
        foretold(workspace, [person(1)])
    assert foretold(workspace, [person(2)], round_=None).is_empty()  # the rehearsal starts over


def test_foreseen_rejects_count_only_where_the_row_is_sent(tmp_path):
    workspace = Workspace(tmp_path)
    go(workspace, [person(1, 1), person(2, 1)], companies=[(1, "Acme")])
    records = ["s:companies:1", "s:contacts:1", "s:contacts:3"]
    parent = "references.parent-rejected AccountId"
    foreseen = pl.DataFrame({"_record": records, "fault": ["length.too-long Name", parent, parent]})
    people = [person(1, 1, LastName="New"), person(2, 1), person(3, 1)]
    told = foretold(workspace, people, foreseen=foreseen, companies=[(1, "A" * 500)])
    assert fates(told) == {
        "s:companies:1": "rejected",  # and yet it is there from the first round, so that nothing is lost below it
        "s:contacts:1": "updated",
        "s:contacts:2": "unchanged",
        "s:contacts:3": "created",
    }


CELL = st.sampled_from([None, "a@example.com", "b@example.com"])
NAME = st.sampled_from(["Ann", "Bo"])
PERSON = st.tuples(st.booleans(), NAME, CELL, st.sampled_from([None, 1, 2]))
ROWS = st.lists(PERSON, min_size=4, max_size=4)
THERE = st.sampled_from(["nothing", "name", "email", "gone"])


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(first=ROWS, second=ROWS, there=st.lists(THERE, min_size=4, max_size=4))
def test_a_second_round_does_what_was_foretold_row_by_row(first, second, there, tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("rounds"))
    companies = [(1, "Acme"), (2, "Ace")]
    go(workspace, _people(first), companies=companies)
    for number, what in enumerate(there, start=1):
        _changed(workspace, f"s:contacts:{number}", what)
    people = [*_people(second), person(9)]
    told = foretold(workspace, people, companies=companies)
    before = (target(workspace), workspace.journal("rehearsal").read_bytes())
    assert (target(workspace), workspace.journal("rehearsal").read_bytes()) == before
    assert not list((workspace.phase("import") / "rehearsal").glob("*.sqlite*"))
    assert fates(told) == really(workspace, people, companies=companies)


def _people(rows):
    numbered = enumerate(rows, start=1)
    return [
        person(number, company, LastName=name, Email=email and f"{number}{email}")
        for number, (comes, name, email, company) in numbered
        if comes or number == 1
    ]


def _changed(workspace, key, what):
    sql = {
        "name": "UPDATE Contact SET LastName = 'Theirs' WHERE key = ?",
        "email": "UPDATE Contact SET Email = NULL WHERE key = ?",
        "gone": "DELETE FROM Contact WHERE key = ?",
    }
    if what in sql:
        with closing(sqlite3.connect(workspace.rehearsal)) as database, database:
            database.execute(sql[what], (key,))
