"""What every step of normalize promises, over every object and any text."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmclean.crm.canonical import canonical
from crmclean.plan.model import Defaults, Plan, Source, Target
from crmclean.records import FILE, RECORD, ROW, SOURCE, WHY_PREFIX
from crmclean.steps import CLEANING, READING
from crmclean.steps.contract import Context, Learning
from crmclean.values.codes import CODES

NORMALIZE = (*CLEANING, *READING)
PLAN = Plan(
    root=Path(),
    name="contract",
    target=Target("hubspot"),
    sources=(Source("old", "plain", 1, (), region="GB"), Source("list", "plain", 2, ())),
    defaults=Defaults(region="US"),
)
OBJECTS = ("companies", "contacts", "leads", "deals", "activities", "users")
PIECES = ["n/a", "+1 212 555 0123", "07700 900123 x5", "Mary <m@example.org>", "A@B.COM; c@d.com", "03/04/2024",
          "25.12.24", "2024-01-19T09:42:24.000+0000", "$1,234.50", "(1.234,50)", "1,234", "0.25", "yes", "unsubscribed",
          "a; b, a",
          "Acme, Inc.", "JAMES BOND", "Germany", "TX", "Technology", "HTTPS://Example.org/A", "45385", "555-555-5555",
          "0000-00-00", "１２３", "e\u0301", "\u202eabc", "\x00", "x" * 300, "日本", "Null", "NA", "-", "'",
          '"', "=1+1"]  # fmt: skip
SETTLED = ["2024-02-29", "2023-02-29", "1970-01-01", "2024-12-31T23:59:59Z", "true", "false", "True", "2024-1-1",
           "2024-02-29T09:38:15.000Z", "2024-02-28T09:38:15+00:00", "2024-02-28T09:38:15.5Z "]  # fmt: skip
CELLS = st.one_of(
    st.none(), st.sampled_from(PIECES), st.text(min_size=1, max_size=30).filter(lambda text: text.strip())
)
IDS = [step.code for step in NORMALIZE]


def frame_of(object_, cells):
    """A frame with every field of the object; each field takes the cells from another place on."""
    fields = list(canonical()[object_].fields)
    rows = len(cells)
    columns = {name: [cells[(row + shift) % rows] for row in range(rows)] for shift, name in enumerate(fields)}
    columns["x_other"] = cells
    provenance = {
        RECORD: [f"old:{object_}:{row}" for row in range(rows)],
        SOURCE: ["old" if row % 2 else "list" for row in range(rows)],
        FILE: ["a.csv" if row % 3 else "b.csv" for row in range(rows)],
    }
    references = {f"_ref.{field.name}": [None] * rows for field in canonical()[object_].fields.values() if field.ref}
    text = pl.DataFrame({**provenance, **columns, **references}, schema_overrides=dict.fromkeys(columns, pl.String))
    text = text.cast(dict.fromkeys(references, pl.String)) if references else text
    return text.with_columns(pl.int_range(2, rows + 2).alias(ROW))


def facts_of(step, object_, frame):
    return step.learn(Learning(object_, tuple(frame.columns), frame.lazy(), PLAN)) if step.learn else None


def applied(step, object_, frame, facts):
    tables = {"companies": frame_of("companies", ["Germany", "DE", None])} if object_ != "companies" else {}
    if not step.columns(object_, frame.columns):
        return frame  # nothing to do: the pipeline does not call it either
    context = Context(object_, tuple(frame.columns), facts, tables, PLAN, date(2026, 1, 1))
    return step.apply(frame.lazy(), context).collect()


def without_reasons(frame):
    return frame.select(name for name in frame.columns if not name.startswith(WHY_PREFIX))


def test_codes_are_unique():
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("object_", OBJECTS)
@pytest.mark.parametrize("step", NORMALIZE, ids=IDS)
def test_touches_only_what_it_declares_and_keeps_every_row(step, object_):
    frame = frame_of(object_, PIECES)
    declared = step.columns(object_, frame.columns)
    after = applied(step, object_, frame, facts_of(step, object_, frame))
    untouched = [name for name in frame.columns if name not in declared]
    assert after.select(untouched).equals(frame.select(untouched), null_equal=True)
    reasons = {name.removeprefix(WHY_PREFIX) for name in after.columns if name.startswith(WHY_PREFIX)}
    assert reasons <= set(declared)
    assert set(without_reasons(after).columns) == set(frame.columns) | set(declared)


@pytest.mark.parametrize("step", NORMALIZE, ids=IDS)
def test_every_reason_is_in_the_list_and_no_cell_is_an_empty_text(step):
    for object_ in OBJECTS:
        frame = frame_of(object_, PIECES)
        after = applied(step, object_, frame, facts_of(step, object_, frame))
        for name in after.columns:
            if name.startswith(WHY_PREFIX):
                assert set(after[name].drop_nulls().unique()) <= set(CODES)
            elif after[name].dtype == pl.String:
                assert not (after[name] == "").any()


@pytest.mark.parametrize("step", NORMALIZE, ids=IDS)
def test_a_chunk_gives_the_same_as_the_whole(step):
    for object_ in OBJECTS:
        frame = frame_of(object_, PIECES)
        facts = facts_of(step, object_, frame)
        whole = applied(step, object_, frame, facts)
        half = frame.height // 2
        parts = [applied(step, object_, part, facts) for part in (frame.head(half), frame.slice(half))]
        assert pl.concat(parts).equals(whole, null_equal=True)


def normalized(object_, frame):
    """The whole phase: a group of steps learns from the frame that the group before it leaves, then each in order."""
    for group in (CLEANING, READING):
        facts = {step.code: facts_of(step, object_, frame) for step in group}
        for step in group:
            frame = without_reasons(applied(step, object_, frame, facts[step.code]))
    return frame


def check_second_run(object_, cells):
    once = normalized(object_, frame_of(object_, cells))
    twice = normalized(object_, once)
    differing = [name for name in once.columns if not once[name].equals(twice[name], null_equal=True)]
    assert [(name, once[name].to_list(), twice[name].to_list()) for name in differing] == []


@given(cells=st.lists(CELLS, min_size=1, max_size=8))
@example(cells=["Â\x1f¡", "A\u0302¡", "Â\x81¡", "Â\U0001654b¹"])  # what cleaning joins must not look damaged only then
@example(cells=["unsubscribed", None, "n/a"])  # a placeholder must not decide how the others are read
@example(cells=["0.25", "n/a", "0.5"])
@example(cells=[".\U00018d09"])  # a letter newer than our Unicode tables is a letter
@example(cells=["å\x11§m}\U00013884"])  # in capitals it would look damaged
@settings(max_examples=6)
@pytest.mark.parametrize("object_", ["contacts", "deals"])
def test_any_text_is_read_or_refused_and_a_second_run_changes_nothing(object_, cells):
    check_second_run(object_, cells)


@pytest.mark.slow
@given(cells=st.lists(CELLS, min_size=1, max_size=8))
@settings(max_examples=40)
@pytest.mark.parametrize("object_", ["contacts", "companies", "deals"])
def test_many_texts_are_read_or_refused_and_a_second_run_changes_nothing(object_, cells):
    check_second_run(object_, cells)


@given(cells=st.lists(CELLS, min_size=1, max_size=8))
@example(cells=PIECES)
@settings(max_examples=20)
@pytest.mark.parametrize("step", CLEANING, ids=[step.code for step in CLEANING])
def test_a_cell_that_a_step_does_not_doubt_is_one_that_it_leaves(step, cells):
    frame = frame_of("contacts", cells)
    after = applied(step, "contacts", frame, None)
    for field in step.columns("contacts", frame.columns):
        sure = ~frame.select(step.doubtful("contacts", field)).to_series().fill_null(value=False)
        assert after[field].filter(sure).equals(frame[field].filter(sure), null_equal=True)
        assert after[WHY_PREFIX + field].filter(sure).is_null().all()


SETTLING = [step for step in READING if step.settled]


@given(cells=st.lists(st.one_of(CELLS, st.sampled_from(SETTLED)), min_size=1, max_size=8))
@example(cells=[*PIECES, *SETTLED])
@settings(max_examples=20)
@pytest.mark.parametrize("object_", ["contacts", "deals"])
@pytest.mark.parametrize("step", SETTLING, ids=[step.code for step in SETTLING])
def test_a_settled_cell_is_left_by_its_step_and_doubted_by_none(step, object_, cells):
    frame = frame_of(object_, cells)
    after = applied(step, object_, frame, facts_of(step, object_, frame))
    for field in step.columns(object_, frame.columns):
        done = frame.select(step.settled(object_, field).fill_null(value=True)).to_series()
        assert after[field].filter(done).equals(frame[field].filter(done), null_equal=True)
        assert after[WHY_PREFIX + field].filter(done).is_null().all()
        doubts = [each.doubtful(object_, field) for each in CLEANING if field in each.columns(object_, frame.columns)]
        assert not frame.filter(done).select(pl.any_horizontal(doubts).any()).item()


@pytest.mark.parametrize("step", NORMALIZE, ids=IDS)
def test_an_empty_table_is_no_special_case(step):
    for object_ in OBJECTS:
        frame = frame_of(object_, PIECES).clear()
        after = applied(step, object_, frame, facts_of(step, object_, frame))
        assert after.height == 0
        assert after.schema == applied(step, object_, frame_of(object_, PIECES), facts_of(step, object_, frame)).schema
