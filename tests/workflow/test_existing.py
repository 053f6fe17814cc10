"""What the target holds already: an import updates it instead of doubling it, and what is unclear waits."""

import re
import sqlite3
from contextlib import closing

import polars as pl
import pytest

from crmclean.errors import InputError, PlanError
from crmclean.workflow.run import run

PLAN = """version = 1
name = "small"
as_of = 2026-06-30
[target]
crm = "hubspot"
[target.existing]
kind = "plain"
[[target.existing.file]]
path = "exports/target.csv"
object = "contacts"
{key}
[defaults]
region = "US"
[[source]]
name = "list"
kind = "plain"
[[source.file]]
path = "exports/list.csv"
object = "contacts"
"""
OURS = """Id,First Name,Last Name,Email,Phone
1,John,Smith,john.smith@acme.com,+1 415 555 0123
2,Jon,Smith,john.smith@acme.com,
3,Mary,Jones,mary@acme.com,+1 415 555 0199
4,Ann,Reed,ann.reed@acme.com,+1 415 555 0177
5,Will,Cole,will.cole@acme.com,
6,Bob,Stone,sam.fox@acme.com,
"""
THEIRS = """Id,First Name,Last Name,Email,Phone
901,John,Smith,john.smith@acme.com,
902,Ann,Reed,ann.reed@acme.com,
903,Ann,Reed,ann.reed@acme.com,+1 415 555 0177
904,Paul,Gray,paul@gray.example,
905,Sam,Fox,sam.fox@acme.com,
"""


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "migration.toml").write_text(PLAN.format(key=""), encoding="utf-8")
    (tmp_path / "exports" / "list.csv").write_text(OURS, encoding="utf-8")
    (tmp_path / "exports" / "target.csv").write_text(THEIRS, encoding="utf-8")
    return tmp_path


def test_records_that_the_target_has_are_named_and_unclear_ones_wait(workspace):
    run(workspace, through="dedupe")
    told = pl.read_parquet(workspace / "run" / "dedupe" / "existing.parquet")
    short = [
        (record.removeprefix("list:contacts:"), *rest)
        for _, record, *rest in told.select("object", "record", "target_id", "band").rows()
    ]
    assert short == [
        ("1", "901", "merge"),
        ("2", "901", "merge"),
        ("4", "902", "review"),
        ("4", "903", "review"),
        ("6", "905", "review"),
    ]
    held = dict(pl.read_parquet(workspace / "run" / "dedupe" / "held.parquet").select("record", "code").rows())
    assert held == {"list:contacts:4": "dedupe.target-ambiguous", "list:contacts:6": "dedupe.undecided"}


def test_the_targets_records_are_in_no_table_and_no_ledger(workspace):
    run(workspace)
    for path in (workspace / "run" / "dedupe").glob("*.parquet"):
        frame = pl.read_parquet(path)
        if "_record" in frame.columns:
            assert not frame["_record"].str.starts_with("target:").any()
    ledger = pl.read_csv(workspace / "run" / "report" / "ledger.csv", infer_schema=False)
    assert ledger["record"].to_list() == [f"list:contacts:{number}" for number in range(1, 7)]


def test_a_person_sees_the_targets_side_of_a_question(workspace):
    run(workspace, through="dedupe")
    asked = pl.read_parquet(workspace / "run" / "dedupe" / "questions-contacts.parquet")
    row = asked.filter(pl.col("left") == "list:contacts:6").row(0, named=True)
    assert (row["right"], row["B: email"]) == ("target:contacts:905", "sam.fox@acme.com")


def test_a_decision_settles_which_record_of_the_target_is_meant(workspace):
    folder = workspace / "decisions"
    folder.mkdir()
    (folder / "pairs.csv").write_text(
        "left,right,verdict,survivor,by,at,note,seen\n"
        "list:contacts:4,target:contacts:902,different,,ann,2026-01-01,,\n"
        "target:contacts:902,target:contacts:903,different,,ann,2026-01-01,,\n",
        encoding="utf-8",
    )
    run(workspace, through="dedupe")
    told = pl.read_parquet(workspace / "run" / "dedupe" / "existing.parquet")
    assert told.filter(pl.col("record") == "list:contacts:4").select("target_id", "band").rows() == [("903", "merge")]


