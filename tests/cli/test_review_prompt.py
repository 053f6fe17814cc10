"""`crmclean review` at a real terminal: what is asked and shown, and that every answer is saved before the next one."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from crmclean.matching.decisions import read_decisions
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.matching.review import questions
from crmclean.pipeline.store import Phase, save
from crmclean.workspace.paths import Workspace

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

NAMES = [("John", "Smith"), ("Mary", "Jones"), ("Ann", "Reed"), ("Bob", "Cole"), ("Eva", "Hunt"), ("Max", "Frey")]
PROMPT = "q stop"


@pytest.fixture
def root(tmp_path):
    frame = pl.DataFrame(
        {
            "_record": [f"crm:contacts:{n}" for n in range(6)],
            "_source": ["crm"] * 6,
            "first_name": [first for first, _ in NAMES],
            "last_name": [last for _, last in NAMES],
            "email": [f"{mailbox}@acme.com" for mailbox in "aabbcc"],
        }
    )
    asked = questions(match("contacts", frame, MatchSettings()), frame)
    save(Workspace(tmp_path), "dedupe", Phase({}, frames={"questions-contacts": asked}), "key")
    return tmp_path


class Reviewer:
    """A person at a terminal."""

    def __init__(self, root):
        self.near, far = pty.openpty()
        command = [sys.executable, "-m", "crmclean", "review", "--by", "ann", "-w", str(root)]
        environment = os.environ | {"COLUMNS": "100", "TERM": "xterm"}
        self.process = subprocess.Popen(
            command, stdin=far, stdout=far, stderr=far, env=environment, start_new_session=True
        )
        os.close(far)

    def sees(self, words):
        """Read until the words are there."""
        text, deadline = "", time.monotonic() + 60
        while words not in text and time.monotonic() < deadline:
            if select.select([self.near], [], [], 1)[0]:
                try:
                    text += os.read(self.near, 65536).decode()
                except OSError:  # the other end is closed
                    break
        assert words in text, text
        return text

    def interrupts(self):
        """Type Ctrl-C until it is heard; one in the instant before the prompt waits is heard with the next."""
        for _ in range(10):
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=3)
                return

    def types(self, keys):
        os.write(self.near, keys.encode())

    def ends(self):
        return self.process.wait(timeout=60)


@pytest.fixture
def reviewer(root):
    at_work = Reviewer(root)
    yield at_work
    at_work.process.kill()
    at_work.process.wait()
    os.close(at_work.near)


def verdicts(root):
    decisions = read_decisions(root / "decisions" / "pairs.csv")
    return {
        left[-1]: (verdict, survivor)
        for left, verdict, survivor in decisions.select("left", "verdict", "survivor").rows()
    }


def test_each_answer_is_saved_before_the_next_pair_is_shown_and_can_be_taken_back(root, reviewer):
    first = reviewer.sees(PROMPT)
    assert "contacts 1 of 3" in first
    assert "≠ first_name" in first
    assert "  email" in first
    for word in ("merge", "not a duplicate", "skip", "undo", "merge into A"):
        assert word in first
    reviewer.types("m\n")
    assert "min left" in reviewer.sees(PROMPT)
    assert verdicts(root) == {"0": ("merge", None)}
    reviewer.types("n\n")
    reviewer.sees(PROMPT)
    assert verdicts(root) == {"0": ("merge", None), "2": ("different", None)}
    reviewer.types("u\n")
    assert "contacts 2 of 3" in reviewer.sees(PROMPT)
    assert verdicts(root) == {"0": ("merge", None)}
    reviewer.types("x\n")
    assert "contacts 2 of 3" in reviewer.sees(PROMPT)
    reviewer.types("b\n")
    reviewer.sees(PROMPT)
    reviewer.types("s\n")
    reviewer.sees("3 answers saved")
    assert reviewer.ends() == 0
    assert verdicts(root) == {"0": ("merge", None), "2": ("merge", "crm:contacts:3"), "4": ("skip", None)}


@pytest.mark.parametrize(("keys", "code"), [("q\n", 11), (None, 130), ("\x04", 11)], ids=["q", "ctrl-c", "end"])
def test_who_stops_keeps_the_answers_and_goes_on_later(root, reviewer, keys, code):
    reviewer.sees(PROMPT)
    reviewer.types("n\n")
    reviewer.sees(PROMPT)
    reviewer.types(keys) if keys else reviewer.interrupts()
    assert reviewer.ends() == code
    assert verdicts(root) == {"0": ("different", None)}
    again = Reviewer(root)
    try:
        assert "contacts 1 of 2" in again.sees(PROMPT)
    finally:
        again.process.kill()
        again.process.wait()
        os.close(again.near)
