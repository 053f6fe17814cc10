"""Staged import into the rehearsal: gates between stages, resuming, starting over, rejects, the ledger's view."""

import csv
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from small_crm import SCHEMA

from crmclean.destinations.journal import Journal
from crmclean.destinations.outcomes import announced, reading
from crmclean.errors import DestinationError, PlanError, RefusedError
from crmclean.plan.model import DEFAULT_GATES, DEFAULT_STAGES, READY, Destination, Plan, Target
from crmclean.workflow.importing.fates import imported
from crmclean.workflow.importing.rounds import Mapped, Sending
from crmclean.workflow.importing.stages import import_stages
from crmclean.workspace.paths import Workspace


def frame(*rows):
    return pl.DataFrame(list(rows), infer_schema_length=None).cast(pl.String)


def people(count, **odd):
    rows = [
        {
            "_record": f"s:contacts:{number}",
            "lifecycle": "customer" if number % 3 == 0 else "lead",
            "last_engaged": "2024-06-20" if number % 3 == 1 else None,
            "_outcome": None,
            "_into": None,
            "_ref.company_ref": f"s:companies:{number % 4}",
            "LastName": f"Name {number}",
            "Email": f"n{number}@example.com",
        }
        | odd.get(f"n{number}", {})
        for number in range(count)
    ]
    return frame(*rows)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def plan_of(workspace, **changed):
    plan = Plan(root=workspace.root, name="test", target=Target("small"), sources=(), stages=DEFAULT_STAGES)
    return replace(plan, **changed)


def mapped(workspace, contacts):
    ids = [f"s:companies:{number}" for number in range(4)]
    companies = pl.DataFrame({"_record": ids, "lifecycle": [None] * 4, "_outcome": [None] * 4}).cast(pl.String)
    live = contacts.filter(pl.col("_outcome").is_null())
    tables = {
        "Account": companies.select("_record", Name=pl.lit("Company"), Size=pl.lit("12")),
        "Contact": live.select("_record", "LastName", "Email", pl.col("_ref.company_ref").alias("_ref.AccountId")),
    }
    workspace.phase("map").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_parquet(workspace.table("map", name))
    canonical = {"companies": companies.lazy(), "contacts": contacts.drop("LastName", "Email").lazy()}
    return Mapped(SCHEMA, {name: table.lazy() for name, table in tables.items()}, canonical)


def run(workspace, contacts, **changed):
    return import_stages(workspace, plan_of(workspace, **changed), mapped(workspace, contacts), date(2024, 6, 30))


def rows(workspace, sql):
    with closing(sqlite3.connect(workspace.rehearsal)) as database:
        return database.execute(sql).fetchall()


def test_each_stage_is_imported_checked_and_counted(workspace):
    result = run(workspace, people(30))
    assert [stage.name for stage in result.stages] == ["customers", "active prospects", "dormant prospects"]
    assert [stage.counts.created for stage in result.stages] == [14, 10, 10]
    assert all(stage.passed and stage.read_back.compared == stage.counts.rows for stage in result.stages)
    assert (result.left, result.rejects, result.stopped) == ((), (), False)
    assert rows(workspace, "SELECT count(*) FROM Contact c JOIN Account a ON a._id = c.AccountId") == [(30,)]


def test_a_gate_stops_before_the_next_stage_and_a_raised_gate_lets_it_go_on(workspace):
    contacts = people(30, n3={"Email": "n0@example.com"})
    stopped = run(workspace, contacts)
    assert stopped.stopped
    assert stopped.left == ("active prospects", "dormant prospects")
    assert rows(workspace, "SELECT count(*) FROM Contact") == [(9,)]
    waiting = stopped.imported.filter(pl.col("code") == "import.not-sent")
    assert waiting["stage"].value_counts(sort=True).height == 2
    gone_on = run(workspace, contacts, gates={**DEFAULT_GATES, "stage_rejects": 0.10})
    assert not gone_on.stopped
    assert rows(workspace, "SELECT count(*) FROM Contact") == [(29,)]


def test_rejects_are_written_with_all_cells_and_the_reason(workspace):
    contacts = people(30, n3={"Email": "not an address", "LastName": 'O"Neil, the second'})
    result = run(workspace, contacts, gates={**DEFAULT_GATES, "stage_rejects": 0.10})
    with result.rejects[0].open(encoding="utf-8") as file:
        (reject,) = csv.DictReader(file)
    assert reject["_record"] == "s:contacts:3"
    assert (reject["_code"], reject["_field"]) == ("target.format", "Email")
    assert reject["LastName"] == 'O"Neil, the second'


def test_the_ledger_hears_of_every_live_record_once(workspace):
    contacts = people(30, n3={"Email": "n0@example.com"}, n4={"_outcome": "archived"})
    result = run(workspace, contacts, gates={**DEFAULT_GATES, "stage_rejects": 0.10})
    fates = result.imported
    assert fates["record"].n_unique() == fates.height == 33
    assert fates["outcome"].value_counts().sort("outcome").rows() == [("imported", 32), ("rejected", 1)]
    assert fates.filter(pl.col("outcome") == "imported")["target_id"].null_count() == 0
    assert imported(workspace).equals(fates)


def test_the_same_again_changes_nothing(workspace):
    first = run(workspace, people(30))
    before = rows(workspace, "SELECT * FROM Contact")
    again = run(workspace, people(30))
    assert rows(workspace, "SELECT * FROM Contact") == before
    assert again.imported.equals(first.imported)


