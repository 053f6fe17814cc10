"""Laws of merging and of taking merges apart, over small invented lists."""

from itertools import combinations
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from crmclean.matching.decisions import DECISIONS
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.plan.model import Plan, Source, Target
from crmclean.records import RECORD

PLAN = Plan(Path(), "laws", Target("hubspot"), (Source("crm", "plain", 1, ()), Source("list", "plain", 2, ())))
PERSON = {
    "_source": st.sampled_from(["crm", "list"]),
    "first_name": st.sampled_from(["Ann", "Bo", None]),
    "last_name": st.sampled_from(["Lee", "Roe", None]),
    "email": st.sampled_from(["a@x.example", "b@x.example", None]),
    "email_other": st.sampled_from(["c@x.example;d@x.example", None]),
    "phone": st.sampled_from(["+14155550100", "+14155550101", None]),
    "mobile": st.sampled_from(["+14155550102", None]),
    "email_opt_out": st.sampled_from(["true", "false", None]),
    "title": st.sampled_from(["CEO", "CTO", None]),
    "tags": st.sampled_from(["x;y", "y", None]),
    "created_at": st.sampled_from(["2024-01-01", "2025-01-01", None]),
    "x_note": st.sampled_from(["1", "2", None]),
}
KINDS = ("contacts", "leads")
TEXTS = dict.fromkeys(("_record", "_file", *PERSON, "_outcome", "_into", "_code"), pl.String)


@st.composite
def lists(draw):
    """Two to five people, contacts and leads, an activity of each, and the pairs that somebody merges."""
    people = draw(st.lists(st.fixed_dictionaries(PERSON), min_size=2, max_size=5))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=len(people), max_size=len(people)))
    named = [
        row | {"_record": f"{row['_source']}:{kind}:{n}", "_file": "x.csv"}
        for n, (row, kind) in enumerate(zip(people, kinds, strict=True))
    ]
    everybody = pl.DataFrame(named, schema=TEXTS).with_columns(_row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64))
    records = everybody[RECORD].to_list()
    tables = {kind: everybody.filter(pl.col(RECORD).str.contains(f":{kind}:")) for kind in KINDS}
    activities = pl.DataFrame(
        {"_record": [f"crm:activities:{n}" for n in range(len(records))], "_ref.person_ref": records}
    ).with_columns(
        _source=pl.lit("crm"), _file=pl.lit("y.csv"), _row=pl.lit(2, pl.Int64),
        **{name: pl.lit(None, pl.String) for name in ("_outcome", "_into", "_code")},
    )  # fmt: skip
    pairs = draw(st.sets(st.sampled_from(list(combinations(sorted(records), 2))), min_size=1))
    return {**tables, "activities": activities}, pairs


def people_in(tables):
    return pl.concat([tables[kind] for kind in KINDS], how="diagonal")


def said(pairs, verdict, at):
    rows = [{"left": low, "right": high, "verdict": verdict, "by": verdict, "at": at} for low, high in sorted(pairs)]
    return pl.DataFrame(rows, schema=DECISIONS)


def deduped(tables, *decisions):
    lazy = {name: table.lazy() for name, table in tables.items()}
    return dedupe(PLAN, lazy, pl.concat([pl.DataFrame(schema=DECISIONS), *decisions]), b"key")


@settings(max_examples=40)
@given(lists())
def test_unmerge_of_a_merge_gives_back_what_was_there(case):
    tables, pairs = case
    merged = said(pairs, "merge", "2026-01-01T00:00:00Z")
    everybody = combinations(sorted(people_in(tables)[RECORD]), 2)
    undone = deduped(tables, merged, said(everybody, "unmerge", "2026-01-02T00:00:00Z"))
    for name, table in tables.items():
        assert undone.tables[name].select(table.columns).equals(table)
    assert undone.changes.is_empty()
    assert undone.frames["members"].is_empty()


@settings(max_examples=40)
@given(lists())
def test_merging_loses_no_link_and_no_value_that_is_not_listed(case):
    tables, pairs = case
    phase = deduped(tables, said(pairs, "merge", "2026-01-01T00:00:00Z"))
    after, members = people_in(phase.tables), phase.frames["members"]
    alive = set(after.filter(pl.col("_outcome").is_null())[RECORD])
    links = phase.tables["activities"]
    assert links.height == tables["activities"].height
    assert set(links["_ref.person_ref"]) <= alive
    listed = set(phase.frames["losers"].select("record", "field", "value").rows())
    replaced = set(phase.changes.select("record", "field", "before").rows())
    survivors = {row[RECORD]: row for row in after.iter_rows(named=True)}
    whole = {record: " ".join(str(cell) for cell in survivors[into].values()) for record, into in
             members.select("record", "survivor").rows()}  # fmt: skip
    for row in people_in(tables).iter_rows(named=True):
        for field in PERSON.keys() - {"_source"}:
            value = row[field]
            if value is None or row[RECORD] not in whole:
                continue
            kept = all(part in whole[row[RECORD]] for part in value.split(";"))
            assert kept or {(row[RECORD], field, value)} & (listed | replaced), (row, field)


@settings(max_examples=40)
@given(lists())
def test_a_merged_record_points_to_a_survivor_and_no_contact_goes_into_a_lead(case):
    tables, pairs = case
    phase = deduped(tables, said(pairs, "merge", "2026-01-01T00:00:00Z"))
    fates = {row[RECORD]: row["_into"] for row in people_in(phase.tables).iter_rows(named=True)}
    assert set(fates) == set(people_in(tables)[RECORD])
    for record, into in fates.items():
        assert into is None or (fates[into] is None and ":leads:" not in (into if ":contacts:" in record else ""))


@settings(max_examples=40)
@given(lists(), st.data())
def test_a_rejected_pair_stays_apart_whatever_joins_the_two(case, data):
    tables, pairs = case
    records = sorted(people_in(tables)[RECORD])
    apart = data.draw(st.sampled_from(list(combinations(records, 2))))
    others = pairs - {apart}
    phase = deduped(tables, said(others, "merge", "2026-01-01T00:00:00Z"), said({apart}, "different", "2026-01-01"))
    survivors = dict(phase.frames["members"].select("record", "survivor").rows())
    assert survivors.get(apart[0], apart[0]) != survivors.get(apart[1], apart[1])
