"""What the pipeline derives from patches: the same laws as of steps, over random tables and random cells."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.pipeline import patching
from crmclean.pipeline.laws import check_replay
from crmclean.pipeline.patching import apply_patches
from crmclean.records import FATE, FILE, RECORD, ROW, SOURCE
from crmclean.steps.contract import Cells, Patch

CELL = st.one_of(st.none(), st.sampled_from(["a", "b", ""]))
TABLES = st.lists(CELL, max_size=9)
WRITES = st.lists(st.tuples(st.sampled_from(["title", "city", "new"]), st.dictionaries(st.integers(0, 8), CELL)))


def table_of(cells):
    rows = {RECORD: [f"s:contacts:{place}" for place in range(len(cells))], SOURCE: "s", FILE: "f.csv"}
    numbers = {ROW: range(2, len(cells) + 2), "title": cells, "city": cells[::-1], **dict.fromkeys(FATE)}
    texts = dict.fromkeys((RECORD, SOURCE, FILE, "title", "city", *FATE), pl.String)
    return pl.DataFrame({**rows, **numbers}, schema_overrides={**texts, ROW: pl.Int64})


def patch_of(number, field, cells, height, why=None):
    known = {place: cell for place, cell in sorted(cells.items()) if place < height}
    rows, values = pl.Series(list(known), dtype=pl.UInt32), pl.Series(list(known.values()), dtype=pl.String)
    reasons = None if why is None else pl.repeat(why, len(known), eager=True)
    return Patch(f"test.{number}", lambda _table: iter([Cells(field, rows, values, reasons)]))


def patched(cells, writes):
    table = table_of(cells)
    patches = [patch_of(number, field, given, len(cells)) for number, (field, given) in enumerate(writes)]
    return table, apply_patches(patches, "contacts", table)


@given(TABLES, WRITES)
def test_playing_the_changes_backwards_gives_the_table_that_was_there(cells, writes):
    table, result = patched(cells, writes)
    faults = check_replay({"contacts": table.lazy()}, {"contacts": result.frame.lazy()}, [result.changes.lazy()])
    assert list(faults) == []


@given(TABLES, WRITES)
def test_what_is_named_is_written_and_nothing_else(cells, writes):
    table, result = patched(cells, writes)
    expected = {name: table[name].to_list() for name in table.columns}
    for field, given_ in writes:
        column = expected.setdefault(field, [None] * len(cells))
        for place, cell in given_.items():
            if place < len(cells):
                column[place] = cell
    assert result.frame.to_dict(as_series=False) == expected


@given(TABLES, WRITES)
def test_cells_that_stay_as_they_were_are_no_changes(cells, writes):
    _, result = patched(cells, writes)
    assert result.changes.filter(pl.col("before").eq_missing(pl.col("after"))).is_empty()


def test_changes_stand_in_the_order_of_the_slices_that_steps_see(monkeypatch):
    monkeypatch.setattr(patching, "SLICE", 2)
    _, result = patched(["x"] * 3, [("title", {0: "a", 2: "b"}), ("city", {1: "c", 2: "d"})])
    assert result.changes["after"].to_list() == ["a", "c", "b", "d"]


@pytest.mark.parametrize(("why", "severities"), [("phones.invalid", ["warning"]), ("merge.email", []), (None, [])])
def test_a_reason_with_a_severity_is_a_finding(why, severities):
    table = table_of(["x", "y"])
    result = apply_patches([patch_of(0, "title", {1: "z"}, 2, why)], "contacts", table)
    assert result.findings["severity"].to_list() == severities
    assert result.changes["code"].to_list() == [why or "test.0"]
