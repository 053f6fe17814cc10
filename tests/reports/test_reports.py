"""The report folder: right numbers, equal bytes for equal inputs, and inert text."""

import json
import xml.etree.ElementTree as ElementTree
from datetime import date
from html.parser import HTMLParser

import polars as pl
import pytest

from crmclean.audit.result import Check
from crmclean.files.tables import schema_of
from crmclean.pipeline.balance import Line
from crmclean.records import CHANGES, FINDINGS, LEDGER
from crmclean.reports.facts import GateFacts, PhaseFacts, RunFacts, Waiting
from crmclean.reports.junit import junit
from crmclean.reports.markdown import markdown
from crmclean.reports.summary import document, summarise
from crmclean.reports.webpage import webpage
from crmclean.reports.write import write_reports

MARKUP = "<script>|x_[a](b)\u202e\x1b"


def line(object_, number, outcome, code="ok", stage=None):
    row = {"object": object_, "record": f"s:{object_}:{number}", "source": "s", "file": "exports/a.csv", "row": number}
    return row | {
        "outcome": outcome,
        "into": None,
        "code": code,
        "stage": stage,
        "target_object": None,
        "target_id": None,
    }


def facts(**parts):
    ledger = [
        line("deals", 1, "imported", stage="customers"),
        line("contacts", 1, "imported", stage="customers"),
        line("contacts", 2, "merged", "match.email"),
        line("contacts", 3, "archived", "stale.no-engagement"),
        line("extras", 1, "excluded", "object.not-migrated"),
    ]
    change = {
        "object": "contacts",
        "record": "s:contacts:1",
        "field": MARKUP,
        "before": "a",
        "after": "b",
        "step": "t",
        "code": "c",
    }
    finding = {"object": "contacts", "record": "s:contacts:1", "file": "f", "row": 2, "field": "email", "check": "k"}
    base = {
        "name": "Acme",
        "target": "hubspot",
        "destination": "rehearsal",
        "as_of": date(2026, 8, 1),
        "seed": 7,
        "version": "0.1.0",
        "ledger": pl.LazyFrame(ledger, schema=schema_of(LEDGER)),
        "changes": pl.LazyFrame([change, change], schema=schema_of(CHANGES)),
        "findings": pl.LazyFrame(
            [finding | {"severity": "warning", "code": "email.syntax"}], schema=schema_of(FINDINGS)
        ),
        "phases": (PhaseFacts("load", 5, 5, 0, 1),),
        "gates": (GateFacts("stale_share", 0.2, 0.4, passed=True),),
        "balance": (Line("records", "contacts", "3", "3"),),
    }
    return RunFacts(**base | parts)


def test_the_numbers_are_those_of_the_frames():
    found = document(summarise(facts()))
    assert found["closes"] is True
    assert found["objects"] == [
        {"object": "contacts", "read": 3, "imported": 1, "merged": 1, "archived": 1},
        {"object": "deals", "read": 1, "imported": 1},
        {"object": "extras", "read": 1, "excluded": 1},
    ]
    assert found["stages"] == [
        {"stage": "customers", "object": "contacts", "outcome": "imported", "count": 1},
        {"stage": "customers", "object": "deals", "outcome": "imported", "count": 1},
    ]
    assert [entry["count"] for entry in found["changes"]] == [2]


def test_a_record_without_an_outcome_is_shown_as_such():
    summary = summarise(facts(ledger=pl.LazyFrame([line("contacts", 1, None)], schema=schema_of(LEDGER))))
    assert document(summary)["objects"] == [{"object": "contacts", "read": 1, "none": 1}]
    assert "| object | read | none |" in markdown(summary)