def test_an_export_of_the_target_without_ids_is_refused(workspace):
    text = "\n".join(line.partition(",")[2] for line in THEIRS.splitlines())
    (workspace / "exports" / "target.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no column with the target's ids"):
        run(workspace, through="dedupe")


def test_a_source_cannot_be_called_target(workspace):
    text = PLAN.format(key="").replace('name = "list"', 'name = "target"')
    (workspace / "migration.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match="target is taken"):
        run(workspace, through="dedupe")


@pytest.mark.parametrize(
    ("crm", "band", "code"), [("hubspot", "merge", None), ("salesforce", "review", "dedupe.target-elsewhere")]
)
def test_a_lead_that_is_a_contact_there_updates_it_only_where_it_becomes_a_contact(workspace, crm, band, code):
    plan = PLAN.format(key="").replace("hubspot", crm)
    ours = plan.rpartition('object = "contacts"')
    (workspace / "migration.toml").write_text('object = "leads"'.join((ours[0], ours[2])), encoding="utf-8")
    (workspace / "exports" / "list.csv").write_text("\n".join(OURS.splitlines()[:2]) + "\n", encoding="utf-8")
    run(workspace, through="dedupe")
    told = pl.read_parquet(workspace / "run" / "dedupe" / "existing.parquet")
    assert told.select("object", "record", "target_id", "band").rows() == [("leads", "list:leads:1", "901", band)]
    held = dict(pl.read_parquet(workspace / "run" / "dedupe" / "held.parquet").select("record", "code").rows())
    assert held.get("list:leads:1") == code


TARGET = """
[destinations.crm]
kind = "sqlite"
url = "sqlite:///crm.sqlite"
"""
OLD = "Id,First Name,Last Name,Email,Phone\n1,John,Smith,john.smith@acme.com,\n2,Paul,Gray,paul@gray.example,\n"


def cells(folder, sql):
    with closing(sqlite3.connect(folder / "crm.sqlite")) as database:
        return database.execute(sql).fetchall()


def ledger_of(workspace):
    ledger = pl.read_csv(workspace / "run" / "report" / "ledger.csv", infer_schema=False)
    return {record.rpartition(":")[2]: rest for record, *rest in ledger.select("record", "outcome", "code").rows()}


def test_an_import_updates_what_a_destination_holds_already_and_doubles_nothing(tmp_path):
    """Another migration filled the target; its export stands in the plan of this one."""
    plan = PLAN.format(key="") + TARGET
    for name, rows in (("first", OLD), ("second", OURS)):
        folder = tmp_path / name
        (folder / "exports").mkdir(parents=True)
        (folder / "exports" / "list.csv").write_text(rows, encoding="utf-8")
        (folder / "migration.toml").write_text(plan.replace("crm.sqlite", "../crm.sqlite"), encoding="utf-8")
    first = tmp_path / "first" / "migration.toml"
    first.write_text(
        re.sub(r"(?s)\[target.existing\].*?\[defaults\]", "[defaults]", first.read_text()), encoding="utf-8"
    )
    run(tmp_path / "first", to="crm")
    before = cells(tmp_path, "SELECT _id, firstname, lastname, email, phone FROM contacts ORDER BY _id")
    assert len(before) == 2
    text = "Id,First Name,Last Name,Email,Phone\n" + "".join(
        ",".join(str(cell or "") for cell in row) + "\n" for row in before
    )
    second = tmp_path / "second"
    (second / "exports" / "target.csv").write_text(text, encoding="utf-8")
    run(second, through="validate")
    predicted = pl.read_parquet(second / "run" / "validate" / "predictions.parquet").filter(
        pl.col("existing").is_not_null()
    )
    assert predicted.select("record", "prediction", "existing").rows() == [
        ("list:contacts:1", "updated", str(before[0][0]))
    ]
    run(second, to="crm")
    after = cells(tmp_path, "SELECT _id, firstname, email, phone FROM contacts ORDER BY _id")
    assert len(after) == 2 + 4
    assert after[0] == (before[0][0], "John", "john.smith@acme.com", "+14155550123")
    assert after[1][2] == "paul@gray.example"
    told = ledger_of(second)
    assert told["1"] == ["updated", "import.updated"]
    assert told["2"][0] == "merged"
    assert told["3"] == ["imported", "import.created"]
