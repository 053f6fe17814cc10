"""`crmclean export`: the tables open in DuckDB as they are, join, and say the same as the run."""

import json
import shutil

import duckdb
import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app
from crmclean.errors import InputError, PlanError, RefusedError
from crmclean.workflow.export import export
from crmclean.workflow.run import run

PLAN = """
version = 1
name = "acme"
[target]
crm = "hubspot"
[[source]]
name = "old"
kind = "salesforce"
[[source.file]]
path = "exports/Opportunity.csv"
object = "deals"
[[object]]
name = "stage_history"
source = "old"
path = "exports/OpportunityHistory.csv"
"""
DEALS = """Id,Name,StageName,Amount,CloseDate,Renewal__c
006A000000aaaaaIAA,Big one,Closed Won,"1,234.50",2026-03-01,soon
006A000000bbbbbIAA,No sum,Prospecting,a lot,2026-04-01,
"""
HISTORY = """Id,OpportunityId,StageName,CreatedDate
008A000000aaaaaIAA,006A000000aaaaaIAA,Prospecting,2026-01-02T10:00:00.000+0000
008A000000bbbbbIAA,006A000000aaaaaIAA,Closed Won,2026-02-03T10:00:00.000+0000
"""


@pytest.fixture(scope="module")
def tables(sample_run, tmp_path_factory):
    """A DuckDB connection that stands in the folder of the exported tables."""
    folder = tmp_path_factory.mktemp("bi")
    result = export(sample_run, folder)
    database = duckdb.connect()
    for file in folder.glob("*.parquet"):
        database.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM '{file}'")
    return database, folder, result


def one(database, query):
    return database.execute(query).fetchone()[0]


def test_every_table_has_one_row_for_each_record_that_stays(tables):
    database, _, result = tables
    assert {row[0] for row in result.tables[0].rows} == {
        "users", "companies", "contacts", "deals", "activities", "links", "crosswalk", "ledger",
    }  # fmt: skip
    for object_ in ("companies", "contacts", "deals", "activities", "links"):
        gone = "('merged', 'archived', 'excluded', 'erased')"
        stays = one(database, f"SELECT count(*) FROM ledger WHERE object = '{object_}' AND outcome NOT IN {gone}")
        merged = one(database, f"SELECT count(*) FROM {object_} WHERE import_outcome = 'excluded'")
        assert one(database, f"SELECT count(DISTINCT record) FROM {object_}") - merged == stays
        assert one(database, f"SELECT count(*) - count(DISTINCT record) FROM {object_}") == 0


def test_references_join_after_merges(tables):
    database, _, _ = tables
    query = """SELECT count(*) FROM contacts c ANTI JOIN companies k ON c.company_record = k.record
               WHERE c.company_record IS NOT NULL AND c.company_record NOT IN (
                   SELECT record FROM ledger WHERE outcome IN ('archived', 'excluded'))"""
    assert one(database, query) == 0
    assert one(database, "SELECT count(*) FROM contacts JOIN companies k ON company_record = k.record") > 100
    assert one(database, "SELECT count(*) FROM links JOIN contacts ON to_record = contacts.record") > 100
    assert one(database, "SELECT count(*) FROM deals JOIN crosswalk USING (record) WHERE deals.target_id IS NULL") == 0


def test_columns_have_types(tables):
    database, _, _ = tables
    types = {name: type_ for name, type_, *_ in database.execute("DESCRIBE deals").fetchall()}
    assert (types["amount"], types["close_date"]) == ("DECIMAL(38,6)", "DATE")
    assert (types["created_at"], types["is_closed"]) == ("TIMESTAMP WITH TIME ZONE", "BOOLEAN")
    assert one(database, "SELECT sum(amount) FROM deals WHERE close_date >= DATE '2020-01-01' AND is_won") > 0


def test_the_dictionary_names_every_column(tables):
    database, folder, _ = tables
    told = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
    page = (folder / "dictionary.md").read_text(encoding="utf-8")
    for table in told["tables"]:
        names = [row[0] for row in database.execute(f"DESCRIBE {table['name']}").fetchall()]
        assert [column["name"] for column in table["columns"]] == names
        assert table["rows"] == one(database, f"SELECT count(*) FROM {table['name']}")
        assert all(f"| `{name}` |" in page for name in names)
    contacts = next(table for table in told["tables"] if table["name"] == "contacts")
    company = next(column for column in contacts["columns"] if column["name"] == "company_record")
    assert company["refers_to"] == ["companies"]


