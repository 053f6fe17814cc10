"""Waivers: by name, with reason and person; good for the value seen and not for a worse one."""

import json

import polars as pl
import pytest

from crmclean.errors import ExitCode, InputError, RefusedError, UsageError
from crmclean.workflow.run import phase, run
from crmclean.workflow.status import status
from crmclean.workflow.waiving import Waive

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
HEADER = "Id,First Name,Last Name,Email,Shoe Size,Last Activity\n"
PEOPLE = ("Ann,Lee", "Bo,Ramirez", "Cyrus,Okafor", "Dina,Petrov", "Emil,Sorensen", "Farah,Haddad", "Gus,Whitlock")
BY_ANN = Waive(("undecided_columns",), "decided with sales", "Ann")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    export(tmp_path)
    return tmp_path


def export(root, header=HEADER, more=""):
    told = ((n, name, name.split(",")[1].lower()) for n, name in enumerate(PEOPLE[:5]))
    rows = "".join(f"{n},{name},me@{host}.example,{n},2026-06-01{more}\n" for n, name, host in told)
    (root / "exports" / "contacts.csv").write_text(header + rows, encoding="utf-8")


def gate(root, name):
    report = json.loads((root / "run" / "report" / "report.json").read_text(encoding="utf-8"))
    return next(each for each in report["gates"] if each["name"] == name)


def test_a_waiver_lets_the_run_go_on_and_everybody_sees_it(root):
    assert run(root).exit_code is ExitCode.GATE
    result = run(root, waive=BY_ANN)
    assert result.exit_code is ExitCode.DONE
    waived = gate(root, "undecided_columns")
    assert (waived["passed"], waived["waived_by"], waived["reason"]) == (True, "Ann", "decided with sales")
    assert "undecided_columns is waived by Ann: decided with sales" in result.notes
    assert "waived by Ann: decided with sales" in (root / "run" / "report" / "summary.md").read_text(encoding="utf-8")
    assert "Waived gates" in [table.title for table in status(root).tables]
    kept = pl.read_csv(root / "decisions" / "waivers.csv").row(0, named=True)
    assert (kept["gate"], kept["value"], kept["by"]) == ("undecided_columns", 1, "Ann")
    assert len(kept["plan_hash"]) == 64
    assert run(root).exit_code is ExitCode.DONE


def test_a_worse_value_stops_again(root):
    assert run(root, waive=BY_ANN).exit_code is ExitCode.DONE
    export(root, HEADER.replace("\n", ",Hat Size\n"), ",7")
    assert run(root).exit_code is ExitCode.GATE
    assert gate(root, "undecided_columns")["waived_by"] is None
    assert run(root, waive=BY_ANN).exit_code is ExitCode.DONE
    assert pl.read_csv(root / "decisions" / "waivers.csv")["value"].to_list() == [1, 2]


def test_an_import_alone_takes_a_waiver_too(root):
    run(root)
    with pytest.raises(RefusedError):
        phase(root, "import")
    assert phase(root, "import", waive=BY_ANN).exit_code is ExitCode.DONE


def test_a_stage_s_gate_is_waived_at_the_value_that_stopped_it(root):
    rows = "".join(f"{n},{PEOPLE[n].split(',')[0]},,{n}@nameless{n}.example,,2026-06-01\n" for n in (5, 6))
    path = root / "exports" / "contacts.csv"
    path.write_text(path.read_text(encoding="utf-8") + rows, encoding="utf-8")
    loose = Waive(("undecided_columns", "predicted_rejects", "required_completion"), "we know", "Ann")
    result = run(root, waive=loose)
    assert result.exit_code is ExitCode.GATE
    closed = next(each for each in result.data["gates"] if not each["passed"])
    assert closed["name"].startswith("stage_rejects ")
    again = run(root, waive=Waive(("stage_rejects",), "two without a name", "Bo"))
    assert again.exit_code is ExitCode.DONE
    assert gate(root, closed["name"])["waived_by"] == "Bo"


@pytest.mark.parametrize(
    ("waive", "codes"),
    [
        (Waive(("undecided_colums",), "x", "Ann"), ["waive.unknown-gate"]),
        (Waive(("opt_outs_lost", "balance"), "x", "Ann"), ["waive.never", "waive.never"]),
        (Waive(("orphans",)), ["waive.incomplete", "waive.incomplete"]),
        (Waive((), "because", ""), ["waive.incomplete"]),
    ],
)
def test_waivers_that_make_no_sense_are_refused_together(root, waive, codes):
    with pytest.raises(UsageError) as caught:
        run(root, waive=waive)
    assert [fault.code for fault in caught.value.faults] == codes
    assert not (root / "decisions" / "waivers.csv").exists()


def test_the_nearest_gate_is_named(root):
    with pytest.raises(UsageError) as caught:
        run(root, waive=Waive(("undecided_colums",), "x", "Ann"))
    assert caught.value.faults[0].hint == "did you mean undecided_columns?"


def test_a_broken_list_of_waivers_is_named(root):
    (root / "decisions").mkdir()
    (root / "decisions" / "waivers.csv").write_text("gate\norphans\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        run(root)


def test_a_seed_on_the_command_line_is_no_other_plan(root):
    run(root, waive=BY_ANN, seed=7)
    assert status(root).data["plan_changed"] is False
