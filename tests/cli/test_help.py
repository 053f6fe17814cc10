"""Help is quick, complete, and fits 80 columns."""

import json
import os
import subprocess
import sys
from itertools import pairwise

import pytest

from crmclean.cli.app import COMMANDS

NAMES = [function.__name__.strip("_") for functions in COMMANDS.values() for function in functions]
HEAVY = ("polars", "phonenumbers", "rapidfuzz", "email_validator", "sqlite3")
PROBE = """
import sys, json
from crmclean.cli.app import main
sys.argv = ["crmclean", *json.loads(sys.argv[1]), "--help"]
try:
    main()
except SystemExit as end:
    print("\\nLOADED", json.dumps([end.code, sorted(sys.modules)]))
"""


def help_of(*command):
    """Return exit code, help text and loaded modules of a fresh process."""
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    words = [sys.executable, "-c", PROBE, json.dumps(command)]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", env=environment, check=True)
    text, _, tail = done.stdout.rpartition("\nLOADED ")
    code, modules = json.loads(tail)
    return code, text, set(modules)


def story(text):
    """Return the lines of a help between its usage and its options."""
    return [line.strip() for line in text.split("Usage:")[1].split("╭")[0].splitlines()[1:]]


@pytest.mark.parametrize("command", [[], *([name] for name in NAMES)], ids=lambda words: words[0] if words else "root")
def test_help_loads_nothing_heavy_and_fits_80_columns(command):
    code, text, modules = help_of(*command)
    assert code == 0
    assert not modules & set(HEAVY)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    short = [line for line, after in pairwise(story(text)) if line and after and len(line) + len(after.split()[0]) < 78]
    assert short == []  # broken where the terminal ends, not where the source does


def test_the_root_help_lists_every_command_under_its_group():
    _, text, _ = help_of()
    positions = [text.index(f"─ {group} ─") for group in COMMANDS]
    assert positions == sorted(positions)
    assert [name for name in NAMES if f"│ {name} " not in text] == []
