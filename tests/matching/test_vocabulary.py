"""Words of names as numbers say of pairs what the words themselves say."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from crmclean.matching.coding import coded
from crmclean.matching.sisters import sisters
from crmclean.matching.vocabulary import Vocabulary

WORDS = st.lists(st.sampled_from(["acme", "north", "bank", "of", "oslo", "trading", "co"]), min_size=1, max_size=5)
NAMES = st.lists(WORDS.map(" ".join), min_size=1, max_size=6)


@settings(max_examples=50)
@given(NAMES)
def test_common_words_and_those_left_over_are_those_of_sets(given_names):
    names = coded(pl.Series(given_names))
    words = Vocabulary.of(names)
    texts = [frozenset(name.split(" ")) for name in names.values]
    one, other = (side.ravel() for side in np.indices((len(texts), len(texts))))

    def told(side):
        return {(pair, words.words[word]) for pair, word in zip(*(part.tolist() for part in side), strict=True)}

    common, (mine, theirs) = told(words.common(one, other)), map(told, words.left(one, other))

    sides = [(texts[left], texts[right]) for left, right in zip(one.tolist(), other.tolist(), strict=True)]
    assert common == {(pair, word) for pair, (left, right) in enumerate(sides) for word in left & right}
    assert mine == {(pair, word) for pair, (left, right) in enumerate(sides) for word in left - right}
    assert theirs == {(pair, word) for pair, (left, right) in enumerate(sides) for word in right - left}


def test_a_word_that_names_another_unit_or_words_on_both_sides_make_sisters():
    pairs = [("acme", "acme trading"), ("acme center", "acme ctr"), ("acme oslo", "acme rome"), ("acme", "acme of")]
    names = coded(pl.Series([name for pair in pairs for name in pair]))
    one, other = names.codes[0::2].astype(np.int64), names.codes[1::2].astype(np.int64)
    assert sisters(one, other, Vocabulary.of(names)).tolist() == [True, False, True, False]
