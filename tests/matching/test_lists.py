"""Short lists with headers of their own, recognised and matched at default settings."""

import polars as pl
import pytest

from benchmarks.matching import scores
from benchmarks.matching_lists import LISTS
from crmclean.workflow.dedupe_file import ListOptions, dedupe_file


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_people_or_firms_is_matched_as_it_comes(name, tmp_path):
    object_, make = LISTS[name]
    frame = make(seed=3)
    frame.drop("truth").write_csv(tmp_path / f"{name}.csv")
    dedupe_file(tmp_path / f"{name}.csv", tmp_path / "out.csv", ListOptions(object=object_))
    found = pl.read_csv(tmp_path / "out.csv", infer_schema=False).select("record", group="cluster")
    precision, _, f1 = scores(frame, found)
    assert precision >= 0.98
    assert f1 >= 0.90
