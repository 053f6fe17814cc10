"""Generated parts of README and docs equal the code, and links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_parts_are_up_to_date(page, generator):
    text = page.read_text(encoding="utf-8")
    hint = "run: python docs/generate.py"
    assert generator.generate(text) == text, hint
    if "<!-- generated:" in text:
        assert str(page.relative_to(ROOT).as_posix()) in generator.PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_within_the_project_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http://", "https://"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_readme_holds_the_two_commands_near_its_top():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "pip install . && crmclean demo" in lines[:8]
    assert 'pip install -e ".[dev]" && pytest' in lines[:8]


def test_every_how_to_can_be_found_from_the_front_pages():
    front = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    pages = sorted((ROOT / "docs" / "how-to").glob("*.md"))
    assert [page.name for page in pages if f"docs/how-to/{page.name}" not in front] == []
