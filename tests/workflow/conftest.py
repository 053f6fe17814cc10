"""A small finished run, written by hand in the shapes of crmclean.records."""

import polars as pl
import pytest

from crmclean.files.tables import schema_of, write_csv, write_parquet
from crmclean.pipeline.store import Phase, save
from crmclean.records import CHANGES, FINDINGS, LEDGER
from crmclean.workspace.paths import Workspace

PLAN = """
version = 1
name = "acme"
[target]
crm = "hubspot"
[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/Contact.csv"
object = "contacts"
"""
CONTACTS = [
    ("old:contacts:003A000000aaaaaAAA", 2, "ann@example.com", "Ann", "Lee", "(415) 555-0100"),
    ("old:contacts:003A000000bbbbbAAB", 3, "Ann@Example.com", "Ann", "Lee", None),
    ("old:contacts:003A000000cccccAAC", 4, "bo@example.org", "Bo", "Roe", None),
]


def contact_table(cells):
    names = ["_record", "_row", "email", "first_name", "last_name", "phone"]
    table = pl.DataFrame(cells, schema=names, orient="row")
    return table.with_columns(pl.lit("old").alias("_source"), pl.lit("exports/Contact.csv").alias("_file"))


@pytest.fixture
def plan_text() -> str:
    """The plan of `finished`."""
    return PLAN


@pytest.fixture
def finished(tmp_path) -> Workspace:
    """Ann twice, merged; Bo archived; one phone changed, one finding."""
    workspace = Workspace(tmp_path)
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    ann, _, bo = (row[0] for row in CONTACTS)
    save(workspace, "load", Phase({"contacts": contact_table(CONTACTS)}), "key")
    change = ("contacts", ann, "phone", "(415) 555-0100", "+14155550100", "phones.e164", "phone.formatted")
    finding = ("contacts", bo, "exports/Contact.csv", 4, "phone", "phones", "warning", "phone.missing")
    normalized = Phase(
        {"contacts": contact_table([(ann, 2, "ann@example.com", "Ann", "Lee", "+14155550100"), *CONTACTS[1:]])},
        pl.DataFrame([change], schema=schema_of(CHANGES), orient="row"),
        pl.DataFrame([finding], schema=schema_of(FINDINGS), orient="row"),
    )
    save(workspace, "normalize", normalized, "key")
    start = [("contacts", row[0], "old", "exports/Contact.csv", row[1]) for row in CONTACTS]
    ends = [
        ("imported", None, "import.created", "customers", "contacts", "17"),
        ("merged", ann, "match.email", None, "contacts", "17"),
        ("archived", None, "stale.no-engagement", None, None, None),
    ]
    archived = contact_table([CONTACTS[2]])
    write_parquet(archived, workspace.archive / "contacts.parquet")
    rows = [(*first, *last) for first, last in zip(start, ends, strict=True)]
    write_csv(pl.DataFrame(rows, schema=schema_of(LEDGER), orient="row"), workspace.report / "ledger.csv")
    return workspace