def test_a_changed_plan_or_export_starts_the_rehearsal_over_and_keeps_the_last_one(workspace):
    run(workspace, people(30))
    run(workspace, people(12))
    assert rows(workspace, "SELECT count(*) FROM Contact") == [(12,)]
    with closing(sqlite3.connect(workspace.state / "rehearsal.previous" / "rehearsal.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM Contact").fetchone() == (30,)


def test_a_deleted_rehearsal_is_built_again(workspace):
    first = run(workspace, people(30))
    workspace.rehearsal.unlink()
    assert run(workspace, people(30)).imported.equals(first.imported)
    assert rows(workspace, "SELECT count(*) FROM Contact") == [(30,)]


def test_other_destinations_refuse_changed_inputs(workspace):
    production = {"prod": Destination("prod", "sqlite", "sqlite:///prod.sqlite")}
    plan = plan_of(workspace, destinations=production)
    import_stages(workspace, plan, mapped(workspace, people(9)), None, to="prod")
    with pytest.raises(RefusedError, match="froze other records"):
        import_stages(workspace, plan, mapped(workspace, people(12)), None, to="prod")


def test_other_destinations_refuse_another_database_and_another_schema(workspace):
    plan = plan_of(workspace, destinations={"prod": Destination("prod", "sqlite", "sqlite:///prod.sqlite")})
    import_stages(workspace, plan, mapped(workspace, people(9)), None, to="prod")
    (workspace.root / "prod.sqlite").unlink()
    with pytest.raises(RefusedError, match="another account or database"):
        import_stages(workspace, plan, mapped(workspace, people(9)), None, to="prod")


def test_an_unknown_destination_is_named_with_those_that_there_are(workspace):
    with pytest.raises(PlanError) as caught:
        import_stages(workspace, plan_of(workspace), mapped(workspace, people(3)), None, to="prod")
    assert "rehearsal" in caught.value.faults[0].hint


def test_what_a_user_changed_at_the_target_is_seen_by_the_check(workspace):
    contacts = people(30, n3={"Email": "n0@example.com"})
    run(workspace, contacts)
    with closing(sqlite3.connect(workspace.rehearsal)) as database, database:
        database.execute("UPDATE Contact SET LastName = 'Changed' WHERE key = 's:contacts:0'")
        database.execute("DELETE FROM Contact WHERE key = 's:contacts:6'")
    result = run(workspace, contacts, gates={**DEFAULT_GATES, "stage_rejects": 0.10})
    (customers,) = result.stages
    assert customers.read_back.fields == {"Contact.LastName": 1}
    assert customers.read_back.present == customers.read_back.expected - 1
    assert result.left == ("active prospects", "dormant prospects")


def test_a_production_account_wants_to_be_named_made_ready_and_looked_at_after_ten_people(workspace):
    def go(ready, confirm=None):
        where = Destination("prod", "sqlite", "sqlite:///prod.sqlite", production=True, ready=ready)
        plan, sending = plan_of(workspace, destinations={"prod": where}), Sending(confirm=confirm)
        told = heard.append
        return import_stages(
            workspace, plan, mapped(workspace, people(29)), None, to="prod", sending=sending, notify=told
        )

    heard = []
    with pytest.raises(RefusedError) as caught:
        go({"backed_up": "Ann"})
    assert len(caught.value.faults) == len(READY)  # five names and the account are missing
    signed = dict.fromkeys(READY, "Ann")
    with pytest.raises(RefusedError) as caught:
        go(signed)
    account = caught.value.faults[0].hint.split()[-1]
    pilot = go(signed, account)
    warned = [event.message for event in heard if event.kind == "warning"]
    assert len(warned) == 1
    assert "it would end about" in warned[0]  # before anything was sent, not only with --dry-run
    with reading(workspace.journal("prod")) as database:
        assert announced(database)["rows"] == 33
    assert [(stage.name, stage.counts.rows) for stage in pilot.stages] == [("pilot", 14)]  # with their companies
    rest = go(signed, account)
    assert sum(stage.counts.created for stage in rest.stages) == 29 + 4


def test_a_full_disk_under_the_journal_is_no_bug_and_the_same_again_goes_on(workspace):
    plan = plan_of(workspace, destinations={"other": Destination("other", "sqlite", "sqlite:///other.sqlite")})
    work = mapped(workspace, people(3000))
    with Journal(workspace.journal("other")) as journal:
        journal.database.execute("CREATE TABLE big (bytes BLOB)")
        journal.database.execute("PRAGMA max_page_count = 100")
        with pytest.raises(DestinationError) as caught, journal.commit():
            journal.database.execute("INSERT INTO big VALUES (zeroblob(9000000))")
    assert caught.value.faults[0].code == "journal.cannot-write"
    import_stages(workspace, plan, work, None, to="other")


def test_a_journal_without_an_import_says_nothing(workspace):
    assert imported(workspace) is None
    with Journal(workspace.journal("rehearsal")):
        assert imported(workspace) is None


def test_a_file_that_is_no_journal_is_refused_with_a_hint(workspace):
    workspace.journal("other").parent.mkdir(parents=True)
    workspace.journal("other").write_text("no database, but long enough to be looked at as one" * 40)
    for looking in (lambda: Journal(workspace.journal("other")), lambda: imported(workspace, "other")):
        with pytest.raises(RefusedError) as caught:
            looking()
        assert caught.value.faults[0].code == "journal.damaged"
        assert "backup" in caught.value.faults[0].hint
