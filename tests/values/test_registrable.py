"""The registrable domain, which most hosts answer by their last two labels, is what the public suffix list says."""

from pathlib import Path

import polars as pl
import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from crmclean.values import urls

PLAIN = (
    "acme.com", "www.acme.com", "shop.eu.acme.co.uk", "localhost", "acme.example", "-a.com", "a..com", "acme.c0m",
    "1.2.3.4", "foo_bar.com", "x.foo_bar.com", "münchen.de", "xn--mnchen-3ya.de", "www.ck", "a.www.ck", "x.ck",
)  # fmt: skip


def test_the_quick_way_agrees_with_the_list_on_every_rule_and_what_lies_around_it() -> None:
    lines = [line for line in Path(PSLFILE).read_text(encoding="utf-8").splitlines() if line and line[0] != "/"]
    rules = [line.split()[0].lstrip("!").replace("*", "any") for line in lines]
    hosts = [f"{front}{rule}" for rule in rules for front in ("", "a.", "b.a.")]
    hosts += [".".join(rule.split(".")[-size:]) for rule in rules for size in (1, 2)]
    asked = pl.Series("host", [*PLAIN, *hosts]).unique(maintain_order=True)

    found = asked.to_frame().select(urls.registrable_domain(pl.col("host"))).to_series().to_list()

    known = PublicSuffixList(accept_unknown=False)
    expected = [known.privatesuffix(host) for host in asked]
    assert [one for one in zip(asked, found, expected, strict=True) if one[1] != one[2]] == []


@pytest.mark.parametrize(
    "around", ["https://{}", "http://{}/", "HTTPS://{}/a?b", "//{}:80", "ann@{}", " {}.", "{}#top"]
)
def test_what_stands_around_a_host_does_not_count(around):
    hosts = ("acme.com", "www.acme.com", "Shop.acme.co.uk", "münchen.de", "localhost", "acme.example")
    asked = pl.DataFrame({"url": [around.format(host) for host in hosts]})
    found = asked.select(urls.registrable_domain(pl.col("url"))).to_series().to_list()
    assert found == ["acme.com", "acme.com", "acme.co.uk", "münchen.de", None, None]


def test_a_second_scheme_is_no_host():
    asked = pl.DataFrame({"url": ["https://http://acme.com", "http://https://acme.com"]})
    assert asked.select(urls.registrable_domain(pl.col("url"))).to_series().to_list() == [None, None]
