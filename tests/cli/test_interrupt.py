"""Ctrl-C ends with 130 and leaves whole phases; the same command again goes on from there."""

import json
import signal
import subprocess
import sys
import time

import pytest


def finished(folder):
    """Return the phases that events.jsonl says have finished."""
    events = folder / "run" / "events.jsonl"
    lines = events.read_text(encoding="utf-8").splitlines() if events.is_file() else []
    return [event["phase"] for event in map(json.loads, lines) if event["kind"] == "finished"]


def wait_for(phase, folder, process):
    while phase not in finished(folder):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    words = [sys.executable, "-m", "crmclean", "demo", str(tmp_path / "demo")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for("load", tmp_path / "demo", process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert err.splitlines()[-3].startswith("error: crmclean: stopped by Ctrl-C")
    left = sorted(path.name for path in (tmp_path / "demo" / "run").rglob(".*"))
    assert left == []
    again = subprocess.run(words, check=False, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert finished(tmp_path / "demo").count("load") == 1