def test_equal_inputs_give_equal_bytes_in_any_order(tmp_path):
    first, second = facts(), facts()
    shuffled = second.ledger.collect().sample(fraction=1, shuffle=True, seed=3).lazy()
    write_reports(first, tmp_path / "a")
    write_reports(facts(ledger=shuffled), tmp_path / "b")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [
        "annotations.txt", "findings.csv", "findings.xlsx", "index.html", "junit.xml", "ledger.csv", "report.json",
        "summary.md", "tables.xlsx",
    ]  # fmt: skip
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a" / "report.json").read_text(encoding="utf-8"))["schema_version"] == 1
    assert len((tmp_path / "a" / "ledger.csv").read_text(encoding="utf-8").splitlines()) == 6


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({}, "5 records accounted for"),
        ({"waiting": (Waiting("pairs", 3, "crmclean review"),)}, "3 items wait for a person"),
        ({"gates": (GateFacts("stale_share", 0.5, 0.4, passed=False),)}, "stopped at 1 gate"),
        ({"balance": (Line("money", "USD", "3.00", "2.99"),)}, "the balance does not close"),
    ],
)
def test_the_page_says_first_what_matters_most(parts, sentence):
    assert markdown(summarise(facts(**parts))).splitlines()[0] == f"# Acme: {sentence}"


def test_stages_stand_in_the_plans_order():
    lines = [line("contacts", 1, "imported", stage="zeta"), line("contacts", 2, "rejected", stage="alpha")]
    given = facts(ledger=pl.LazyFrame(lines, schema=schema_of(LEDGER)), stages=("zeta", "alpha"))
    page = markdown(summarise(given))
    assert "| stage | imported | rejected |\n| --- | --- | --- |\n| zeta | 1 | 0 |\n| alpha | 0 | 1 |" in page


def test_checks_are_added_up_and_only_those_that_fail_are_told_one_by_one():
    checks = (Check("required", "a", 0, 10, passed=True), Check("required", "b", 2, 10, passed=False))
    page = markdown(summarise(facts(checks=checks)))
    assert "| required | 2 | 20 | 2 | FAIL |" in page
    assert "| required | b | 2 of 10 | FAIL |  |" in page
    assert "| required | a |" not in page


def test_markup_in_names_stays_text():
    page = markdown(summarise(facts()))
    assert r"\<script\>\|x\_\[a\](b) " in page
    assert "\u202e" not in page
    assert "\x1b" not in page


class _Reader(HTMLParser):
    """Collects tags and texts; void elements need no end."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_whole_quiet_and_says_the_numbers():
    reader = read(webpage(summarise(facts())))
    tags = [tag for tag, _ in reader.tags]
    assert not {"script", "img", "link", "iframe", "form"} & set(tags)
    assert tags.count("h1") == tags.count("main") == 1
    assert "5 records accounted for" in "".join(reader.text)
    regions = [attributes for _, attributes in reader.tags if attributes.get("role") == "region"]
    assert all(attributes["aria-label"] and attributes["tabindex"] == "0" for attributes in regions)


def test_markup_stays_text_on_the_page():
    page = webpage(summarise(facts(name='<script>alert("x")</script>\u202e')))
    reader = read(page)
    assert "script" not in [tag for tag, _ in reader.tags]
    assert '<script>alert("x")</script>' in "".join(reader.text)
    assert "\u202e" not in page


def test_gates_checks_and_balance_are_test_cases():
    gates = (
        GateFacts("stale_share", 0.5, 0.4, passed=False),
        GateFacts("orphans", 3, 0, passed=True, waived_by="Ann", reason="known\x00"),
        GateFacts("stage_rejects", None, 0.01, passed=True),
    )
    checks = (Check("audit", "duplicates left", 2, 10, passed=False, note="see audit"),)
    root = ElementTree.fromstring(junit(summarise(facts(gates=gates, checks=checks))))  # noqa: S314  our own text
    assert root.attrib == {"name": "Acme", "tests": "5", "failures": "2", "skipped": "2"}
    assert [case.attrib["name"] for case in root.iterfind(".//testcase[failure]")] == ["stale_share", "duplicates left"]
    messages = [skipped.attrib["message"] for skipped in root.iter("skipped")]
    assert messages == ["waived by Ann: known\ufffd", "not measured"]
