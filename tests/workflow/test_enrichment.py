"""Blanks filled from a source that only enriches, and what still lacks its core fields archived; as a user runs it."""

import polars as pl
import pytest

from crmclean.errors import ExitCode
from crmclean.workflow.explain import explain
from crmclean.workflow.restore import restore
from crmclean.workflow.run import run

PLAN = """
version = 1
name = "small"
as_of = 2026-06-30

[target]
crm = "hubspot"

[defaults]
region = "US"

[[source]]
name = "crm"
kind = "plain"

[[source.file]]
path = "exports/people.csv"
object = "contacts"

[[source]]
name = "list"
kind = "plain"
role = "enrichment"

[[source.file]]
path = "exports/list.csv"
object = "contacts"

[stale]
protect = "email = 'ann.lee@acme.example'"
"""
PEOPLE = """ID,First name,Last name,Email,Phone,Job title,Company,City,Street
1,Ann,Lee,ann.lee@acme.example,,,Acme Ltd,Boston,
2,Bo,Roe,bo.roe@bolt.example,+1 415 555 0142,CEO,Bolt Inc,,
3,Cy,,,,,,,
4,,,,+1 415 555 0143,,,,
"""
LIST = """ID,First name,Last name,Email,Phone,Job title,Company,City,Street,Email opt-out
91,Ann,Lee,ann.lee@acme.example,+1 415 555 0199,CTO,Acme Ltd,Dallas,12 Long Street,
92,Bo,Roe,bo.roe@bolt.example,,Chief,Bolt Inc,Austin,1 Main Street,true
93,Zoe,Nobody,zoe@nobody.example,,,,,,
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("enrich")
    (root / "exports").mkdir()
    (root / "migration.toml").write_text(PLAN, encoding="utf-8")
    (root / "exports" / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (root / "exports" / "list.csv").write_text(LIST, encoding="utf-8")
    run(root, through="stale")
    return root


def contacts(root):
    rows = pl.read_parquet(root / "run" / "stale" / "contacts.parquet").rows(named=True)
    return {row["_record"].rsplit(":", 1)[1]: row for row in rows}


def test_only_blanks_are_filled_and_an_address_is_not_mixed(finished):
    people = contacts(finished)
    assert (people["1"]["phone"], people["1"]["title"]) == ("+14155550199", "CTO")
    assert (people["1"]["city"], people["1"]["street"]) == ("Boston", None)
    assert (people["2"]["title"], people["2"]["phone"]) == ("CEO", "+14155550142")
    assert (people["2"]["city"], people["2"]["street"]) == ("Austin", "1 Main Street")


def test_a_refusal_in_the_list_counts_and_silence_allows_nothing(finished):
    people = contacts(finished)
    assert (people["2"]["email_opt_out"], people["1"]["email_opt_out"]) == ("true", None)


def test_every_row_of_the_list_has_an_outcome_and_none_is_a_record(finished):
    ledger = pl.read_csv(finished / "run" / "report" / "ledger.csv", infer_schema=False)
    fates = dict(ledger.filter(pl.col("source") == "list").select("record", "outcome", "code").rows_by_key("record"))
    assert {record.rsplit(":", 1)[1]: fate[0] for record, fate in fates.items()} == {
        "91": ("merged", "merge.enrichment"),
        "92": ("merged", "merge.enrichment"),
        "93": ("excluded", "enrich.no-match"),
    }


def test_each_filled_cell_says_where_it_came_from(finished):
    origins = pl.read_parquet(finished / "run" / "dedupe" / "origins.parquet")
    told = {(row["survivor"], row["field"]): (row["record"], row["code"]) for row in origins.rows(named=True)}
    assert told["crm:contacts:1", "phone"] == ("list:contacts:91", "fill.enrichment")
    notes = " ".join(explain(finished, "crm:contacts:1", "phone").notes)
    assert "list:contacts:91" in notes


def test_values_of_the_list_that_found_no_room_are_listed(finished):
    losers = pl.read_parquet(finished / "run" / "dedupe" / "losers.parquet")
    assert ("list:contacts:92", "title", "Chief") in losers.select("record", "field", "value").rows()


def test_who_lacks_the_core_fields_is_archived_with_its_own_code_and_can_be_restored(finished):
    people = contacts(finished)
    assert (people["3"]["_outcome"], people["3"]["_code"]) == ("archived", "incomplete.core-fields")
    assert people["4"]["_code"] != "incomplete.core-fields"
    restore(finished, ["crm:contacts:3"], by="Ann", note="I know him")
    assert run(finished, through="stale").exit_code in (ExitCode.DONE, ExitCode.GATE)
    assert contacts(finished)["3"]["_code"] != "incomplete.core-fields"
