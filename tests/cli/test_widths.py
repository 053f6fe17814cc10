"""What a terminal of 80 and of 120 columns shows: no line wraps, the next step stands last, colours can go."""

import os
import re
import struct
import subprocess
import sys

import pytest

from crmclean.samples.generate import write_sample
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import run

fcntl = pytest.importorskip("fcntl", reason="needs a terminal of the Unix kind")
termios = pytest.importorskip("termios", reason="needs a terminal of the Unix kind")
pty = pytest.importorskip("pty", reason="needs a terminal of the Unix kind")

COMMANDS = [
    "status",
    "run --through validate",
    "profile exports",
    "doctor",
    "explain EMAIL",
    "map --suggest",
    "schema hubspot contacts",
    "hygiene exports",
]
PALE = re.compile(r"\x1b\[[0-9;]*\b(?:37|97|33|93|92|96)m")  # white, yellow and light ones vanish on white paper
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("widths")
    write_sample(folder / "given", rows=200, seed=1)
    initialize(folder / "acme", [folder / "given"], Answers("hubspot", region="US"))
    run(folder / "acme", through="validate")
    return folder / "acme"


def shown(command, columns, folder, **more):
    """Return what a command writes on a terminal of that width, as bytes of colour and text."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    given = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    given |= {"TERM": "xterm-256color", **more}
    words = [sys.executable, "-m", "crmclean", *command.replace("EMAIL", "nobody@example.com").split()]
    with subprocess.Popen(words, cwd=folder, env=given, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        seen = b""
        while chunk := _read(ours):
            seen += chunk
    os.close(ours)
    return seen.decode()


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is gone
        return b""


def lines(text):
    return [line.rsplit("\r", 1)[-1] for line in _ESCAPE.sub("", text).replace("\r\n", "\n").splitlines()]


@pytest.mark.parametrize(("command", "columns"), [(command, (80, 120)[n % 2]) for n, command in enumerate(COMMANDS)])
def test_nothing_is_wider_than_the_terminal(command, columns, workspace):
    text = shown(command, columns, workspace)
    assert [line for line in lines(text) if len(line) > columns] == []
    assert PALE.search(text) is None


def test_the_next_step_stands_last(workspace):
    assert lines(shown("status", 80, workspace))[-1].startswith("Next: ")


def test_colours_can_be_turned_off(workspace):
    text = shown("status", 80, workspace, NO_COLOR="1")
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", text) is None
