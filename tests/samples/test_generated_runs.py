"""What the pipeline makes of a generated sample: lists shrink as real ones do, and the order of rows means nothing."""

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


def _workspace(root, rows, *, seed):
    """Write a workspace with contacts and accounts; return the truth about the contacts."""
    write_sample(root / "exports", rows=rows, seed=seed)
    (root / "exports" / "truth").rename(root / "truth")
    for name in ("User", "Opportunity", "OpportunityContactRole", "Task"):
        (root / "exports" / f"{name}.csv").unlink()
    (root / "migration.toml").write_text(PLAN, encoding="utf-8")
    return pl.read_csv(root / "truth" / "contacts.csv", infer_schema=False)


@pytest.fixture(scope="module")
def contacts(tmp_path_factory):
    """Contacts after dedupe, each with its person of the truth."""
    root = tmp_path_factory.mktemp("shrinking")
    truth = _workspace(root, ROWS, seed=21)
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


def _rewritten(root, *, seed):
    """Rewrite the exports in another order, without repeated ids: which of them comes first, the order decides."""
    for path in sorted((root / "exports").glob("*.csv")):
        frame = pl.read_csv(path, infer_schema=False)
        frame = frame.unique("Id", keep="first", maintain_order=True) if "Id" in frame.columns else frame
        frame.sample(fraction=1, shuffle=True, seed=seed).write_csv(path)


def test_the_order_of_rows_means_nothing(tmp_path):
    tables = []
    for order in (1, 2):
        root = tmp_path / str(order)
        _workspace(root, 700, seed=9)
        _rewritten(root, seed=order)
        run(root, through="stale")
        names = ("contacts", "companies")
        tables.append(
            [pl.read_parquet(Workspace(root).table("stale", name)).drop("_row").sort("_record") for name in names]
        )
    for one, other in zip(*tables, strict=True):
        assert one.filter(pl.col("_outcome") == "merged").height > 10
        assert one.equals(other)
