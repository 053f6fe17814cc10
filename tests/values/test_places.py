"""Every text is found where it stands, whatever the others are."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from crmclean.values.places import places_among

TEXTS = st.text(alphabet="abé ", max_size=3)


@given(st.lists(st.none() | TEXTS, max_size=40), st.lists(TEXTS, unique=True, max_size=30))
def test_each_text_has_its_own_place(texts, among):
    found = places_among(pl.Series(texts, dtype=pl.String), pl.Series(among, dtype=pl.String))
    places = {text: place for place, text in enumerate(among)}
    assert found.dtype == pl.UInt32
    assert found.to_list() == [places.get(text) for text in texts]


def test_texts_that_crowd_one_slot_are_told_apart():
    among = pl.Series([f"0038c{number:07}" for number in range(5000)])
    rows = pl.int_range(7000, eager=True).reverse()
    texts = among.extend_constant("none of them", 2000).gather(rows)
    found = places_among(texts, among.head(5000))
    assert found.equals(rows.set(rows >= 5000, None).cast(pl.UInt32))
