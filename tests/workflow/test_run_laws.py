"""The laws over a whole run: the same bytes again, in any order of rows, on any number of threads, after kill -9."""

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from crmclean.errors import ExitCode, InputError, RefusedError
from crmclean.matching.decisions import DECISIONS
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.pipeline.store import tables
from crmclean.plan.read import read_plan
from crmclean.values.codes import CODES
from crmclean.workflow.run import phase, run
from crmclean.workspace.paths import Workspace
from crmclean.workspace.shipped import shipped

OF_THE_CLOCK = {"events.jsonl", "timings.json", "run.log"}


def migration(folder: Path) -> Path:
    """Copy the sample migration; the key of hashes belongs to the state, which all runs here share."""
    shutil.copytree(shipped("sample_data"), folder)
    (folder / "state").mkdir()
    (folder / "state" / "review.key").write_text("0" * 64, encoding="utf-8")
    return folder


def files_of(root: Path) -> dict[str, bytes]:
    """Every file of run/ and archive/ that has to be the same bytes again."""
    found = [path for name in ("run", "archive") for path in sorted((root / name).rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in found if path.name not in OF_THE_CLOCK}


def fates_of(root: Path) -> list[tuple[str, ...]]:
    """The ledger without provenance and without ids that the target gave."""
    ledger = pl.read_csv(root / "run" / "report" / "ledger.csv", infer_schema=False)
    return ledger.select("object", "record", "outcome", "into", "code", "stage").sort("object", "record").rows()


def command(root: Path) -> list[str]:
    return [sys.executable, "-m", "crmclean", "run", "-w", str(root), "--quiet", "--no-progress"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    root = migration(tmp_path_factory.mktemp("laws") / "acme")
    assert run(root).exit_code in (ExitCode.DONE, ExitCode.WAITING)
    return root


def test_the_same_inputs_give_the_same_bytes(finished, tmp_path):
    again = migration(tmp_path / "acme")
    run(again)
    first, second = files_of(finished), files_of(again)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_one_thread_gives_the_same_bytes(finished, tmp_path):
    again = migration(tmp_path / "acme")
    subprocess.run(command(again), env=os.environ | {"POLARS_MAX_THREADS": "1"}, check=False, capture_output=True)
    first, second = files_of(finished), files_of(again)
    assert [name for name in first if first[name] != second.get(name)] == []


def test_a_second_run_does_no_phase_again_and_changes_no_file(finished):
    before = files_of(finished)
    events = []
    run(finished, notify=events.append)
    assert {event.kind for event in events if event.phase not in ("import", "audit")} == {"skipped"}
    after = files_of(finished)
    assert [name for name in before if before[name] != after.get(name)] == []


def test_shuffled_exports_have_the_same_fates(finished, tmp_path):
    again = migration(tmp_path / "acme")
    for path in sorted((again / "exports").glob("*.csv")):
        shuffle(path)
    run(again)
    assert fates_of(again) == fates_of(finished)


def shuffle(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig")
    delimiter = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    head, *rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    random.Random(7).shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows([head, *rows])


def test_normalize_on_its_own_output_changes_nothing(finished):
    again = normalize(read_plan(finished), tables(Workspace(finished), "normalize"))
    assert again.changes.select("object", "field", "before", "after").rows() == []


def test_dedupe_on_its_own_output_merges_nothing_more(finished):
    workspace = Workspace(finished)
    nothing = pl.DataFrame(schema=DECISIONS)
    again = dedupe(read_plan(finished), tables(workspace, "dedupe"), nothing, b"key")
    assert again.changes.filter(pl.col("field") == "_outcome").rows() == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.9])
def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_happened(finished, tmp_path, share):
    root = migration(tmp_path / "acme")
    kill_at(root, share)
    subprocess.run(command(root), check=False, capture_output=True)
    assert fates_of(root) == fates_of(finished)
    first, second = files_of(finished), files_of(root)
    assert [name for name in first if first[name] != second.get(name)] == []
    assert not list(root.rglob(".*.part"))


def test_what_a_killed_run_left_half_written_goes_with_the_next(finished):
    left = [finished / "run" / ".timings.json.part", finished / "run" / "report" / ".index.html.part"]
    folder = finished / "run" / ".map.part"
    folder.mkdir()
    for path in (*left, folder / "phase.json", finished / "archive" / ".contacts.csv.part"):
        path.write_text("{", encoding="utf-8")
    run(finished)
    assert not list(finished.rglob(".*.part"))


def kill_at(root: Path, share: float) -> None:
    """Kill a run after a share of its phases has left a folder, somewhere within the next one."""
    phases = ("load", "normalize", "dedupe", "stale", "map", "validate", "import", "audit")
    wanted = root / "run" / phases[int(share * len(phases)) - 1]
    child = subprocess.Popen(command(root), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not wanted.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    child.kill()
    child.wait()


def test_a_file_that_the_plan_does_not_speak_of_stops_before_the_import(finished, tmp_path):
    root = migration(tmp_path / "acme")
    (root / "exports" / "attachments.csv").write_text("name\ncontract.pdf\n", encoding="utf-8")
    result = run(root)
    assert result.exit_code == ExitCode.GATE
    closed = [gate["name"] for gate in result.data["gates"] if not gate["passed"]]
    assert closed == ["undecided_files"]
    assert not (root / "rehearsal.sqlite").exists()


def test_every_reason_on_record_is_in_the_list(finished):
    given = set()
    for name in ("changes", "findings"):
        for path in (finished / "run").glob(f"*/{name}.parquet"):
            given |= set(pl.read_parquet(path)["code"])
    given |= set(pl.read_csv(finished / "run" / "report" / "ledger.csv", infer_schema=False)["code"])
    assert sorted(given - CODES.keys()) == []


def test_a_single_phase_on_outdated_ones_is_refused_and_says_what_to_type(finished, tmp_path):
    root = tmp_path / "acme"
    shutil.copytree(finished, root)
    path = root / "exports" / "salesforce" / "Contact.csv"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    with pytest.raises(InputError) as missing:
        phase(root, "stale")
    assert "crmclean dedupe" in missing.value.faults[0].hint
    for name in ("import", "audit"):
        with pytest.raises(RefusedError) as refused:
            phase(root, name)
        assert "crmclean run" in refused.value.faults[0].hint
