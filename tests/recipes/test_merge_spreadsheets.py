"""The page about three spreadsheets does what it says, on lists as people keep them."""

import shlex
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from recipe_pages import run, steps

from crmclean.plan.read import read_plan

PAGE = "docs/how-to/merge-spreadsheets.md"
SALES = [
    ["Customers of the sales team"],
    [],
    ["First Name", "Last Name", "Email", "Phone", "Country"],
    ["Ann", "Lee", "ann@acme.example", "(415) 555-0132", "USA"],
    ["Bo", "Diaz", "bo@bolt.example", "", "United States"],
]
FAIR = """Vorname;Nachname;E-Mail-Adresse;Telefon geschäftlich;Land
Ann;LEE;Ann@acme.example;;USA
Jürgen;Groß;j@gross.example;030 1234567;Deutschland
"""
NEWSLETTER = "Email,First Name,Last Name\nbo@bolt.example,Bo,Diaz\n"
PEOPLE = "ID,Name,Email - Work\n7,Ann Lee,ann@acme.example\n"


@pytest.fixture
def lists(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "sales.xlsx") as book:
        sheet = book.add_worksheet()
        for place, cells in enumerate(SALES):
            sheet.write_row(place, 0, cells)
    (tmp_path / "fair.csv").write_bytes(FAIR.encode("cp1252"))
    (tmp_path / "newsletter.csv").write_text(NEWSLETTER, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "users.csv").write_text("Name,Email\nBo Kim,bo@seller.example\n", encoding="utf-8")
    return tmp_path


def test_the_page_does_what_it_says(lists):
    folder: Path = lists
    for _, language, text in steps(PAGE):
        if language == "toml":
            with (folder / "migration.toml").open("a", encoding="utf-8") as plan:
                plan.write("\n" + text)
            continue
        for line in text.splitlines():
            if line.startswith("cd "):
                folder = lists / line.removeprefix("cd ")
            elif line.startswith("crmclean init") and (lists / "customers").exists():
                folder = lists
                _has(run(line.replace(" customers ", " again ", 1), folder, None), line)
            elif line != "crmclean review":  # it asks on a terminal; nothing is doubtful here
                _has(run(line, folder, None), line)
    people = sorted((lists / "customers" / "wizard").glob("*.persons.csv"))
    rows = pl.concat([pl.read_csv(path, infer_schema=False) for path in people], how="diagonal")
    assert rows.height == 3
    assert read_plan(lists / "again").target.existing is not None


def _has(done, line):
    assert done.returncode == 0, (shlex.split(line), done.stdout, done.stderr)
