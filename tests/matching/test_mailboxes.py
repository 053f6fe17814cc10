"""Addresses of one mailbox: those that may share one are found without looking at all others."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.matching.mailboxes import likely_shared, mailboxes

_PARTS = st.tuples(
    st.sampled_from(["ann", "Ann", "a.nn", "ann+news", "info", " ann", "a nn", ""]),
    st.sampled_from(["@", "", "@@"]),
    st.sampled_from(["acme.example", "ACME.example", "gmail.com", "googlemail.com", "fastmail.com", "local", ""]),
)
_ADDRESSES = st.lists(st.none() | _PARTS.map("".join), max_size=12)


@given(_ADDRESSES)
def test_whatever_shares_a_mailbox_is_among_the_likely_ones(addresses):
    told = pl.Series("email", addresses, dtype=pl.String)
    every = mailboxes(told).select(row=pl.int_range(pl.len(), dtype=pl.UInt32), key="key")
    shared = every.drop_nulls("key").filter(pl.col("key").is_duplicated())
    likely = likely_shared(told)
    assert likely.filter(pl.col("key").is_in(shared["key"].implode())).rows() == shared.rows()
    assert likely.rows() == every.select(pl.all().gather(likely["row"])).rows()


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("ann@acme.example", "ANN@acme.example ", True),
        ("a.nn+news@gmail.com", "Ann@googlemail.com", True),
        ("a.nn@acme.example", "ann@acme.example", False),
        ("info@acme.example", "info@acme.example", False),  # a role, and no person
        ("ann", "ann", False),
        (None, None, False),
    ],
)
def test_addresses_of_one_mailbox_have_one_key(first, second, one):
    keys = likely_shared(pl.Series("email", [first, "zoe@acme.example", second], dtype=pl.String)).drop_nulls()
    assert (keys.height == 2 and keys["key"].n_unique() == 1) == one
