"""What a user types, on small workspaces whose exports are invented here."""

import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

from typer.testing import CliRunner

from crmclean.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
HEADER = "Id,FirstName,LastName,Email,CreatedDate\n"


def person(number, last=None, created=None):
    """One line of an export of contacts."""
    moment = created or f"2026-0{number}-01T00:00:00Z"
    return f"003A00000{number:05}AAA,Ann{number},{last or f'Lee{number}'},ann{number}@example.com,{moment}\n"


def export(folder, *lines, header=HEADER):
    """Write the export of a workspace."""
    (folder / "exports" / "Contact.csv").write_text(header + "".join(lines), encoding="utf-8")


def typed(folder, *words):
    """Run a command as a user does, within this process; return its exit code and everything that it said."""
    with chdir(folder):
        done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout + done.stderr


def started(folder, *words, python=("-m", "crmclean")):
    """Start a command as a process of its own; `ended` waits for it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, *python, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, **pipes)


def ended(process):
    """Wait for a process; return its exit code and everything that it said."""
    told = process.communicate(timeout=120)[0]
    return process.returncode, told


def made(root, target, *destinations, lines=None, header=HEADER):
    """Make a workspace of four people and run it up to validate; `destinations`: text for the plan."""
    (root / "Contact.csv").write_text(header + "".join(lines or map(person, range(1, 5))), encoding="utf-8")
    code, told = typed(root, "init", "acme", "Contact.csv", "--target", target, "--yes", "-q")
    assert code == 0, told
    folder = root / "acme"
    with (folder / "migration.toml").open("a", encoding="utf-8") as plan:
        plan.write("\n" + "\n".join(destinations))
    code, told = typed(folder, "run", "--through", "validate", "-q")
    assert code == 0, told
    return folder
