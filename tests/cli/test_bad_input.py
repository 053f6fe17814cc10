"""Bad input ends in a clear error with its exit code, and nothing is half-written."""

import contextlib
import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

HEADER = "Id,FirstName,LastName,Email,ReportsToId\n"
ANN = "003A000000aaaaaAAA,Ann,Lee,ann@example.com,\n"
PLAN = """version = 1
name = "acme"
[target]
crm = "hubspot"
[[source]]
name = "sf"
kind = "salesforce"
[[source.file]]
path = "exports/Contact.csv"
object = "contacts"
"""


def crmclean(*words, folder):
    """Run a command in a folder; return exit code, stdout and stderr."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "Contact.csv").write_text(HEADER + ANN, encoding="utf-8")
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def export(folder, content):
    path = folder / "exports" / "Contact.csv"
    path.unlink()
    if content is None:
        return
    if content == "folder":
        path.mkdir()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    "content",
    [None, "", HEADER, "folder", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "Id\n"],
    ids=["missing", "empty", "only a header", "directory", "binary", "one header"],
)
def test_a_file_that_cannot_be_used(workspace, content):
    export(workspace, content)
    code, out, err = crmclean("run", "--through", "load", folder=workspace)
    assert code == 3, err
    assert out == ""
    assert "Contact.csv" in err.splitlines()[0]
    assert re.search(r"^hint: .+\ncode: [a-z.-]+$", err, re.MULTILINE)
    assert not (workspace / "run" / "load").exists()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("kind =", "knid ="), "did you mean"),
        (('"hubspot"', '"hubspott"'), "did you mean hubspot?"),
        (('"contacts"', '"contact"'), "did you mean contacts?"),
        (("version = 1", "version = "), "not TOML"),
        (("[[source.file]]", '[columns.contacts]\nemail = "mial"\n[[source.file]]'), "mial"),
        (("[[source.file]]", '[stale]\nprotect = "lead_sorce = 1"\n[[source.file]]'), "lead_sorce"),
    ],
    ids=["key", "target", "object", "syntax", "field that the target lacks", "field in an expression"],
)
def test_a_plan_with_a_fault(workspace, change, word):
    text = PLAN.replace(*change)
    if change[0] == "[[source.file]]":  # tables of the whole plan stand behind the source
        head, _, tail = PLAN.partition("[[source]]")
        text = head + change[1].removesuffix("[[source.file]]") + "[[source]]" + tail
    (workspace / "migration.toml").write_text(text, encoding="utf-8")
    code, out, err = crmclean("run", "--through", "map", folder=workspace)
    assert code == 3, err
    assert out == ""
    assert word in err


def test_no_plan_at_all(tmp_path):
    code, _, err = crmclean("run", folder=tmp_path)
    assert code == 3
    assert "crmclean init" in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(workspace):
    (workspace / "run").write_text("in the way", encoding="utf-8")
    code, _, err = crmclean("run", "--through", "load", folder=workspace)
    assert code == 3, err
    assert "hint:" in err


def test_doubled_ids_and_lost_parents_are_findings_not_errors(workspace):
    twice = "003A000000aaaaaAAA,Bo,Roe,bo@example.org,003A000000zzzzzAAA\n"
    export(workspace, HEADER + ANN + twice)
    code, _, err = crmclean("run", "--through", "load", folder=workspace)
    assert code == 0, err
    code, out, _ = crmclean("explain", "bo@example.org", folder=workspace)
    assert code == 0
    assert "record.duplicate-id" in out
    assert "ref.parent-missing" in out


def test_a_reader_that_stops_early_is_no_error(workspace):
    pipe = f'"{sys.executable}" -m crmclean doctor | head -n 1'
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {pipe}"], capture_output=True, check=False, cwd=workspace, text=True
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_terminal_without_utf8_gets_codes_instead_of_a_crash(workspace):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "crmclean", "doctor", "--help"]
    done = subprocess.run(words, capture_output=True, check=False, cwd=workspace, env=environment)
    assert done.returncode == 0
    assert b"doctor" in done.stdout
