"""Profiles say what columns hold."""

import json
import subprocess
import sys

import polars as pl
import pytest

from crmclean.exports.profile import profile
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import run

KINDS = [
    (["a@b.example", "c@d.example"], "email"),
    (["https://a.example", "www.b.example"], "url"),
    (["001D000000IqhSL", "001D000000IqhSLIAZ"], "salesforce id"),
    (["true", "FALSE"], "boolean"),
    (["2024-03-31", "2024-04-01"], "date"),
    (["31/03/2024", "01/04/2024"], "date"),
    (["2024-03-31T14:05:00.000Z", "2024-03-31 14:05"], "datetime"),
    (["+49 30 1234567", "(555) 123-4567"], "phone"),
    (["12", "-7"], "integer"),
    (["1.5", "2,75"], "decimal"),
    (["$1,200.50", "EUR 3.400"], "money"),
    (["acme.example", "mail.acme.example"], "domain"),
    (["1;2;3", "4;5"], "list"),
    (["Berlin", "New York"], "text"),
    ([None, None], "empty"),
]


@pytest.mark.parametrize(("cells", "kind"), KINDS)
def test_the_kind_is_told_from_the_cells(cells, kind):
    (one,) = profile(pl.DataFrame({"x": cells}, schema={"x": pl.String}))
    assert one.kind == kind


def test_counts_top_values_and_shape():
    cells = ["Rome", "Bonn", "Rome", None, "Rome", "Bonn", "Paris 12"]
    (one,) = profile(pl.DataFrame({"city": cells}))
    assert (one.rows, one.filled, one.distinct, one.longest) == (7, 6, 3, 8)
    assert one.top == (("Rome", 3), ("Bonn", 2), ("Paris 12", 1))
    assert one.shape == "Aa"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["2024-03-31"], "year-month-day"),
        (["31/03/2024", "01/02/2024"], "day/month/year"),
        (["03/31/24", "01/02/24"], "month/day/year"),
        (["01/02/2024"], "day and month cannot be told apart"),
    ],
)
def test_the_date_format_is_said_in_words(cells, words):
    (one,) = profile(pl.DataFrame({"x": cells}))
    assert one.date_format == words


def test_reserved_columns_are_left_out():
    assert [one.name for one in profile(pl.DataFrame({"_row": [1], "a": ["x"]}))] == ["a"]


def test_load_writes_the_profile_and_the_report_tells_it_without_values(tmp_path):
    (tmp_path / "exports").mkdir()
    lines = ["First Name,Email,Signed Up", *(f"Zebulon{n},z{n}@example.com,{n % 28 + 1:02}/03/2026" for n in range(60))]
    (tmp_path / "exports" / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    initialize(tmp_path, [tmp_path / "exports"], Answers("hubspot"))
    run(tmp_path, through="validate")
    told = json.loads((tmp_path / "run" / "load" / "profile.json").read_text(encoding="utf-8"))
    columns = {one["name"]: one for one in told["objects"]["contacts"]}
    assert (columns["email"]["kind"], columns["email"]["filled"], columns["email"]["rows"]) == ("email", 60, 60)
    report = json.loads((tmp_path / "run" / "report" / "report.json").read_text(encoding="utf-8"))
    signed = next(line for line in report["profile"] if line["kind"] == "date")
    assert (signed["object"], signed["date_format"]) == ("contacts", "day/month/year")
    page = (tmp_path / "run" / "report" / "index.html").read_text(encoding="utf-8")
    assert "Zebulon" not in page.partition("What the exports hold")[2].partition("</section>")[0]
    assert "What the exports hold" in page
    assert "Zebulon" not in (tmp_path / "run" / "report" / "summary.md").read_text(encoding="utf-8")


def test_a_piped_profile_fits_80_columns(real_exports):
    command = [
        sys.executable,
        "-m",
        "crmclean",
        "profile",
        str(real_exports / "salesforce-powerbi" / "Opportunity.csv"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    table = done.stdout.split("\n\n")[1]
    assert max(map(len, table.splitlines())) <= 80
