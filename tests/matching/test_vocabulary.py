"""Words of names as numbers say of pairs what the words themselves say."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmclean.matching.coding import coded, letters_apart, letters_of
from crmclean.matching.sisters import sisters
from crmclean.matching.vocabulary import Vocabulary

WORDS = st.lists(st.sampled_from(["acme", "north", "bank", "of", "oslo", "trading", "co"]), min_size=1, max_size=7)
NAMES = st.lists(WORDS.map(" ".join), min_size=1, max_size=6)


@settings(max_examples=50)
@given(NAMES)
def test_what_names_share_and_what_is_left_over_is_that_of_sets(given_names):
    names = coded(pl.Series(given_names))
    words = Vocabulary.of(names)
    texts = [frozenset(name.split(" ")) for name in names.values]
    one, other = (side.ravel() for side in np.indices((len(texts), len(texts))))
    sides = [(texts[left], texts[right]) for left, right in zip(one.tolist(), other.tolist(), strict=True)]

    common, rarest = words.overlap(one, other)
    numbers = {word: number for number, word in enumerate(words.words)}
    both = [[numbers[word] for word in left & right] for left, right in sides]
    assert common.tolist() == pytest.approx([words.weights[shared].sum() for shared in both])
    assert rarest.tolist() == [words.records[shared].min(initial=np.inf) for shared in both]

    def told(side):
        return {(pair, words.words[word]) for pair, word in zip(*(part.tolist() for part in side), strict=True)}

    mine, theirs = map(told, words.left(one, other))
    assert mine == {(pair, word) for pair, (left, right) in enumerate(sides) for word in left - right}
    assert theirs == {(pair, word) for pair, (left, right) in enumerate(sides) for word in right - left}


@given(st.lists(st.text("abcä ", min_size=1), min_size=2, max_size=5))
def test_letters_tell_texts_apart_by_no_more_than_there_are(texts):
    letters = letters_of(pl.Series(texts))
    for one, text in enumerate(texts):
        counts, apart = [Counter(text) for text in texts], letters_apart(letters, letters[one]).tolist()
        assert all(
            least <= sum(((counts[one] - other) + (other - counts[one])).values())
            for least, other in zip(apart, counts, strict=True)
        )
        assert apart[one] == 0
    assert letters_apart(*letters_of(pl.Series(["anna", "anne"])).reshape(2, 1)).tolist() == [2]


def test_a_word_that_names_another_unit_or_words_on_both_sides_make_sisters():
    pairs = [("acme", "acme trading"), ("acme center", "acme ctr"), ("acme oslo", "acme rome"), ("acme", "acme of")]
    names = coded(pl.Series([name for pair in pairs for name in pair]))
    one, other = names.codes[0::2].astype(np.int64), names.codes[1::2].astype(np.int64)
    assert sisters(one, other, Vocabulary.of(names)).tolist() == [True, False, True, False]
