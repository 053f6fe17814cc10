"""What every command does with results and errors: streams, shapes and exit codes."""

import io
import json
import re
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from crmclean.cli.app import app
from crmclean.cli.command import guarded
from crmclean.cli.options import Phase
from crmclean.cli.show import fitted
from crmclean.errors import (
    EXIT_MEANINGS,
    BalanceError,
    DestinationError,
    ExitCode,
    Fault,
    InputError,
    RefusedError,
    UsageError,
)
from crmclean.records import PHASES
from crmclean.reports.results import Result, TableView

ODD = "exports/\x1b[31mred\x07\u202e.csv"
FAULTS = (Fault(ODD, "is empty", "export it again", "file.empty"), Fault("plan", "no sources", "add one", "plan.none"))


def invoke(function, *arguments):
    app = typer.Typer()
    app.command()(guarded(function))
    return CliRunner().invoke(app, list(arguments))


def raising(error):
    def command(terminal) -> Result:
        raise error

    return command


def returning(**parts):
    def command(terminal) -> Result:
        return Result("toy", "Two records came in.", **parts)

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError(*FAULTS), ExitCode.USAGE),
        (InputError(*FAULTS), ExitCode.INPUT),
        (RefusedError(*FAULTS), ExitCode.REFUSED),
        (DestinationError(*FAULTS), ExitCode.DESTINATION),
        (BalanceError(*FAULTS), ExitCode.BUG),
        (ValueError("secret@example.com"), ExitCode.BUG),
        (KeyboardInterrupt(), ExitCode.STOPPED),
        (FileNotFoundError(2, "No such file", "gone.csv"), ExitCode.INPUT),
    ],
)
def test_each_way_to_fail_has_its_exit_code_and_leaves_stdout_empty(error, code):
    outcome = invoke(raising(error))
    assert outcome.exit_code == code
    assert outcome.stdout == ""
    assert re.search(r"^error: .+\nhint: .+\ncode: [a-z.-]+$", outcome.stderr, re.MULTILINE)


def test_all_faults_are_told_at_once_and_cannot_steer_the_terminal():
    outcome = invoke(raising(InputError(*FAULTS)))
    assert outcome.stderr.splitlines() == [
        r"error: exports/\u001b[31mred\u0007\u202e.csv: is empty",
        "hint: export it again",
        "code: file.empty",
        "",
        "error: plan: no sources",
        "hint: add one",
        "code: plan.none",
    ]


def test_errors_as_json_carry_the_same_parts():
    outcome = invoke(raising(InputError(*FAULTS)), "--json")
    document = json.loads(outcome.stderr)
    assert document["schema_version"] == 1
    assert document["exit_code"] == 3
    assert document["errors"][0] == {
        "where": ODD,
        "problem": "is empty",
        "hint": "export it again",
        "code": "file.empty",
    }


def test_a_bug_leaves_a_traceback_without_values(tmp_path):
    (tmp_path / "migration.toml").touch()
    (tmp_path / "run").mkdir()

    cell = "".join(("secret", "@", "example.com"))  # pieces, so that the quoted source line does not hold it

    def command(terminal, workspace: Path) -> Result:
        try:
            return {}[cell]
        except KeyError as error:
            raise ValueError(cell) from error

    outcome = invoke(command, str(tmp_path))
    log = (tmp_path / "run" / "run.log").read_text(encoding="utf-8")
    assert outcome.exit_code == ExitCode.BUG
    assert "builtins.KeyError" in log
    assert "in command" in log
    assert "run.log" in outcome.stderr
    assert cell not in log + outcome.stderr


@pytest.mark.parametrize("code", [ExitCode.GATE, ExitCode.WAITING])
def test_findings_end_with_their_code_unless_zero_is_asked_for(code):
    assert invoke(returning(exit_code=code)).exit_code == code
    assert invoke(returning(exit_code=code), "--exit-zero").exit_code == 0


def test_exit_zero_never_hides_an_error():
    assert invoke(raising(InputError(*FAULTS)), "--exit-zero").exit_code == 3


def test_a_result_is_a_short_text_on_stdout():
    view = TableView(
        "Objects",
        ("object", "rows", "share", "note"),
        (("contacts", 12345, 0.5, "[bold]\x1b[2J"), ("deals", 7, None, None)),
    )
    outcome = invoke(returning(tables=(view,), notes=("One note.",), next_step="crmclean run"))
    assert outcome.exit_code == 0
    assert outcome.stderr == ""
    lines = [line.rstrip() for line in outcome.stdout.splitlines()]
    assert lines[0] == "Two records came in."
    assert r"contacts   12,345     0.5   [bold]\u001b[2J" in lines
    assert "deals           7" in lines
    assert lines[-3:] == ["One note.", "", "Next: crmclean run"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_table_is_as_wide_as_the_terminal_and_numbers_are_never_cut(width):
    view = TableView(
        "T", ("short", "long", "longer", "count"), (("ab", "x" * 60, "y" * 90, 1234567), ("c", "d", "e", 8))
    )
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(fitted(view, console.width))
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert len(lines) == 4
    assert width - 2 <= max(map(len, lines)) <= width
    assert lines[2].startswith("ab")
    assert lines[2].endswith("1,234,567")
    assert "…" in lines[2]


def test_a_table_that_fits_is_left_alone():
    view = TableView("T", ("name", "count"), (("Zoë 李", 1),))
    console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(fitted(view, console.width))
    assert [line.split() for line in console.file.getvalue().splitlines()][2] == ["Zoë", "李", "1"]


def test_quiet_shows_the_headline_only():
    assert invoke(returning(notes=("One note.",)), "-q").stdout == "Two records came in.\n"


def test_a_result_as_json_is_one_document():
    outcome = invoke(returning(data={"rows": 2}, exit_code=ExitCode.GATE), "--json")
    assert json.loads(outcome.stdout) == {
        "schema_version": 1,
        "command": "toy",
        "headline": "Two records came in.",
        "exit_code": 10,
        "next_step": None,
        "rows": 2,
    }


def test_the_phases_are_those_of_the_records():
    assert tuple(Phase) == PHASES


def test_every_exit_code_has_a_meaning():
    assert set(EXIT_MEANINGS) == set(ExitCode)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["run", "--sed", "1", "--json"], "crmclean run"),
        (["--json", "rnu"], "crmclean"),
        (["restore", "--json"], "crmclean restore"),
        (["run", "--as-of", "soon", "--json"], "crmclean run"),
    ],
    ids=["option", "command", "argument", "value"],
)
def test_a_wrong_command_line_is_a_document_where_one_was_asked_for(words, where):
    done = CliRunner().invoke(app, words, prog_name="crmclean")
    assert (done.exit_code, done.stdout) == (2, "")
    document = json.loads(done.stderr)
    assert (document["schema_version"], document["exit_code"]) == (1, 2)
    (error,) = document["errors"]
    assert (error["where"], error["code"], error["hint"]) == (where, "usage", f"{where} --help")


def test_help_and_results_are_told_as_ever_beside_json(tmp_path):
    assert CliRunner().invoke(app, ["run", "--json", "--help"]).exit_code == 0
    told = CliRunner().invoke(app, ["status", "--json", "-w", str(tmp_path)])
    assert (told.exit_code, json.loads(told.stderr)["exit_code"]) == (3, 3)
