"""Loading only some columns gives what loading all of them gives in these columns."""

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from crmclean.pipeline.load.loading import load
from crmclean.plan.model import Plan, Source, SourceFile, Target
from crmclean.records import RECORD

CONTACTS = 'Record ID,First Name,Email,Note,Associated Company IDs\n{}1,Ann,ann@a.example,x,7;8\n2,Bo,,"y\nz",\n'
CALLS = "Record ID,Call Title,Call Status,Activity date,Associated Contact IDs\n9,Hi,Completed,2026-01-02,2\n"
COMPANIES = "Record ID,Company name\n7,Acme\n8,Globex\n"


def _load(root: Path, wanted=None, **files: str):
    for name, text in files.items():
        (root / f"{name}.csv").write_text(text, encoding="utf-8")
    places = tuple(SourceFile(f"{name}.csv", "activities" if name == "calls" else name) for name in files)
    plan = Plan(root, "test", Target("hubspot"), (Source("crm", "hubspot", 0, places),))
    return load(plan, wanted=wanted)


def _some(_object, column, _header):
    return column in ("email", "company_ref", "person_ref", "kind", "done", RECORD) or column.endswith("_object")


@pytest.mark.parametrize(
    "first",
    [
        "",
        "1,Ann,again@a.example,,\n",
        ",Cy,cy@c.example,w,7\n",
        ",,,,\n",
        "1E+17,Di,,,\n",
        CONTACTS.split("{}", maxsplit=1)[0],
        "Record ID,Ed,,,\n",
    ],
)
def test_the_columns_that_are_asked_for_are_those_of_the_whole(first, tmp_path):
    files = {"companies": COMPANIES, "contacts": CONTACTS.format(first), "calls": CALLS}
    whole, some = _load(tmp_path, **files), _load(tmp_path, _some, **files)
    assert set(some.tables) == set(whole.tables)
    for name, table in some.tables.items():
        narrow = table.collect()
        assert_frame_equal(narrow, whole.tables[name].collect().select(narrow.columns))
    assert "first_name" not in some.tables["contacts"].collect_schema()
    assert {"email", "company_ref", "_ref.company_ref"} <= set(some.tables["contacts"].collect_schema())
    assert {"kind", "done", "_ref.person_ref"} <= set(some.tables["activities"].collect_schema())


def test_records_that_nobody_tells_apart_have_no_id(tmp_path):
    files = {"contacts": CONTACTS.format(""), "calls": CALLS}
    loaded = _load(tmp_path, lambda object_, column, _: object_ == "contacts" or column == "person_ref", **files)
    calls = loaded.tables["activities"].collect()
    assert calls[RECORD].to_list() == [None]
    assert calls["_ref.person_ref"].to_list() == ["crm:contacts:2"]


def test_rows_left_out_are_told_all_the_same(tmp_path):
    loaded = _load(tmp_path, _some, contacts=CONTACTS.format("3,Di,di@d.example,n,,too,many\n"))
    assert loaded.rejects.height == 1
    assert loaded.tables["contacts"].collect().height == 3
