"""Looking at each distinct text once gives what looking at every text gives."""

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.values.distinct import encoded, over_distinct, repeats, throughout
from crmclean.values.results import each_once, result

TEXTS = st.lists(st.one_of(st.none(), st.sampled_from(["a", "A", "b ", ""]), st.text(max_size=3)), max_size=40)


def column(texts):
    return pl.Series("value", texts, dtype=pl.String)


def lowered(value):
    low = value.str.to_lowercase()
    return result(low, pl.when(low != value).then(pl.lit("texts.unicode")))


@given(TEXTS)
def test_each_text_answers_as_it_does_alone(texts):
    frame = column(texts * 3).to_frame()
    once = frame.select(each_once(pl.col("value"), lowered).alias("answer")).unnest("answer")
    assert once.equals(frame.select(lowered(pl.col("value")).alias("answer")).unnest("answer"))


@given(TEXTS)
def test_the_library_sees_each_text_once(texts):
    seen = []
    rows = column(texts).to_frame().select(over_distinct(pl.col("value"), seen.append, pl.String()))
    assert rows.height == len(texts)
    assert sorted(seen) == sorted({text for text in texts if text is not None})


@given(TEXTS)
def test_every_text_has_its_place_among_the_distinct_ones_and_a_null_has_none(texts):
    distinct, places = encoded(column(texts))
    assert distinct.to_list() == list(dict.fromkeys(text for text in texts if text is not None))
    assert distinct.gather(places).to_list() == texts


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], False),
        (["a"], False),
        (["a", "b", "c"], False),
        (["a", "a", "a"], True),
        ([None] * 10, True),
        ([str(number) for number in range(50_000)], False),
        (
            random.Random(1).choices([str(number) for number in range(20_000)], k=50_000),
            False,
        ),
        ([str(number) if number % 20 else "n/a" for number in range(50_000)], False),
        ([str(number % 500) for number in range(50_000)], True),
        (sorted(str(number % 500) for number in range(50_000)), True),
    ],
)
def test_texts_repeat_where_each_stands_for_many(texts, expected):
    assert repeats(column(texts)) == expected


@given(TEXTS)
def test_a_condition_holds_throughout_where_it_holds_for_each_text(texts):
    short = pl.col("value").str.len_chars() < 2
    assert throughout(column(texts), short) == all(len(text) < 2 for text in texts if text is not None)


def test_a_condition_that_fails_for_a_single_text_does_not_hold_throughout():
    texts = ["a"] * 10_000
    assert throughout(column(texts), pl.col("value") == "a")
    assert not throughout(column([*texts[:5_001], "b", *texts]), pl.col("value") == "a")
