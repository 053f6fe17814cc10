import json

import polars as pl
import pytest

from crmclean.errors import ExitCode, InputError, UsageError
from crmclean.files.tables import write_parquet
from crmclean.workflow.explain import explain
from crmclean.workflow.explaining.lookup import find_one
from crmclean.workflow.purge import purge
from crmclean.workspace.atomic import write_text
from crmclean.workspace.paths import Workspace

ANN, TWIN, BO = (f"old:contacts:003A000000{letters}" for letters in ("aaaaaAAA", "bbbbbAAB", "cccccAAC"))


@pytest.mark.parametrize(
    "words", [ANN, "003A000000aaaaaAAA", "003A000000aaaaa", "17"], ids=["record", "source id", "short id", "target id"]
)
def test_a_record_is_found_by_any_of_its_ids(finished, words):
    story = explain(finished.root, words)
    assert story.data["record"]["record"] == ANN
    expected = (
        f"{ANN}: read from exports/Contact.csv, row 2; imported (import.created) as contacts 17 in stage customers."
    )
    assert story.headline == expected


@pytest.mark.parametrize("words", ["bo@example.org", "BO@EXAMPLE.ORG", "bo roe", "Roe, Bo", " bo  roe "])
def test_a_record_is_found_by_email_and_name(finished, words):
    assert explain(finished.root, words).data["record"]["record"] == BO


def test_several_fits_are_a_choice(finished):
    told = explain(finished.root, "ann@example.com")
    assert told.exit_code is ExitCode.WAITING
    assert [(one["record"], one["name"], one["outcome"]) for one in told.data["candidates"]] == [
        (ANN, "Ann Lee", "imported"),
        (TWIN, "Ann Lee", "merged"),
    ]
    assert told.next_step == f"crmclean explain {ANN}"
    assert told.headline == "2 records fit ann@example.com; name one of them by its id."
    assert told.tables[0].rows[0] == (ANN, "Ann Lee", "ann@example.com", None, "imported as 17")
    with pytest.raises(UsageError) as caught:  # commands that change something never choose
        find_one(finished, "ann@example.com")
    assert [fault.where for fault in caught.value.faults] == [ANN, TWIN]
    assert {fault.code for fault in caught.value.faults} == {"record.several"}


@pytest.mark.parametrize("survivor", [ANN, TWIN])
def test_records_that_were_merged_are_one(finished, survivor):
    members = pl.DataFrame({"record": [ANN, TWIN], "survivor": [survivor] * 2})
    write_parquet(members, finished.phase("dedupe") / "members.parquet")
    assert find_one(finished, "ann@example.com").record == survivor


def test_no_fit_and_no_run_say_what_to_do(finished, tmp_path):
    with pytest.raises(UsageError, match="no record fits"):
        explain(finished.root, "nobody@example.com")
    with pytest.raises(InputError, match="nothing has been loaded"):
        explain(tmp_path / "elsewhere", ANN)


def test_the_story_holds_changes_findings_merges_and_decisions(finished):
    write_text(finished.decisions / "pairs.csv", f"left,right,verdict\n{ANN},{TWIN},same\nx,y,different\n")
    story = explain(finished.root, ANN)
    assert [change["after"] for change in story.data["changes"]] == ["+14155550100"]
    assert story.data["merged_records"] == [TWIN]
    assert story.notes == (
        f"Merged into it: 1 record: {TWIN}.",
        f"Decision in pairs.csv: left {ANN}, right {TWIN}, verdict same.",
    )
    assert explain(finished.root, BO).data["findings"][0]["code"] == "phone.missing"


def test_a_merged_record_leads_on_to_its_survivor(finished):
    story = explain(finished.root, TWIN)
    assert story.data["outcome"]["outcome"] == "merged"
    assert [end["record"] for end in story.data["chain"]] == [ANN]
    assert story.notes[0] == f"Merged into {ANN}, which is imported."


