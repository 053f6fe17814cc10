"""What de-duplication makes of a generated sample: a typical list of 50,000 shrinks to 28,000 to 32,000."""

import polars as pl
import pytest

from crmclean.samples.generate import LIST_FILE, write_sample
from crmclean.workflow.run import run
from crmclean.workspace.paths import Workspace

ROWS = 4_000
PLAN = f"""
version = 1
name = "generated"
as_of = 2026-06-30
[defaults]
region = "US"
currency = "USD"
[target]
crm = "hubspot"
[[source]]
name = "salesforce"
kind = "salesforce"
[[source.file]]
path = "exports/Account.csv"
object = "companies"
[[source.file]]
path = "exports/Contact.csv"
object = "contacts"
[[source]]
name = "newsletter"
kind = "plain"
[[source.file]]
path = "exports/{LIST_FILE}"
object = "contacts"
"""


@pytest.fixture(scope="module")
def contacts(tmp_path_factory):
    """Contacts after dedupe, each with its person of the truth."""
    root = tmp_path_factory.mktemp("shrinking")
    write_sample(root / "exports", rows=ROWS, seed=21)
    truth = pl.read_csv(root / "exports" / "truth" / "contacts.csv", infer_schema=False)
    (root / "exports" / "truth").rename(root / "truth")
    for name in ("User", "Opportunity", "OpportunityContactRole", "Task"):
        (root / "exports" / f"{name}.csv").unlink()
    (root / "migration.toml").write_text(PLAN, encoding="utf-8")
    run(root, through="dedupe")
    frame = pl.read_parquet(Workspace(root).table("dedupe", "contacts"))
    truth = truth.select(
        ("exports/" + pl.col("file")).alias("_file"), pl.col("row").cast(pl.Int64).alias("_row"), "entity"
    )
    group = pl.coalesce("_into", "_record").alias("group")
    return frame.join(truth, on=["_file", "_row"]).filter(pl.col("_outcome").ne_missing("excluded")).with_columns(group)


def _pairs(frame, *columns):
    return frame.group_by(columns).len().select((pl.col("len") * (pl.col("len") - 1) // 2).sum()).item()


def test_the_list_shrinks_as_lists_do(contacts):
    assert 0.56 <= contacts["group"].n_unique() / ROWS <= 0.64


def test_hardly_any_merge_is_wrong(contacts):
    assert _pairs(contacts, "group", "entity") / _pairs(contacts, "group") >= 0.99


def test_most_copies_are_found(contacts):
    assert _pairs(contacts, "group", "entity") / _pairs(contacts, "entity") >= 0.9
