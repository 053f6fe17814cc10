"""The CI recipes do in plain shell what their pages say: exit code, summary, annotations, and no personal data."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / ".github" / "actions" / "crmclean" / "action.yml").read_text(encoding="utf-8"))
JOBS = yaml.safe_load((ROOT / ".gitlab" / "crmclean.yml").read_text(encoding="utf-8"))
GITLAB, HYGIENE = JOBS[".crmclean"], JOBS[".crmclean-hygiene"]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
PERSONAL = ("ledger.csv", "index.html", "before-import.xlsx")
STOPPED_OR_ASKED = (10, 11)


@pytest.fixture(scope="module")
def shell():
    found = shutil.which("bash")
    if not found:
        pytest.skip("bash is not on this machine")
    return found


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    crmclean(folder, "sample", "exports", "--rows", "300")
    crmclean(folder, "init", "acme", "exports", "--target", "hubspot", "--region", "US", "--yes")
    return folder / "acme"


def crmclean(folder, *words):
    subprocess.run([sys.executable, "-m", "crmclean", *words], cwd=folder, check=True, capture_output=True)


def surroundings(tmp_path, **more):
    """The environment of a job: the command on the path, and the two files that GitHub gives every step."""
    tools = tmp_path / "bin"
    tools.mkdir()
    script = tools / "crmclean"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crmclean "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    return {**os.environ, **files, **more, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def ran(shell, script, given):
    """Run a script the way both services do: it ends at the first command that fails."""
    words = [shell, "-eo", "pipefail", "-c", script]
    return subprocess.run(words, env=given, capture_output=True, text=True, check=False)


def step(name):
    return next(step for step in ACTION["runs"]["steps"] if step.get("name") == name)


def uploaded(name):
    return {line.strip().rpartition("/")[2] for line in step(name)["with"]["path"].splitlines()}


def test_the_action_hands_on_exit_code_and_summary(shell, workspace, tmp_path):
    given = surroundings(tmp_path, COMMAND=ACTION["inputs"]["command"]["default"], WORKSPACE=str(workspace))
    done = ran(shell, step("crmclean")["run"], given)
    assert done.returncode in STOPPED_OR_ASKED, done.stderr
    assert (tmp_path / "output").read_text() == f"exit-code={done.returncode}\n"
    summary = (workspace / "run" / "report" / "summary.md").read_text(encoding="utf-8")
    assert (tmp_path / "summary").read_text(encoding="utf-8") == summary
    annotations = (workspace / "run" / "report" / "annotations.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in done.stdout.splitlines() if line.startswith("::")] == annotations
    files = {line.partition("file=")[2].partition(",")[0] for line in annotations}
    assert files
    assert [name for name in files if not (workspace / name).is_file()] == []


def test_the_action_hands_on_a_refusal_without_a_report(shell, tmp_path):
    given = surroundings(tmp_path, COMMAND="run", WORKSPACE=str(tmp_path))
    done = ran(shell, step("crmclean")["run"], given)
    assert done.returncode == 3
    assert "hint:" in done.stderr
    assert (tmp_path / "output").read_text() == "exit-code=3\n"
    assert not (tmp_path / "summary").exists()


def test_the_gitlab_job_ends_with_the_exit_code(shell, workspace, tmp_path):
    command = GITLAB["variables"]["CRMCLEAN_COMMAND"]
    given = surroundings(tmp_path, CRMCLEAN_COMMAND=command, CRMCLEAN_WORKSPACE=str(workspace))
    done = ran(shell, GITLAB["script"][-1], given)
    assert done.returncode in STOPPED_OR_ASKED, done.stderr
    assert GITLAB["allow_failure"]["exit_codes"] == [11]


def test_the_scorecard_of_two_jobs_has_one_history(shell, workspace, tmp_path):
    """Both services give the file back to a fresh folder, so the second job must find the first one's runs in it."""
    command = HYGIENE["variables"]["CRMCLEAN_COMMAND"]
    history = Path(HYGIENE["cache"]["paths"][0]).name
    for job, day in (("first", "2026-07-01"), ("second", "2026-07-15")):
        folder = tmp_path / job
        shutil.copytree(workspace / "exports", folder / "exports")
        if job == "second":
            shutil.copy(tmp_path / "first" / history, folder)
        (tmp_path / job / "shell").mkdir()
        dated = f"{command} --as-of {day}"
        given = surroundings(folder / "shell", CRMCLEAN_COMMAND=dated, CRMCLEAN_WORKSPACE=str(folder))
        done = ran(shell, GITLAB["script"][-1], given)
        assert done.returncode in (0, 10), done.stderr
    told = (tmp_path / "second" / "crmclean-hygiene" / "scorecard.md").read_text(encoding="utf-8")
    assert "run 2 in the history" in told
    given = surroundings(tmp_path, COMMAND=command, WORKSPACE=str(tmp_path / "second"))
    assert ran(shell, step("crmclean")["run"], given).returncode in (0, 10)
    told = (tmp_path / "second" / "crmclean-hygiene" / "scorecard.md").read_text(encoding="utf-8")
    assert told in (tmp_path / "summary").read_text(encoding="utf-8")


def test_the_history_is_kept_when_a_gate_closed():
    assert "always()" in step("Keep the history, also when a gate closed")["if"]
    assert HYGIENE["cache"]["when"] == "always"


def test_artifacts_hold_no_personal_data_unless_asked():
    assert ACTION["inputs"]["upload"]["default"] == "safe"
    kept = uploaded("Keep what holds no personal data") | {Path(path).name for path in GITLAB["artifacts"]["paths"]}
    assert kept & set(PERSONAL) == set()
    assert "inputs.upload == 'all'" in step("Keep the whole report")["if"]


def test_inputs_reach_the_shell_as_variables_only():
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []


def test_the_workflow_covers_what_the_project_promises():
    matrix = WORKFLOW["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
