"""Every command of the tutorial and the README does what the page says."""

import contextlib
import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from crmclean.cli.app import COMMANDS, app

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXIT_CODES = {"crmclean run --through validate": [10, 11], "crmclean status": [0], "crmclean run": [11, 11]}
NAMES = {function.__name__.strip("_") for functions in COMMANDS.values() for function in functions}


def blocks(page):
    """Return (language, text) of every code block."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(page):
    lines = [line.split("#")[0].strip() for kind, text in blocks(page) if kind == "sh" for line in text.splitlines()]
    return [line for line in lines if line.startswith("crmclean ")]


def record(folder, outcome):
    """Return a contact with this outcome and a phone, which stands in for the page's placeholder."""
    ledger = pl.read_csv(folder / "run" / "report" / "ledger.csv", infer_schema=False)
    fitting = ledger.filter((pl.col("object") == "contacts") & (pl.col("outcome") == outcome))
    return fitting["record"][0]


def test_the_tutorial_runs_as_it_is_written(tmp_path):
    expected = {command: list(codes) for command, codes in EXIT_CODES.items()}
    folder = tmp_path
    for kind, text in blocks(TUTORIAL):
        if kind == "toml":
            with (folder / "migration.toml").open("a", encoding="utf-8") as plan:
                plan.write("\n" + text)
        for line in text.splitlines() if kind == "sh" else ():
            if line.startswith("cd "):
                folder = folder / line.removeprefix("cd ")
                continue
            words = shlex.split(line)[1:]
            for name, outcome in (("RECORD", "merged"), ("ARCHIVED", "archived")):
                words = [record(folder, outcome) if word == name else word for word in words]
            with contextlib.chdir(folder):
                done = CliRunner().invoke(app, words)
            code = expected[line].pop(0) if expected.get(line) else 0
            assert done.exit_code == code, (line, done.stdout, done.stderr)
    assert not any(expected.values())
    restored = pl.read_csv(folder / "decisions" / "restored.csv", infer_schema=False)["record"][0]
    ledger = pl.read_csv(folder / "run" / "report" / "ledger.csv", infer_schema=False)
    assert ledger.filter(pl.col("record") == restored)["outcome"].to_list() != ["archived"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_on_the_page_exists_with_its_options(page):
    for line in commands(page):
        _, name, *words = shlex.split(line.split(" > ")[0])
        assert name in NAMES, line
        shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).stdout
        unknown = [word for word in words if word.startswith("-") and not re.search(rf"(?<!\S){word}(?!\S)", shown)]
        assert unknown == [], line
