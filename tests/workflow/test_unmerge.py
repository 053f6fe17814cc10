"""Taking a merge apart, on the sample migration in the rehearsal: what comes back, what stays, what is refused."""

import shutil
import sqlite3

import polars as pl
import pytest

from crmclean.errors import InputError, RefusedError, UsageError
from crmclean.matching.decisions import read_decisions
from crmclean.records import CODE, INTO, OUTCOME, RECORD
from crmclean.workflow.run import run
from crmclean.workflow.unmerge import unmerge
from crmclean.workspace.paths import Workspace
from crmclean.workspace.shipped import shipped

WHY = "two people, one mailbox"


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """The sample migration, imported into the rehearsal; nobody in it is stale, so that all may be sent."""
    root = tmp_path_factory.mktemp("unmerge") / "acme"
    shutil.copytree(shipped("sample_data"), root)
    plan = (root / "migration.toml").read_text(encoding="utf-8")
    (root / "migration.toml").write_text(plan.replace("[stale]", "[stale]\nprotect = 'TRUE'"), encoding="utf-8")
    run(root)
    return root


@pytest.fixture
def workspace(merged, tmp_path):
    shutil.copytree(merged, tmp_path / "acme")
    return Workspace(tmp_path / "acme")


def ledger(workspace):
    return pl.read_csv(workspace.report / "ledger.csv", infer_schema=False)


def group_of(workspace, *, size, object_="contacts"):
    """An imported group: survivor and losers; with links to each member where there is one."""
    members = pl.read_parquet(workspace.run / "dedupe" / "members.parquet").filter(pl.col("object") == object_)
    sent = ledger(workspace).filter(pl.col("outcome") == "imported")["record"]
    groups = members.filter(pl.len().over("survivor") == size, pl.col("survivor").is_in(sent.implode()))
    pointed = pl.read_parquet(workspace.table("normalize", "activities"))["_ref.person_ref"].drop_nulls()
    linked = groups.filter(
        (pl.col("record").is_in(pointed.implode()) & (pl.col("record") != pl.col("survivor"))).any().over("survivor")
    )
    survivor = linked["survivor"].sort()[0]
    return survivor, sorted(set(linked.filter(pl.col("survivor") == survivor)["record"]) - {survivor})


def rows(workspace, phase, records, object_="contacts"):
    """The rows of records after a phase, without their fates."""
    table = pl.read_parquet(workspace.table(phase, object_)).filter(pl.col(RECORD).is_in(records))
    return table.drop(OUTCOME, INTO, CODE, strict=False).sort(RECORD)


def pointing_at(workspace, phase, records):
    table = pl.read_parquet(workspace.table(phase, "activities"))
    return table.filter(pl.col("_ref.person_ref").is_in(records)).select(RECORD, "_ref.person_ref").sort(RECORD).rows()


def at_target(workspace, records):
    with sqlite3.connect(workspace.rehearsal) as database:
        keys = [key for (key,) in database.execute("SELECT crmclean_id FROM contacts")]
    return sorted(set(keys) & set(records))


def test_a_group_comes_apart_with_its_cells_and_links_and_all_else_stays(workspace):
    survivor, losers = group_of(workspace, size=2)
    records = [survivor, *losers]
    before = ledger(workspace).filter(~pl.col("record").is_in(records))
    assert pointing_at(workspace, "dedupe", losers) == []
    assert at_target(workspace, records) == [survivor]
    told = unmerge(workspace.root, losers[0], by="Ann", note=WHY)
    assert told.data["taken_apart"] == records
    assert "stays the record of the survivor" in " ".join(told.notes)
    run(workspace.root)
    first, last = rows(workspace, "normalize", records), rows(workspace, "dedupe", records)
    assert (
        last.select(first.columns)
        .drop("_ref.company_ref", "_ref.reports_to_ref", strict=False)
        .equals(first.drop("_ref.company_ref", "_ref.reports_to_ref", strict=False))
    )
    assert pointing_at(workspace, "dedupe", losers) == pointing_at(workspace, "normalize", losers) != []
    assert at_target(workspace, records) == sorted(records)
    after = ledger(workspace).filter(~pl.col("record").is_in(records))
    kept = ("object", "record", "outcome", "into")
    changed = before.select(kept).join(after.select(kept), on=kept, how="anti", nulls_equal=True)
    assert changed.filter(pl.col("object") == "contacts").is_empty()


def test_the_decision_holds_who_why_and_no_value_and_a_second_one_adds_nothing(workspace):
    survivor, losers = group_of(workspace, size=2)
    unmerge(workspace.root, survivor, by="Ann", note=WHY)
    path = workspace.decisions / "pairs.csv"
    text = path.read_text(encoding="utf-8")
    row = read_decisions(path).filter(pl.col("verdict") == "unmerge").row(0, named=True)
    assert sorted((row["left"], row["right"])) == sorted((survivor, *losers))
    assert (row["by"], row["note"], row["seen"]) == ("Ann", WHY, None)
    again = unmerge(workspace.root, survivor, by="Bob", note="again")
    assert again.data["pairs"] == 0
    assert path.read_text(encoding="utf-8") == text


def test_an_earlier_merge_by_a_person_is_overruled(workspace):
    decided = read_decisions(workspace.decisions / "pairs.csv").filter(pl.col("verdict") == "merge")
    members = pl.read_parquet(workspace.run / "dedupe" / "members.parquet")
    left = decided.filter(pl.col("left").is_in(members["record"].implode()))["left"][0]
    unmerge(workspace.root, left, by="somebody else", note=WHY)
    run(workspace.root, through="dedupe")
    assert left not in set(pl.read_parquet(workspace.run / "dedupe" / "members.parquet")["record"])


def test_one_member_leaves_and_the_others_stay_together(workspace):
    survivor, losers = group_of(workspace, size=3)
    told = unmerge(workspace.root, survivor, [losers[1]], by="Ann", note=WHY)
    assert (told.data["taken_apart"], told.data["stay_merged"]) == ([losers[1]], [survivor, losers[0]])
    run(workspace.root, through="dedupe")
    members = pl.read_parquet(workspace.run / "dedupe" / "members.parquet").filter(pl.col("survivor") == survivor)
    held_together = "they come apart, too" not in " ".join(told.notes)
    assert set(members["record"]) == ({survivor, losers[0]} if held_together else set())


def test_what_cannot_be_taken_apart_is_said_and_nothing_is_written(workspace, tmp_path):
    members = pl.read_parquet(workspace.run / "dedupe" / "members.parquet")["record"]
    single = ledger(workspace).filter((pl.col("object") == "contacts") & ~pl.col("record").is_in(members.implode()))[
        "record"
    ][0]
    before = (workspace.decisions / "pairs.csv").read_bytes()
    with pytest.raises(UsageError, match="is in no merge"):
        unmerge(workspace.root, single, by="Ann", note=WHY)
    survivor, _ = group_of(workspace, size=2)
    with pytest.raises(UsageError, match="is not in this merge"):
        unmerge(workspace.root, survivor, [single], by="Ann", note=WHY)
    assert (workspace.decisions / "pairs.csv").read_bytes() == before
    with pytest.raises((InputError, RefusedError)):
        unmerge(tmp_path / "nowhere", survivor, by="Ann", note=WHY)
