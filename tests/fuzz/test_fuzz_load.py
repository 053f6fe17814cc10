"""The fuzz target itself works: a short run over fixed seeds finds nothing, and it does find what is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

TARGET = Path(__file__).with_name("fuzz_load.py")
PLANTED = """
import runpy
import crmclean.files.read as read
def broken(path, options=None):
    if b"Ann" in path.read_bytes():
        raise ValueError("planted")
    return found(path)
found, read.read_table = read.read_table, broken
import sys
sys.argv = [{target!r}, "-runs=50", "-seed=1"]
runpy.run_path({target!r}, run_name="fuzz")
"""


def _run(tmp_path, *command):
    pytest.importorskip("atheris")
    return subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_short_run_finds_nothing(tmp_path):
    done = _run(tmp_path, str(TARGET), "-runs=150", "-seed=1")
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_wrong_is_found(tmp_path):
    script = tmp_path / "planted.py"
    script.write_text(PLANTED.format(target=str(TARGET)), encoding="utf-8")
    done = _run(tmp_path, str(script))
    assert done.returncode != 0
    assert "planted" in done.stdout + done.stderr
    assert list(tmp_path.glob("crash-*"))
