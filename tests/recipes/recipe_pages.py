"""Reads how-to pages as recipes: files with their paths, patches, and commands, in order."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def copy_of_the_project(folder):
    """Copy what a contributor edits; the copy stands first on the path of the commands that run in it."""
    for name in ("crmclean", "mappings", "sample_data", "tests", "pyproject.toml"):
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "golden", ".*")
        shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)
    return folder


def steps(page):
    """Yield (path or None, language, text) of every block of a page."""
    return [match.groups() for match in _BLOCK.finditer((ROOT / page).read_text(encoding="utf-8"))]


def follow(page, folder, environment):
    """Do what a page says in a copy of the project, and yield (command, finished process) for each command."""
    for path, language, text in steps(page):
        if language == "sh":
            for line in text.splitlines():
                yield line, run(line, folder, environment)
        elif language == "diff":
            patch(folder / path, text)
        else:
            written = folder / path
            assert not written.exists(), f"{path} stands already"
            written.write_text(text, encoding="utf-8")


def run(line, folder, environment):
    words = [sys.executable, "-m", *shlex.split(line)]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def patch(path, text):
    """Apply one hunk of a diff: its context must stand in the file exactly once."""
    lines = text.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if not line.startswith("+"))
    new = "".join(line[1:] for line in lines if not line.startswith("-"))
    content = Path(path).read_text(encoding="utf-8")
    assert content.count(old) == 1, f"the context of the patch of {path} stands {content.count(old)} times"
    Path(path).write_text(content.replace(old, new), encoding="utf-8")
