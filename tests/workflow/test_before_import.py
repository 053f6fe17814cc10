"""The files that people sign before an import: every column, value, loss and reject, and the spot check."""

import csv
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import Plan, Target
from crmclean.workflow.importing.before_import import WORKBOOK, before_import_of, write_before_import

CONTACTS = pl.LazyFrame(
    {
        "_record": ["s:contacts:1", "s:contacts:2"],
        "_source": ["s", "s"],
        "_file": ["c.csv", "c.csv"],
        "_row": [2, 3],
        "_outcome": [None, None],
        "_into": [None, None],
        "_code": [None, None],
        "last_name": ["=Lee", None],
        "lead_status": ["Lukewarm", None],
        "updated_at": ["2024-01-01", None],
        "x_odd": ["1", None],
    },
    schema_overrides=dict.fromkeys(("_outcome", "_into", "_code"), pl.String),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    plan = Plan(root=Path(), name="test", target=Target("hubspot"), sources=())
    mapped = map_tables(plan, {"contacts": CONTACTS})
    write_before_import(folder, before_import_of(mapped, validate(plan, mapped, {"contacts": CONTACTS})))
    return folder


def sheet(folder, name):
    first, *rows = openpyxl.load_workbook(folder / WORKBOOK)[name].iter_rows(values_only=True)
    return [dict(zip(first, row, strict=True)) for row in rows]


def test_every_column_says_what_becomes_of_it(folder):
    columns = {row["column"]: (row["action"], row["decided"]) for row in sheet(folder, "Columns")}
    assert columns["x_odd"] == ("undecided", "NO")
    assert columns["updated_at"] == ("drop", "yes")


def test_values_losses_and_rejects_are_listed(folder):
    assert [(row["value"], row["records"]) for row in sheet(folder, "Unlisted values")] == [("Lukewarm", 1)]
    assert "updated_at" in [row["field"] for row in sheet(folder, "Losses")]
    assert {row["record"]: row["code"] for row in sheet(folder, "Predicted rejects")} == {
        "s:contacts:1": "picklist.unmapped",
        "s:contacts:2": "required.one-of",
    }


def test_the_spot_check_has_room_for_a_verdict_and_runs_nothing(folder):
    cells = {row["target_field"]: row for row in sheet(folder, "Spot check") if row["record"] == "s:contacts:1"}
    assert cells["lastname"]["after"] == "'=Lee"
    assert {"verdict", "note"} <= set(cells["lastname"])
    with (folder / "spot-check.csv").open(encoding="utf-8", newline="") as file:
        assert "'=Lee" in {row["after"] for row in csv.DictReader(file)}
