"""What two runs do differently: the run before is kept, and compared in records and cells."""

import json
import shutil

import polars as pl
import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app
from crmclean.errors import ExitCode, InputError, PlanError, UsageError
from crmclean.workflow.diff import diff
from crmclean.workflow.run import run

PLAN = """
version = 1
name = "acme"
as_of = 2026-06-30
[target]
crm = "salesforce"
[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/contacts.csv"
object = "contacts"
"""
HEADER = "Id,First Name,Last Name,Email,Phone,Last Activity\n"
ANN = "1,Ann,Lee,ann@lee.example,+1 415 555 2671,2026-06-01\n"
BO = "2,Bo,Ramirez,bo@ramirez.example,,2026-06-01\n"
CY = "3,Cyrus,Okafor,cy@okafor.example,,2026-06-01\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    export(tmp_path, ANN, BO)
    run(tmp_path)
    return tmp_path


def export(root, *rows):
    (root / "exports" / "contacts.csv").write_text(HEADER + "".join(rows), encoding="utf-8")


def compared(root, **options):
    return diff(root / "run.previous", root / "run", **options)


def test_nothing_is_kept_while_nothing_runs_again(root):
    run(root)
    assert not (root / "run.previous").exists()
    with pytest.raises(InputError, match="is no finished run"):
        compared(root)


def test_records_and_cells_that_differ_are_told_by_kind(root):
    export(root, ANN.replace("2671", "2672"), CY)
    run(root)
    told = compared(root).data
    assert (told["records"], told["records_changed"], told["cells_changed"]) == (3, 3, 1)
    fates = {(line["before"], line["after"]): line["records"] for line in told["fates"]}
    assert fates == {("imported", None): 1, (None, "imported"): 1}
    assert told["cells"] == [{"object": "contacts", "field": "phone", "code": "phones.own-plus", "cells": 1}]
    assert told["cells_at_target"] == [{"object": "Contact", "field": "Phone", "code": None, "cells": 1}]


def test_another_mapping_differs_at_the_target_only(root):
    decided = '\n[columns.contacts]\nphone = "MobilePhone"\n'
    (root / "migration.toml").write_text(PLAN + decided, encoding="utf-8")
    run(root)
    told = compared(root).data
    assert (told["cells_changed"], told["cells_changed_at_target"]) == (0, 2)


def test_cells_stand_in_the_file_that_was_asked_for_and_nowhere_else(root, tmp_path):
    export(root, ANN.replace("ann@", "=anna@"), BO)
    run(root)
    result = compared(root, cells=tmp_path / "cells.csv")
    cells = pl.read_csv(tmp_path / "cells.csv", infer_schema=False)
    email = cells.filter(pl.col("where") == "cleaned", pl.col("field") == "email").row(0, named=True)
    assert (email["before"], email["after"]) == ("ann@lee.example", "'=anna@lee.example")
    assert "anna" not in json.dumps(result.data) + str(result.tables)


@pytest.mark.parametrize(
    ("bound", "code"), [("1", ExitCode.DONE), ("0", ExitCode.GATE), ("50%", ExitCode.DONE), ("49.9%", ExitCode.GATE)]
)
def test_a_bound_fails_above(root, bound, code):
    export(root, ANN.replace("2671", "2672"), BO)
    run(root)
    assert compared(root, fail_above=bound).exit_code is code


def test_a_bound_that_is_none_is_refused(root):
    with pytest.raises(UsageError, match="neither a number nor a share"):
        compared(root, fail_above="few")


def test_the_predecessor_is_the_last_finished_run(root):
    export(root, ANN)
    run(root)
    before = (root / "run.previous" / "report" / "ledger.csv").read_bytes()
    assert before.count(b"old:contacts:") == 2
    (root / "run" / "stale" / "phase.json").unlink()  # as an interrupted run leaves it
    export(root, ANN, CY)
    run(root)
    assert (root / "run.previous" / "report" / "ledger.csv").read_bytes() == before


def test_workspaces_are_compared_too_and_the_command_ends_with_the_gate(root):
    export(root, BO)
    run(root)
    done = CliRunner().invoke(app, ["diff", "-w", str(root), "--fail-above", "0", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["records_changed"]) == (10, 1)
    same = CliRunner().invoke(app, ["diff", str(root), str(root / "run")])
    assert same.stdout.startswith("0 records of 1 differ, in 0 cells.")


DECIDED = '\n[columns.contacts]\nphone = "MobilePhone"\n'


def test_two_plans_are_compared_on_the_same_exports(root, tmp_path):
    new = tmp_path / "new.toml"
    new.write_text(PLAN + DECIDED, encoding="utf-8")
    kept = {path: path.read_bytes() for path in (root / "run").rglob("*") if path.is_file()}
    phases = []
    told = diff(root / "migration.toml", new, notify=lambda event: phases.append((event.kind, event.phase)))
    assert (told.data["records"], told.data["records_changed"], told.data["cells_changed_at_target"]) == (2, 1, 2)
    assert told.data["cells_changed"] == 0
    assert [phase for kind, phase in phases if kind == "finished"] == ["map", "validate"]
    assert {path: path.read_bytes() for path in (root / "run").rglob("*") if path.is_file()} == kept


def test_the_other_plan_may_stand_anywhere(root, tmp_path_factory):
    old = tmp_path_factory.mktemp("elsewhere") / "old.toml"
    old.write_text(PLAN + DECIDED, encoding="utf-8")
    assert diff(old, root).data["records_changed"] == 1
    done = CliRunner().invoke(app, ["diff", str(old), str(old), "-w", str(root), "--json"])
    assert json.loads(done.stdout)["records_changed"] == 0
    alone = CliRunner().invoke(app, ["diff", str(old), str(old), "-w", str(old.parent), "--json"])
    assert (alone.exit_code, json.loads(alone.stderr)["errors"][0]["code"]) == (3, "diff.no-workspace")


def test_plans_share_the_load_phase_without_a_run_before(root):
    shutil.rmtree(root / "run")
    new = root / "new.toml"
    new.write_text(PLAN.replace('crm = "salesforce"', 'crm = "hubspot"'), encoding="utf-8")
    loads = []
    diff(root, new, notify=lambda event: loads.append(event.kind) if event.phase == "load" else None)
    assert [kind for kind in loads if kind != "progress"] == ["started", "finished", "skipped"]
    assert not (root / "run" / "diff").exists()


def test_a_plan_that_has_more_rejects_ends_above_its_bound(root):
    new = root / "new.toml"
    new.write_text(PLAN + "\n[columns.contacts]\nlast_name = { drop = 'a mistake' }\n", encoding="utf-8")
    result = diff(root, new, fail_above="1")
    fates = {(line["before"], line["after"], line["code"]): line["records"] for line in result.data["fates"]}
    assert fates == {("created", "rejected", "required.missing"): 2}
    assert result.exit_code is ExitCode.GATE


def test_a_fault_names_the_plan_that_has_it_and_leaves_nothing_behind(root):
    new = root / "new.toml"
    new.write_text(PLAN + "\n[gates]\norphan = 1\n", encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        diff(root, new)
    assert caught.value.faults[0].where.startswith("new.toml")
    assert not (root / "run" / "diff").exists()
    with pytest.raises(InputError, match="is no plan"):
        diff(new, root / "exports")
