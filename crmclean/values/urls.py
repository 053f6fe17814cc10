"""Web addresses and domains; the registrable domain by the Public Suffix List that ships with publicsuffixlist.

The list is the bundled snapshot, never fetched. Its private part is used too, so that two customers of one host
(a.blogspot.com, b.blogspot.com) are not one company.
"""

import re
from functools import cache
from pathlib import Path

import polars as pl
from publicsuffixlist import PSLFILE, PublicSuffixList

from crmclean.values.distinct import RESULT, Answer, over_distinct
from crmclean.values.results import over_columns, unless_plain

_HOST = r"^\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://)?(?:[^/?#@\s]*@)?([^/?#@:\s]+)"
_BARE_HOST = r"^[a-z0-9.-]+$"
_PLAIN = r"^(?:https?://)?[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,63}(?:/[\x21-\x7e]*)?$"
_PLAIN_DOMAIN = r"^[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,63}$"
_PLAIN_HOST = r"^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]+$"
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*)://)?([^/?#\s:@]+)(?::([0-9]{1,5}))?([/?#]\S*)?")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def cleaned(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of web addresses: scheme and host in small letters; a missing scheme stays missing."""
    return unless_plain(value, value.str.contains(_PLAIN), lambda text: over_distinct(text, _written, RESULT))


def host(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of domain names: the host of a web address or domain, without www."""
    plain = value.str.contains(_PLAIN_DOMAIN) & ~value.str.starts_with("www.")
    return unless_plain(value, plain, lambda text: over_distinct(text, _bare_host, RESULT))


def registrable_domain(value: pl.Expr) -> pl.Expr:
    """Return the registrable domain of a web address, email address or host; null where there is none."""
    short = value.str.replace("^https?://", "").str.strip_suffix("/")
    bare = short.str.contains(_BARE_HOST)  # a pattern with a group takes ten times as long
    host = pl.when(bare).then(short).otherwise(pl.when(~bare).then(value).str.extract(_HOST, 1).str.to_lowercase())
    return over_columns(_registered, {"host": host.str.strip_chars(".")}, pl.String())


def is_top_level(label: str) -> bool:
    """Return whether the public suffix list knows a top-level domain."""
    return _suffixes().publicsuffix(label) is not None


def _written(text: str) -> Answer:
    parts = _parts(text)
    if parts is None:
        return None, "urls.invalid"
    scheme, name, port, path = parts
    front = f"{scheme}://" if scheme else ""
    behind = "" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}"
    written = f"{front}{name}{behind}{path}"
    return written, None if written == text else "urls.form"


def _bare_host(text: str) -> Answer:
    parts = _parts(text)
    if parts is None:
        return None, "urls.invalid"
    name = parts[1].removeprefix("www.")
    return name, None if name == text else "urls.host"


def _parts(text: str) -> tuple[str, str, str | None, str] | None:
    """Return scheme (may be empty), host, port and the rest; null where the text is no web address."""
    found = _URL.fullmatch(text.strip())
    if found is None:
        return None
    scheme, name, port, path = found.groups()
    name = name.lower().rstrip(".")
    labels = name.split(".")
    real = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return ((scheme or "").lower(), name, port, path or "") if real else None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


@cache
def _rules() -> tuple[tuple[str, ...], ...]:
    """Return the labels of every rule of the list."""
    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split()[0].lstrip("!").split(".")) for line in lines if line and not line.startswith("//"))


@cache
def _tops() -> tuple[pl.Series, pl.Series]:
    """Return the last labels of all rules, and those below which every name is somebody's, but for _deeper."""
    wild = {labels[-1] for labels in _rules() if len(labels) == 2 and labels[0] == "*"}
    plain = {labels[0] for labels in _rules() if len(labels) == 1} - wild
    return pl.Series(sorted({labels[-1] for labels in _rules()})).implode(), pl.Series(sorted(plain)).implode()


@cache
def _deeper() -> pl.Series:
    """Return the ends of two labels that are suffixes, or that some suffix ends in, such as co.uk."""
    return pl.Series(sorted({".".join(labels[-2:]) for labels in _rules() if len(labels) > 1})).implode()


def _registered(rows: pl.DataFrame) -> pl.Series:
    """Look hosts up in the list that end in something special; of the others it is the last two labels, or nothing."""
    known, plain = _tops()
    labels = pl.when(pl.col("host").str.contains(_PLAIN_HOST)).then("host").str.split(".").list.tail(2)
    ends = rows.select("host", end=labels.list.join("."), top=labels.list.last())
    usual, nobodys = pl.col("top").is_in(plain) & ~pl.col("end").is_in(_deeper()), ~pl.col("top").is_in(known)
    rest = pl.when(~(usual | nobodys).fill_null(value=False)).then("host")
    found = over_distinct(rest, _registrable, pl.String())
    return ends.select(pl.when(usual).then("end").otherwise(found)).to_series()


def _registrable(name: str) -> str | None:
    found: str | None = _suffixes().privatesuffix(name)
    return found
