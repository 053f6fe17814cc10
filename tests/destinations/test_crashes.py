"""kill -9 at every durable edge, then the same command again: nothing lost, nothing doubled."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from checker import judge
from small_crm import SCHEMA

from crmclean.destinations.databases.sqlite import SqliteDestination

HERE = Path(__file__).parent
STEP = 1 if os.environ.get("CRMCLEAN_NO_SKIPS") else 3  # .ci/run dies at every edge, a plain run at every third


def import_once(folder, fatal=0, *more):
    command = [sys.executable, HERE / "crashing.py", folder, str(fatal), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def kept(folder):
    return {what: found for what, found in judge(folder).items() if found}


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    golden = import_once(folder)
    assert golden.returncode == 0, golden.stderr
    assert kept(folder) == {}
    return int(golden.stdout)


def broken_by(folder, *fatal):
    """Kill at the given edges, one run each, then run to the end; return what the checker says."""
    folder.mkdir()
    return finished(folder, *fatal)


def finished(folder, *fatal):
    """The same in a folder that is there."""
    for edge in fatal:
        killed = import_once(folder, edge)
        assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
    last = import_once(folder)
    assert last.returncode == 0, last.stderr
    return kept(folder)


def test_a_kill_at_any_edge_loses_and_doubles_nothing(edges, tmp_path):
    assert edges > 40
    with ThreadPoolExecutor(2) as pool:
        runs = {edge: pool.submit(broken_by, tmp_path / str(edge), edge) for edge in range(1, edges + 1, STEP)}
    assert {edge: run.result() for edge, run in runs.items() if run.result()} == {}


def test_a_kill_of_the_resumed_run_loses_and_doubles_nothing(edges, tmp_path):
    chooser = random.Random(7)
    pairs = [(chooser.randint(1, edges), chooser.randint(1, edges)) for _ in range(18 // STEP)]
    with ThreadPoolExecutor(2) as pool:
        runs = {pair: pool.submit(broken_by, tmp_path / f"{number}", *pair) for number, pair in enumerate(pairs)}
    assert {pair: run.result() for pair, run in runs.items() if run.result()} == {}


def test_the_same_command_again_sends_nothing(edges, tmp_path):
    import_once(tmp_path)
    before = (tmp_path / "target.sqlite").read_bytes()
    again = import_once(tmp_path)
    assert int(again.stdout) < edges / 4
    assert (tmp_path / "target.sqlite").read_bytes() == before


def adopted(folder, *fatal):
    """Import over two records that others made, killed at the given edges; return what the checker says."""
    folder.mkdir()
    with closing(SqliteDestination(folder / "target.sqlite")) as destination:
        destination.prepare(SCHEMA)
    with closing(sqlite3.connect(folder / "target.sqlite")) as database, database:
        database.execute("INSERT INTO Account (_id, key, Name) VALUES (50, 'theirs', 'Theirs')")
        database.execute("INSERT INTO Contact (_id, key, LastName) VALUES (51, 'also theirs', 'Theirs')")
    existing = {"s:companies:1": "50", "s:contacts:4": "51"}
    (folder / "existing.json").write_text(json.dumps(existing), encoding="utf-8")
    return finished(folder, *fatal)


def test_a_kill_while_records_of_others_are_adopted_loses_and_doubles_nothing(edges, tmp_path):
    assert adopted(tmp_path / "golden") == {}
    chooser = random.Random(3)
    single = [(edge,) for edge in range(2, edges + 8, 2 * STEP)]
    pairs = [(chooser.randint(1, edges), chooser.randint(1, edges)) for _ in range(12 // STEP)]
    with ThreadPoolExecutor(2) as pool:
        runs = {fatal: pool.submit(adopted, tmp_path / str(fatal), *fatal) for fatal in {*single, *pairs}}
    assert {fatal: run.result() for fatal, run in runs.items() if run.result()} == {}


def there_and_back(folder, *fatal):
    """Import, send a second round and take it back, killed at the given edges; return what is not as it was."""
    folder.mkdir()
    for edge in fatal:
        killed = import_once(folder, edge, "--back")
        assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
    last = import_once(folder, 0, "--back")
    assert last.returncode == 0, last.stderr
    found = kept(folder)
    return {what: found[what] for what in ("lost", "doubled", "stray", "wrong", "crosswalk") if what in found}


def test_a_kill_in_a_later_round_or_in_its_rollback_loses_and_doubles_nothing(tmp_path):
    golden = import_once(tmp_path, 0, "--back")
    assert golden.returncode == 0, golden.stderr
    edges = int(golden.stdout)
    assert there_and_back(tmp_path / "golden") == {}
    chooser = random.Random(11)
    single = [(edge,) for edge in range(50, edges + 1, STEP * STEP)]
    pairs = [(chooser.randint(50, edges), chooser.randint(10, 60)) for _ in range(12 // STEP)]
    with ThreadPoolExecutor(2) as pool:
        runs = {fatal: pool.submit(there_and_back, tmp_path / str(fatal), *fatal) for fatal in {*single, *pairs}}
    assert {fatal: run.result() for fatal, run in runs.items() if run.result()} == {}
