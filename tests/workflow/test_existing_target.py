"""What a destination holds is read back: an import updates it instead of doubling it, killed in the middle or not."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import polars as pl
import psycopg
import pytest

from crmclean.errors import PlanError, RefusedError
from crmclean.workflow.importing.rounds import Sending
from crmclean.workflow.run import run

PLAN = """version = 1
name = "small"
as_of = 2026-06-30
[target]
crm = "hubspot"
{existing}
[defaults]
region = "US"
[destinations.crm]
kind = "{kind}"
url = "{url}"
[[source]]
name = "{source}"
kind = "plain"
[[source.file]]
path = "exports/list.csv"
object = "contacts"
"""
FROM = '[target.existing]\nfrom = "crm"'
OLD = "Id,First Name,Last Name,Email,Phone\n1,John,Smith,john.smith@acme.com,\n2,Paul,Gray,paul@gray.example,\n"
OURS = """Id,First Name,Last Name,Email,Phone
1,John,Smith,john.smith@acme.com,+1 415 555 0123
2,Jon,Smith,john.smith@acme.com,
3,Mary,Jones,mary@acme.com,+1 415 555 0199
4,Will,Cole,will.cole@acme.com,
"""
SELECT = "SELECT email, phone, crmclean_id FROM contacts ORDER BY _id"
KEYS = {
    "john.smith@acme.com": "new:contacts:1",
    "mary@acme.com": "new:contacts:3",
    "will.cole@acme.com": "new:contacts:4",
}


def workspace(folder, url, source, rows, existing=""):
    (folder / "exports").mkdir(parents=True)
    kind = url.partition(":")[0]
    (folder / "migration.toml").write_text(PLAN.format(existing=existing, kind=kind, url=url, source=source), "utf-8")
    (folder / "exports" / "list.csv").write_text(rows, encoding="utf-8")
    return folder


def asked(url, sql, *, commit=False):
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            rows = database.execute(sql).fetchall()
            database.commit()
            return rows
    with psycopg.connect(url) as database:
        answer = database.execute(sql)
        return [] if commit else answer.fetchall()


@pytest.fixture(params=["sqlite", pytest.param("postgresql")])
def url(request, tmp_path):
    """A target of our own, empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'crm.sqlite'}"
    address = request.getfixturevalue("postgres")
    name = f"existing_{abs(hash(tmp_path))}"
    with psycopg.connect(f"postgresql://crm@{address}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"postgresql://crm@{address}/{name}"


@pytest.fixture
def filled(url, tmp_path):
    """The target after another migration, and a workspace of ours that has it read back."""
    run(workspace(tmp_path / "first", url, "old", OLD), to="crm")
    assert len(asked(url, SELECT)) == 2
    return workspace(tmp_path / "second", url, "new", OURS, FROM)


def outcomes(root):
    ledger = pl.read_csv(root / "run" / "report" / "ledger.csv", infer_schema=False)
    return dict(ledger.select("record", "outcome").rows())


def judge(url):
    """Every person stands there once: John with our phone and our key, Paul as he was."""
    rows = asked(url, SELECT)
    found = {email: key for email, _, key in rows}
    assert len(rows) == 4
    assert found == KEYS | {"paul@gray.example": "old:contacts:2"}
    assert rows[0][:2] == ("john.smith@acme.com", "+14155550123")


def test_what_is_there_is_updated_and_nothing_is_doubled(filled, url):
    run(filled, to="crm")
    judge(url)
    told = {
        "new:contacts:1": "updated",
        "new:contacts:2": "merged",
        "new:contacts:3": "imported",
        "new:contacts:4": "imported",
    }
    assert outcomes(filled) == told
    run(filled, to="crm")
    judge(url)


def test_a_later_round_meets_what_others_made_meanwhile_and_not_its_own_records(filled, url):
    run(filled, to="crm")
    asked(
        url,
        "INSERT INTO contacts (_id, crmclean_id, firstname, lastname, email)"
        " VALUES (900, 'theirs', 'Eve', 'Stone', 'eve@stone.example')",
        commit=True,
    )
    (filled / "exports" / "list.csv").write_text(
        OURS + "5,Eve,Stone,eve@stone.example,+1 415 555 0188\n", encoding="utf-8"
    )
    run(filled, to="crm", sending=Sending(round_="july"))
    met = pl.read_parquet(filled / "run" / "dedupe" / "existing.parquet")
    assert met.select("record", "band").rows() == [("new:contacts:5", "merge")]
    rows = asked(url, SELECT)
    assert len(rows) == 5
    assert ("eve@stone.example", "+14155550188", "new:contacts:5") in rows


def test_what_another_database_holds_is_never_taken_for_what_ours_does(filled, url):
    run(filled, to="crm")
    asked(url, "UPDATE crmclean_identity SET token = 'another'", commit=True)
    (filled / "exports" / "list.csv").write_text(OURS + "5,Eve,Stone,eve@stone.example,\n", encoding="utf-8")
    kept = sorted((filled / "state" / "existing" / "crm").glob("*.csv"))
    contents = [path.read_bytes() for path in kept]
    with pytest.raises(RefusedError, match="another account or database"):
        run(filled, sending=Sending(round_="july"), through="validate")
    assert [path.read_bytes() for path in kept] == contents


@pytest.mark.parametrize("edge", [1, 3, 5, 8, 11])
def test_killed_in_the_middle_and_run_again_it_comes_to_the_same(filled, url, edge):
    command = [sys.executable, Path(__file__).parent / "killed_run.py", filled]
    killed = subprocess.run([*command, str(edge)], capture_output=True, text=True, check=False)
    assert killed.returncode in (-9, 0), killed.stderr
    assert subprocess.run([*command, "0"], capture_output=True, text=True, check=False).returncode == 0
    judge(url)


@pytest.mark.parametrize(
    ("existing", "words"),
    [
        ('[target.existing]\nfrom = "cmr"', "no destination of this plan"),
        (FROM + '\n[[target.existing.file]]\npath = "exports/t.csv"\nobject = "contacts"', "stands beside from"),
        (FROM + '\nkind = "hubspot"', "kind"),
    ],
)
def test_a_plan_that_cannot_mean_it_is_refused(tmp_path, existing, words):
    root = workspace(tmp_path, "sqlite:///crm.sqlite", "new", OURS, existing)
    with pytest.raises(PlanError, match=words):
        run(root, through="dedupe")


def test_files_cannot_be_read_back(tmp_path):
    root = workspace(tmp_path, "files:out", "new", OURS, FROM)
    with pytest.raises(PlanError) as caught:
        run(root, through="dedupe")
    assert caught.value.faults[0].code == "existing.not-readable"
