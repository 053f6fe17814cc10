"""What becomes of people and deals whose company waits for a person's answer, or is not migrated."""

import csv
import sqlite3
from contextlib import chdir, closing

import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

FILES = {
    "User": """Id,Username,Name,Email,IsActive
005000000000001AAA,ann@us.example,Ann One,ann@us.example,true
005000000000002AAA,bob@us.example,Bob Two,bob@us.example,true
""",
    "Account": """Id,Name,Website,OwnerId,BillingCity,BillingCountry
001000000000001AAA,Oakhill Ltd,oakhill.example,005000000000001AAA,Leeds,GB
001000000000002AAA,Oakhill Limited,oakhill.example,005000000000002AAA,Leeds,GB
001000000000003AAA,Beech GmbH,beech.example,005000000000002AAA,Bonn,DE
""",
    "Contact": """Id,AccountId,FirstName,LastName,Email,OwnerId
003000000000001AAA,001000000000001AAA,Ida,Ash,ida@oakhill.example,005000000000001AAA
003000000000003AAA,001000000000003AAA,Kim,Fir,kim@beech.example,005000000000002AAA
""",
    "Opportunity": """Id,AccountId,Name,StageName,Amount,CloseDate,OwnerId,IsClosed,IsWon
006000000000001AAA,001000000000001AAA,Deal A,Prospecting,100,2027-01-01,005000000000001AAA,false,false
006000000000002AAA,001000000000002AAA,Deal B,Prospecting,200,2027-01-01,005000000000002AAA,false,false
""",
}
HELD = "references.parent-held"


def crmclean(folder, *words):
    with chdir(folder):
        done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout + done.stderr


@pytest.fixture
def workspace(tmp_path):
    """Two companies look like one, and two people sell to them: a person has to say whether they are."""
    exports = tmp_path / "exports"
    exports.mkdir()
    for name, text in FILES.items():
        (exports / f"{name}.csv").write_text(text, encoding="utf-8")
    words = ("init", "ws", "exports", "--target", "hubspot", "--region", "GB", "--currency", "GBP", "--yes")
    assert crmclean(tmp_path, *words)[0] == 0
    return tmp_path / "ws"


def outcomes(workspace):
    with (workspace / "run" / "report" / "ledger.csv").open(encoding="utf-8") as file:
        return {line["record"].split(":", 1)[1][:-3]: (line["outcome"], line["code"]) for line in csv.DictReader(file)}


def findings(workspace):
    with (workspace / "run" / "report" / "findings.csv").open(encoding="utf-8-sig") as file:
        return {
            (line["record"].split(":", 1)[1][:-3], line["severity"])
            for line in csv.DictReader(file)
            if line["code"] == HELD
        }


REFERENCES = {"contacts": "associatedcompanyid", "deals": "company"}


def companies_of(workspace, table="contacts"):
    field = REFERENCES[table]
    sql = f"SELECT c.name FROM {table} t LEFT JOIN companies c ON c._id = t.{field} ORDER BY t._id"  # noqa: S608
    with closing(sqlite3.connect(workspace / "rehearsal.sqlite")) as database:
        return [name for (name,) in database.execute(sql)]


def answered(workspace):
    crmclean(workspace, "review", "--export")
    sheet = workspace / "run" / "review" / "pairs-companies.csv"
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"decision": "different"} for row in rows)
    assert crmclean(workspace, "review", "--apply", str(sheet), "--by", "Ann")[0] == 0


def test_who_comes_without_the_company_is_told_and_gets_it_after_the_answer(workspace):
    code, told = crmclean(workspace, "run")
    assert code == 11, told
    assert outcomes(workspace)["companies:001000000000001"][0] == "held"
    assert companies_of(workspace) == [None, "Beech GmbH"]
    assert findings(workspace) == {
        ("contacts:003000000000001", "warning"),
        ("deals:006000000000001", "warning"),
        ("deals:006000000000002", "warning"),
    }
    answered(workspace)
    code, told = crmclean(workspace, "run")
    assert code == 0, told
    assert companies_of(workspace) == ["Oakhill Ltd.", "Beech GmbH"]
    assert companies_of(workspace, "deals") == ["Oakhill Ltd.", "Oakhill Ltd."]
    assert findings(workspace) == set()


@pytest.mark.parametrize(
    ("rule", "fate"), [("hold", ("held", "import.parent-held")), ("error", ("rejected", "import.parent-held"))]
)
def test_the_plan_may_let_them_wait_too_or_reject_them(workspace, rule, fate):
    plan = workspace / "migration.toml"
    plan.write_text(plan.read_text(encoding="utf-8") + f'\n[import]\nmissing_parent = "{rule}"\n', encoding="utf-8")
    crmclean(workspace, "run", "--waive", "stage_rejects dormant prospects", "--reason", "test", "--by", "Ann")
    fates = outcomes(workspace)
    assert fates["contacts:003000000000001"] == fates["deals:006000000000002"] == fate
    assert fates["contacts:003000000000003"][0] == "imported"
    answered(workspace)
    code, told = crmclean(workspace, "run")
    assert code == 0, told
    assert companies_of(workspace) == ["Oakhill Ltd.", "Beech GmbH"]
