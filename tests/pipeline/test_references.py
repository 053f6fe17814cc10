"""References against the plain rule: the first object of the field in which the source has a record of that id."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from crmclean.pipeline.load.references import linked

IDS = ["1", "2", "3", "a-b", "7~2"]
CELLS = st.one_of(st.none(), st.sampled_from([*IDS, "2.0", " 3 ", "{a-b}", "9", ""]))
CLEAN = {"2.0": "2", " 3 ": "3", "{a-b}": "a-b", "": None}
SOURCES = st.sampled_from([("crm",), ("crm", "erp")])


def records(object_, ids):
    return pl.LazyFrame({"_record": [f"{source}:{object_}:{id_}" for source, id_ in ids]}, {"_record": pl.String})


@given(st.data())
def test_a_reference_points_to_the_first_object_that_has_its_id(data):
    sources = data.draw(SOURCES)
    own = st.tuples(st.sampled_from(sources), st.sampled_from(IDS))
    known = {name: data.draw(st.lists(own, unique=True, max_size=6)) for name in ("contacts", "leads")}
    rows = data.draw(st.lists(st.tuples(st.sampled_from(sources), CELLS), max_size=20))
    activities = pl.LazyFrame(rows, schema={"_source": pl.String, "person_ref": pl.String}, orient="row")
    tables = {"activities": activities, **{name: records(name, ids) for name, ids in known.items()}}
    found = linked("activities", tables, dict.fromkeys(sources)).collect()["_ref.person_ref"].to_list()
    assert found == [expected(known, source, CLEAN.get(cell, cell)) for source, cell in rows]


def expected(known, source, id_):
    return next((f"{source}:{name}:{id_}" for name, ids in known.items() if (source, id_) in ids), None)
