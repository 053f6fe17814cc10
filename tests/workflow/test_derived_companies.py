"""Companies that are only named: derived where the plan says so, linked, counted apart, taken back."""

import sqlite3
from contextlib import closing

import polars as pl
import pytest

from crmclean.errors import PlanError
from crmclean.workflow.explain import explain
from crmclean.workflow.rollback import rollback
from crmclean.workflow.run import run

PLAN = """
version = 1
name = "derived"
as_of = 2026-06-30
[target]
crm = "hubspot"
[defaults]
region = "US"
[stale]
protect = "TRUE"
{companies}
[[source]]
name = "{source}"
kind = "plain"
[[source.file]]
path = "exports/people.csv"
object = "contacts"
[[source.file]]
path = "exports/firms.csv"
object = "companies"
"""
DERIVE = "[companies]\nderive = true"
PEOPLE = """ID,First name,Last name,Email,Company
1,Ann,Lee,ann@bluefin.example,Bluefin Logistics Inc
2,Bo,Roe,bo@bluefin.example,"BLUEFIN LOGISTICS, INC."
3,Cy,Poe,cy@redwood.example,Redwood Foods
4,Di,Foe,di@redwood.example,Redwood Foods GmbH
5,Ed,Noe,ed@twin.example,Twin Mills
6,Fi,Moe,fi@home.example,
7,Gus,Hoe,gus@bluefin.example,Bluefin Logistics Inc
8,Hal,Zoe,hal@redwood.example,Redwood Foods AG
"""
FIRMS = "ID,Company name,City\n1,Redwood Foods AG,Basel\n2,Twin Mills,Rye\n3,Twin Mills,Bath\n"


def workspace(root, companies=DERIVE, source="crm"):
    (root / "exports").mkdir(parents=True)
    (root / "migration.toml").write_text(PLAN.format(companies=companies, source=source), encoding="utf-8")
    (root / "exports" / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (root / "exports" / "firms.csv").write_text(FIRMS, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    root = workspace(tmp_path_factory.mktemp("derived") / "acme")
    return root, run(root)


def homes(root, phase="load"):
    people = pl.read_parquet(root / "run" / phase / "contacts.parquet").sort("_record")
    return {row["_record"].rpartition(":")[2]: row["_ref.company_ref"] for row in people.iter_rows(named=True)}


def derived(root):
    firms = pl.read_parquet(root / "run" / "load" / "companies.parquet").filter(pl.col("_source") == "derived")
    return dict(firms.select("_record", "name").rows())


def test_a_company_is_derived_once_and_those_that_are_there_are_linked(imported):
    root, _ = imported
    to, made = homes(root), derived(root)
    assert sorted(made.values()) == ["Bluefin Logistics Inc", "Redwood Foods GmbH"]  # the most frequent spelling
    assert made[to["1"]] == made[to["2"]] == made[to["7"]] == "Bluefin Logistics Inc"
    assert made[to["4"]] == "Redwood Foods GmbH"  # another legal form is another company
    assert (to["8"], to["3"]) == ("crm:companies:1", "crm:companies:1")
    assert (to["5"], to["6"]) == (None, None)  # two companies bear the name; no name at all


def test_they_are_counted_apart_and_the_balance_closes(imported):
    root, result = imported
    assert result.headline.startswith("11 records read")
    objects = {line["object"]: line["read"] for line in result.data["objects"]}
    assert objects == {"contacts": 8, "companies": 3, "companies (derived)": 2}
    assert {line["what"]: line["accounted"] for line in result.data["balance"] if line["key"] == "companies"} == {
        "records": "3", "derived": "2",
    }  # fmt: skip
    ledger = pl.read_csv(root / "run" / "report" / "ledger.csv", infer_schema=False).filter(source="derived")
    places = sorted(ledger.select("file", "row", "outcome").rows())
    assert places == [("exports/people.csv", row, "imported") for row in ("2", "5")]


def test_explain_names_the_cells_that_a_company_comes_from(imported):
    root, _ = imported
    told = explain(root, homes(root)["1"])
    assert "Derived from the company name of 3 contacts" in " ".join(told.notes)
    assert "crm:contacts:7 (exports/people.csv, row 8)" in " ".join(told.notes)
    findings = pl.read_parquet(root / "run" / "load" / "findings.parquet").filter(check="companies")
    assert dict(findings["code"].value_counts().rows()) == {
        "companies.derived": 4, "companies.linked-by-name": 2, "companies.name-ambiguous": 1,
    }  # fmt: skip


def test_people_are_linked_to_them_at_the_target_and_a_rollback_takes_them_back(tmp_path):
    root = workspace(tmp_path / "acme")
    run(root)
    sql = "SELECT c.firstname, f.name FROM contacts c JOIN companies f ON f._id = c.associatedcompanyid ORDER BY 1"
    with closing(sqlite3.connect(root / "rehearsal.sqlite")) as database:
        assert database.execute(sql).fetchall() == [
            ("Ann", "Bluefin Logistics Inc."), ("Bo", "Bluefin Logistics Inc."), ("Cy", "Redwood Foods AG"),
            ("Di", "Redwood Foods GmbH"), ("Gus", "Bluefin Logistics Inc."), ("Hal", "Redwood Foods AG"),
        ]  # fmt: skip
    rollback(root)
    with closing(sqlite3.connect(root / "rehearsal.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM companies").fetchone() == (0,)


def test_nothing_is_derived_unless_the_plan_says_so(tmp_path):
    root = workspace(tmp_path / "acme", companies="")
    run(root, through="load")
    assert derived(root) == {}


@pytest.mark.parametrize(
    ("companies", "source", "words"), [("[companies]\nderiv = true", "crm", "derive"), (DERIVE, "derived", "taken")]
)
def test_a_plan_with_a_slip_is_refused(tmp_path, companies, source, words):
    with pytest.raises(PlanError) as caught:
        run(workspace(tmp_path, companies, source), through="load")
    assert words in str(caught.value.faults[0])
