"""Bare `crmclean`: three questions on a terminal; help where nobody can answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmclean.cli.start import dropped

LIST = "First Name,Last Name,Email\nAnn,Lee,ann@example.com\nANN,LEE,Ann@example.com\nBo,Diaz,bo@example.com\n"
_END = "\x04"  # nobody answers any more: a question too many must not hang the test
BARE = [sys.executable, "-m", "crmclean"]


def conversation(answers, folder):
    """Type answers into a real terminal, and return what stood on it with the exit code."""
    pty = pytest.importorskip("pty", reason="needs a terminal of the Unix kind")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "BROWSER": "true", "COLUMNS": "80", "NO_COLOR": "1"}
    with subprocess.Popen(BARE, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in (*answers, _END, _END)).encode())
        seen = b""
        while chunk := _read(ours):
            seen += chunk
    os.close(ours)
    return seen.decode(), process.returncode


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is gone
        return b""


def test_a_newcomer_drags_a_list_in(tmp_path):
    folder = tmp_path / "my lists"
    folder.mkdir()
    (folder / "spring fair.csv").write_text(LIST, encoding="utf-8")
    shown, code = conversation(
        ["nowhere.csv", f"'{folder / 'spring fair.csv'}'", "9", "salesforce", "us", "n"], tmp_path
    )
    assert code == 0, shown
    assert "There is no file nowhere.csv" in shown
    assert "Type a number from 1 to 6" in shown
    assert "2 rows ready for Salesforce" in shown
    assert (folder / "spring fair-clean" / "1-import.csv").is_file()
    again, _ = conversation([str(folder / "spring fair.csv").replace(" ", "\\ "), "", "", "n"], tmp_path)
    assert "ready for HubSpot in" in again
    assert (folder / "spring fair-clean-2" / "READ-ME-FIRST.html").is_file()


def test_without_a_terminal_it_shows_the_help(tmp_path):
    done = subprocess.run(BARE, cwd=tmp_path, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "crmclean [OPTIONS] COMMAND" in done.stdout


@pytest.mark.parametrize(
    ("text", "windows", "path"),
    [
        ("/data/list.csv", False, "/data/list.csv"),
        ("  '/data/my list.csv' ", False, "/data/my list.csv"),
        ('"/data/my list.csv"', False, "/data/my list.csv"),
        ("/data/my\\ list.csv", False, "/data/my list.csv"),
        ("/data/my list.csv", False, "/data/my list.csv"),
        ("file:///data/my%20list.csv", False, "/data/my list.csv"),
        ("Ann's list.csv", False, "Ann's list.csv"),
        ("& 'D:/my list.csv'", True, "D:/my list.csv"),
        ('"D:/my list.csv"', True, "D:/my list.csv"),
        ("D:/list.csv", True, "D:/list.csv"),
    ],
)
def test_a_dropped_file_is_found(text, windows, path):
    assert dropped(text, windows=windows) == Path(path)