def test_a_cell_is_told_from_its_file_to_its_end(finished):
    story = explain(finished.root, ANN, "phone")
    assert story.data["cell"] == [
        {"phase": "load", "field": "phone", "value": "(415) 555-0100"},
        {"phase": "normalize", "field": "phone", "value": "+14155550100"},
    ]
    assert [table.title for table in story.tables] == ["phone after each phase", "Changes, in order"]
    with pytest.raises(UsageError, match="no field fone") as caught:
        explain(finished.root, ANN, "fone")
    assert caught.value.faults[0].hint == "did you mean phone?"


def test_a_record_is_found_by_what_was_read_and_by_what_it_was_cleaned_to(sample_run):
    """People look up what they see in the target."""
    loaded, clean = (
        pl.read_parquet(sample_run / "run" / phase / "contacts.parquet") for phase in ("load", "normalize")
    )
    both = loaded.select("_record", "email").join(clean.select("_record", clean="email"), on="_record")
    changed = both.filter(pl.col("clean").is_unique(), pl.col("email").str.to_lowercase() != pl.col("clean")).sort(
        "_record"
    )
    record, read, cleaned = changed.row(0)
    assert find_one(Workspace(sample_run), read) == find_one(Workspace(sample_run), cleaned)
    assert find_one(Workspace(sample_run), cleaned).record == record


def test_the_story_of_a_cell_ends_with_what_the_target_gets(sample_run):
    clean = pl.read_parquet(sample_run / "run" / "map" / "contacts.parquet")
    record, state = clean.filter(pl.col("state") == "QLD").select("_record", "state").row(0)
    story = explain(sample_run, record, "region")
    assert story.data["cell"][-1] == {"phase": "map", "field": "state", "value": state}
    assert ("map", "state", "map.subdivision") in {
        (row["phase"], row["field"], row["code"]) for row in story.data["changes"]
    }


def test_a_company_is_found_by_its_name(sample_run):
    companies = pl.read_parquet(sample_run / "run" / "load" / "companies.parquet")
    record, name = companies.filter(pl.col("name").is_unique()).sort("_record").select("_record", "name").row(0)
    assert find_one(Workspace(sample_run), name.upper()).record == record


def test_a_field_may_be_named_by_its_header_or_as_the_target_calls_it(sample_run):
    columns = json.loads((sample_run / "run" / "load" / "columns.json").read_text(encoding="utf-8"))
    contacts = pl.read_parquet(sample_run / "run" / "map" / "contacts.parquet")
    read = pl.read_parquet(sample_run / "run" / "load" / "contacts.parquet").sort("_record")
    sent = read.join(contacts.filter(pl.col("firstname").is_not_null()), on="_record", how="semi")
    record, file = sent.select("_record", "_file").row(0)
    header = next(each["header"] for each in columns[file]["columns"] if each["column"] == "first_name")
    for name in (header, header.upper(), "firstname"):
        assert explain(sample_run, record, name).data["field"] == "first_name"


def test_a_reference_is_told_as_the_record_that_it_leads_to(sample_run):
    contacts = pl.read_parquet(sample_run / "run" / "map" / "contacts.parquet").sort("_record")
    linked = contacts.filter(pl.col("_ref.associatedcompanyid").is_not_null())
    record, company = linked.select("_record", "_ref.associatedcompanyid").row(0)
    story = explain(sample_run, record, "associatedcompanyid")
    assert {"phase": "map", "field": "associatedcompanyid", "value": company} in story.data["cell"]


def test_a_record_whose_stage_was_not_sent_leads_to_the_status(finished):
    ledger = finished.report / "ledger.csv"
    text = ledger.read_text(encoding="utf-8").replace("imported,,import.created", "held,,import.not-sent")
    write_text(ledger, text)
    assert explain(finished.root, ANN).next_step == "crmclean status"


def test_after_a_purge_nothing_is_asked_to_run_again(finished):
    purge(finished.root, yes=True)
    with pytest.raises(InputError) as caught:
        explain(finished.root, ANN)
    assert "kept/ledger.csv" in caught.value.faults[0].hint