def test_twice_the_same_bytes_and_nothing_of_the_workspace_changes(tables, sample_run, tmp_path):
    _, folder, _ = tables
    before = {path: path.stat().st_mtime_ns for path in sample_run.rglob("*.parquet")}
    export(sample_run, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }
    assert {path: path.stat().st_mtime_ns for path in sample_run.rglob("*.parquet")} == before


def test_csv_takes_the_place_of_an_earlier_export(sample_run, tmp_path):
    export(sample_run, tmp_path / "bi")
    (tmp_path / "bi" / "mine.pbix").write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(app, ["export", "--to", str(tmp_path / "bi"), "--csv", "-w", str(sample_run), "--json"])
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["tables"][0] == {"files": ["users.csv"], "name": "users", "rows": 8}
    assert not list((tmp_path / "bi").glob("*.parquet"))
    assert (tmp_path / "bi" / "mine.pbix").read_text(encoding="utf-8") == "mine"
    found = duckdb.sql(f"SELECT count(*) FROM read_csv('{tmp_path / 'bi' / 'companies.csv'}', header = true)")
    assert found.fetchall() == [(214,)]


def test_a_destination_that_the_plan_does_not_have_is_refused(sample_run, tmp_path):
    with pytest.raises(PlanError, match="no destination nowhere"):
        export(sample_run, tmp_path / "bi", destination="nowhere")
    assert not (tmp_path / "bi").exists()


def test_ids_that_no_import_gave_are_said_to_be_missing(sample_run, tmp_path):
    shutil.copytree(sample_run, tmp_path / "acme")
    with (tmp_path / "acme" / "migration.toml").open("a", encoding="utf-8") as plan:
        plan.write('\n[destinations.crm]\nkind = "sqlite"\nurl = "sqlite:///crm.sqlite"\n')
    told = export(tmp_path / "acme", tmp_path / "bi", destination="crm")
    assert any("imports have gone to: rehearsal; name one with --destination" in note for note in told.notes)


@pytest.mark.parametrize("place", ["exports/bi", "run", "state/bi", "decisions", "archive"])
def test_folders_of_the_workspace_are_refused(sample_run, place):
    with pytest.raises(RefusedError) as refused:
        export(sample_run, sample_run / place)
    assert refused.value.faults[0].code == "export.folder"


def test_a_folder_with_files_of_somebody_else_is_refused(sample_run, tmp_path):
    (tmp_path / "contacts.parquet").write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError):
        export(sample_run, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.parquet"]


def test_before_a_run_there_is_nothing_to_export(sample_run, tmp_path):
    shutil.copy(sample_run / "migration.toml", tmp_path)
    shutil.copytree(sample_run / "exports", tmp_path / "exports")
    with pytest.raises(InputError) as missing:
        export(tmp_path, tmp_path / "bi")
    assert missing.value.faults[0].code == "phase.missing"


def test_stage_history_and_cells_that_are_not_of_their_type(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "exports" / "Opportunity.csv").write_text(DEALS, encoding="utf-8")
    (tmp_path / "exports" / "OpportunityHistory.csv").write_text(HISTORY, encoding="utf-8")
    run(tmp_path, through="stale")
    result = export(tmp_path, tmp_path / "bi")
    history = duckdb.sql(f"SELECT deal_record, stage, entered_on::VARCHAR FROM '{tmp_path}/bi/stage_history.parquet'")
    deal = "old:deals:006A000000aaaaaIAA"
    assert history.fetchall() == [(deal, "Prospecting", "2026-01-02"), (deal, "Closed Won", "2026-02-03")]
    amounts = duckdb.sql(f"SELECT amount::VARCHAR FROM '{tmp_path}/bi/deals.parquet' ORDER BY record").fetchall()
    assert amounts == [("1234.500000",), (None,)]
    assert any("1 cell could not be read" in note for note in result.notes)
    assert "Renewal\\_\\_c" in (tmp_path / "bi" / "dictionary.md").read_text(encoding="utf-8")
