"""Likely typos: the quick pattern lets every domain through that is one letter beside a big one."""

import string

import polars as pl

from crmclean.values import email_kinds
from crmclean.values.emails import domain, local_part
from crmclean.values.lists import column

LETTERS = string.ascii_lowercase + ".-0"


def beside(name):
    """Every text one edit away: a letter put in, changed, left out, or two swapped."""
    for place in range(len(name) + 1):
        head, tail = name[:place], name[place:]
        for letter in LETTERS:
            yield head + letter + tail
            yield head + letter + tail[1:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]


def test_no_likely_typo_is_passed_over():
    biggest = column("email_free_domains", "domain").head(40)
    hosts = sorted({host for name in biggest for host in beside(name) if host})
    meant = [email_kinds.likely_meant(host) for host in hosts]
    addresses = pl.DataFrame({"stored": [f"jo@{host}" for host in hosts]})
    suggested = addresses.select(email_kinds.suggest(pl.col("stored")))["stored"]
    readable = addresses.select(domain(pl.col("stored")))["stored"]
    expected = [
        f"jo@{better}" if better and host == found else None
        for host, better, found in zip(hosts, meant, readable, strict=True)
    ]
    assert suggested.to_list() == expected
    assert sum(better is not None for better in expected) > 1_000


def test_parts_of_an_address_are_those_around_its_last_at():
    cells = ["a@B.C", "é@ü.de", "a@b@c.d", "a b@c.d", "a@b", "@b.c", "a@", "a@b.c\n", "ab\n@c.d", "", "日本@日本.jp"]
    frame = pl.DataFrame({"cell": [*cells, None]})
    parts = frame.select(local=local_part(pl.col("cell")), domain=domain(pl.col("cell")))
    assert parts.rows() == [
        ("a", "b.c"), ("é", "ü.de"), ("a@b", "c.d"), ("a b", "c.d"), ("a", None), ("", "b.c"), ("a", None), ("a", None),
        (None, "c.d"), (None, None), ("日本", "日本.jp"), (None, None),
    ]  # fmt: skip
