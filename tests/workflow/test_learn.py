"""`dedupe --learn`: kept weights make later runs weigh alike, so that old groups keep their ids."""

import json
import shutil

import polars as pl
import pytest

from benchmarks.matching_data import contacts
from crmclean.errors import InputError
from crmclean.workflow.run import phase, run
from crmclean.workflow.status import status

PLAN = """version = 1
name = "small"
as_of = 2026-06-30
[target]
crm = "hubspot"
[defaults]
region = "US"
[[source]]
name = "list"
kind = "plain"
[[source.file]]
path = "exports/list.csv"
object = "contacts"
key = "Nr"
"""


def write(root, frame):
    frame.select(pl.col("_record").alias("Nr"), pl.exclude("_record", "_source", "truth")).write_csv(
        root / "exports" / "list.csv"
    )


def groups(root):
    return pl.read_parquet(root / "run" / "dedupe" / "groups.parquet")


@pytest.fixture
def learned(finished, tmp_path):
    root, people, before = finished
    return shutil.copytree(root, tmp_path / "copy"), people, before


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("learn")
    (root / "exports").mkdir()
    (root / "migration.toml").write_text(PLAN, encoding="utf-8")
    people = contacts(900, seed=4)
    write(root, people.head(800))
    run(root, through="normalize")
    phase(root, "dedupe", learn=True)
    return root, people, groups(root)


def test_learning_keeps_the_weights_and_the_phase_is_up_to_date(learned):
    root, _, before = learned
    body = json.loads((root / "state" / "weights.json").read_text(encoding="utf-8"))
    assert list(body["objects"]) == ["contacts"]
    stamp = (root / "run" / "dedupe" / "phase.json").stat().st_mtime_ns
    run(root, through="dedupe")
    assert (root / "run" / "dedupe" / "phase.json").stat().st_mtime_ns == stamp
    (root / "run" / "dedupe" / "phase.json").unlink()
    run(root, through="dedupe")
    assert groups(root).equals(before)
    assert any("--learn" in note for note in status(root).notes)


def test_more_rows_do_not_renumber_groups_whose_members_are_the_same(learned):
    root, people, before = learned
    kept = (root / "state" / "weights.json").read_bytes()
    write(root, people)
    run(root, through="dedupe")
    after = groups(root)
    assert (root / "state" / "weights.json").read_bytes() == kept
    ids = {frozenset(part["record"]): name for (name,), part in after.group_by("group")}
    old = {frozenset(part["record"]): name for (name,), part in before.group_by("group")}
    same = old.keys() & ids.keys()
    assert len(same) > 0.9 * len(old)
    assert all(old[members] == ids[members] for members in same)


def test_weights_that_cannot_be_read_are_named(learned):
    root, _, _ = learned
    (root / "state" / "weights.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="holds no weights"):
        run(root, through="dedupe")


def test_other_columns_are_weighed_anew_and_that_is_said(learned):
    root, people, _ = learned
    write(root, people.drop("phone"))
    run(root, through="dedupe")
    assert any("weighed anew" in note for note in status(root).notes)
