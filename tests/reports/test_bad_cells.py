"""Markup, scripts, formulas, control codes and giant cells stay text in every output: HTML, XLSX, CSV and terminal."""

import csv
import re
import shutil
import zipfile
from html.parser import HTMLParser

import openpyxl
import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app
from crmclean.workflow.export import export
from crmclean.workflow.handover import handover
from crmclean.workflow.hygiene import Request, hygiene
from crmclean.workflow.run import run

SCRIPT, FORMULA = "<script>alert('x')</script>", '=HYPERLINK("http://evil.example";"x")'
IMAGE, CONTROL, GIANT = "<img src=x onerror=alert(1)>", "Ann\x1b[31m\x07\u202eLee", "G" * 100_000
PLAN = """
version = 1
name = "<b>acme</b>"
[target]
crm = "hubspot"
[gates]
stale_share = 1
predicted_rejects = 1
undecided_columns = 99
unmapped_picklist_values = 99
stage_rejects = 1
[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/people.csv"
object = "contacts"
"""
HEADER = ["Id", "First Name", "Last Name", "Email", "Company", "Lifecycle Stage", SCRIPT]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """A workspace whose every name is nasty, run, exported and handed over."""
    acme = tmp_path_factory.mktemp("bad") / "acme"
    (acme / "exports").mkdir(parents=True)
    (acme / "migration.toml").write_text(PLAN, encoding="utf-8")
    nasty = [SCRIPT, FORMULA, IMAGE, CONTROL, GIANT, "+1+1", "@SUM(A1)", "-2+3"]
    rows = []
    for number, text in enumerate(nasty):
        rows += [[f"{number}{copy}", text, text, f"p{number}@example.com", text, text, text] for copy in "ab"]
    with (acme / "exports" / "people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    run(acme)
    export(acme, acme / "bi", csv=True)
    handover(acme, acme / "handover")
    hygiene(Request(workspace=acme, out=acme / "card", how="exact", fail_on="never"))
    return acme


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def pages(folder, ending):
    return sorted(path for path in folder.rglob(f"*{ending}") if "exports" not in path.parts)


def test_pages_hold_no_tag_of_the_data_and_stay_small(outputs):
    found = pages(outputs, ".html")
    assert {path.name for path in found} >= {"index.html", "handover.html", "scorecard.html"}
    for path in found:
        text = path.read_text(encoding="utf-8")
        reader = Tags()
        reader.feed(text)
        assert not {"script", "img", "b", "iframe"} & reader.tags
        assert not {name for name in reader.attributes if name.startswith("on")}
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
        assert len(text) < 2_000_000
    assert "&lt;script&gt;" in (outputs / "run" / "report" / "index.html").read_text(encoding="utf-8")


def test_no_cell_of_a_workbook_runs_or_breaks_it(outputs):
    found = pages(outputs, ".xlsx")
    assert {path.name for path in found} >= {"tables.xlsx", "before-import.xlsx"}
    for path in found:
        with zipfile.ZipFile(path) as book:
            assert not any("<f>" in book.read(name).decode("utf-8") for name in book.namelist())
        cells = [
            cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value
        ]
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
        assert max(len(str(cell.value)) for cell in cells) <= 32_767


@pytest.mark.parametrize("place", ["run/report", "bi", "handover", "run/audit/rehearsal"])
def test_no_cell_of_a_list_for_people_starts_a_formula(outputs, place):
    csv.field_size_limit(1_000_000)
    for path in pages(outputs / place, ".csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                risky = [cell for cell in row if re.match(r"[=+\-@\t\r]", cell)]
                assert [cell for cell in risky if not re.fullmatch(r"[+-]?\d+(\.\d+)?", cell)] == [], path.name


@pytest.mark.parametrize(
    "words", [["status"], ["explain", "old:contacts:3a"], ["explain", "p4@example.com"], ["run"], ["audit"]]
)
def test_the_terminal_gets_no_control_code(outputs, words):
    done = CliRunner().invoke(app, [*words, "-w", str(outputs)])
    assert done.exit_code in (0, 2, 10, 11), done.stderr
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", done.stdout + done.stderr)


def test_markdown_holds_no_markup_of_the_data(outputs):
    for path in pages(outputs, ".md"):
        text = re.sub(r"\\.", "", path.read_text(encoding="utf-8"))
        assert "<script" not in text
        assert "<img" not in text
        assert "\x1b" not in text


def test_a_redacted_copy_is_whole(outputs, tmp_path):
    shutil.copytree(outputs, tmp_path / "acme")
    run(tmp_path / "acme", redact=True)
    assert "alert" not in (tmp_path / "acme" / "run" / "report" / "spot-check.csv").read_text(encoding="utf-8")
