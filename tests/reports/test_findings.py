"""Findings for CI and for people: bounded, escaped, by file and row of the export, and without cell values."""

import polars as pl
import pytest

from crmclean.files.tables import schema_of
from crmclean.records import FINDINGS
from crmclean.reports.annotations import annotations, command
from crmclean.reports.facts import GateFacts
from crmclean.reports.findings import listed, write_findings
from crmclean.reports.summary import summarise
from crmclean.workspace.paths import Workspace
from tests.reports.test_reports import facts

REQUIRED = "the target takes no record without it"


def found(*rows):
    names = ("severity", "code", "file", "row")
    given = [dict(zip(names, row, strict=True)) for row in rows]
    for place, row in enumerate(given):
        row |= {"object": "contacts", "record": f"s:contacts:{place}", "field": "email", "check": "c"}
    return pl.LazyFrame(given, schema=schema_of(FINDINGS))


def told(findings, folder="", **parts):
    return annotations(summarise(facts(**parts)), listed(findings), folder).splitlines()


def test_a_finding_stands_beside_its_row():
    lines = told(found(("warning", "emails.invalid", "exports/a.csv", 7)), "data/acme")
    place = "file=data/acme/exports/a.csv,line=7,title=emails.invalid"
    assert lines == [f"::warning {place}::not an email address (email, row 7)"]


def test_the_worst_come_first():
    rows = found(
        ("info", "fillers.placeholder", "a.csv", 2),
        ("warning", "emails.invalid", "a.csv", 3),
        ("error", "required.missing", "b.csv", 9),
        ("error", "required.missing", "a.csv", 4),
    )
    kinds = [(line.split(" ", 1)[0], line.split("title=")[0].rpartition("file=")[2]) for line in told(rows)]
    assert kinds == [
        ("::error", "a.csv,line=4,"),
        ("::error", "b.csv,line=9,"),
        ("::warning", "a.csv,line=3,"),
        ("::notice", "a.csv,line=2,"),
    ]


def test_beyond_fifty_there_is_one_line_per_code_and_file():
    rows = [("error", "required.missing", "a.csv", row) for row in range(2, 62)]
    more = [("warning", "emails.invalid", file, row) for file in ("a.csv", "b.csv") for row in range(2, 1002)]
    lines = told(found(*rows, *more))
    assert len(lines) == 50 + 3
    assert lines[50:] == [
        f"::error file=a.csv,line=52,title=required.missing::{REQUIRED} (10 more, the first in row 52)",
        "::warning file=a.csv,line=2,title=emails.invalid::not an email address (1,000 more, the first in row 2)",
        "::warning file=b.csv,line=2,title=emails.invalid::not an email address (1,000 more, the first in row 2)",
    ]


def test_a_closed_gate_points_to_the_plan():
    gates = (GateFacts("orphans", 3.0, 0.0, passed=False), GateFacts("stale_share", 0.1, 0.4, passed=True))
    lines = told(found(), "acme", gates=gates)
    assert lines == [
        "::error file=acme/migration.toml,title=gate orphans::the gate is closed: 3.0 against a limit of 0.0"
    ]


def test_a_file_name_cannot_forge_a_command():
    assert command("error", "a%b\n::error::x", file="a,b:c\n%.csv") == (
        "::error file=a%2Cb%3Ac%0A%25.csv::a%25b%0A::error::x"
    )


@pytest.mark.parametrize(("where", "prefix"), [("", ""), ("data/acme", "data/acme"), (".hidden", ".hidden")])
def test_paths_start_at_the_root_of_the_repository(tmp_path, where, prefix):
    (tmp_path / ".git").mkdir()
    (tmp_path / where).mkdir(parents=True, exist_ok=True)
    assert Workspace(tmp_path / where).in_repository == prefix


def test_lists_name_file_row_and_what_to_do(tmp_path):
    rows = listed(found(("warning", "emails.invalid", "=x.csv", 7), ("error", "required.missing", "a.csv", 2)))
    write_findings(rows, tmp_path)
    table = pl.read_csv(tmp_path / "findings.csv")
    assert table.select("severity", "file", "row", "meaning").rows() == [
        ("error", "a.csv", 2, "the target takes no record without it"),
        ("warning", "'=x.csv", 7, "not an email address"),
    ]
    sums = pl.read_excel(tmp_path / "findings.xlsx", sheet_name="By code and file")
    assert sums.select("code", "findings", "first row").rows() == [("required.missing", 1, 2), ("emails.invalid", 1, 7)]
    assert sums["what to do"].null_count() == 0
