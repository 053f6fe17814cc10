"""Shapes of addresses that need no library: surely valid, or surely refused by email-validator (ASCII texts only).

Sources: RFC 5321 and RFC 5322 for the grammar, RFC 6761 for special-use names; tests compare with email-validator.
The patterns are written for both the Rust engine and Python.
"""

import re

import polars as pl

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322, 3.2.3
_LOCAL = rf"{_ATOM}(?:\.{_ATOM})*"
_VALID = rf"^{_LOCAL}@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{{2,63}}$"
_SMALL = _LOCAL.replace("A-Za-z", "a-z")
_STORED = rf"^{_SMALL}@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{{2,63}}$"
_SPECIAL_USE = r"(?i:\.(?:arpa|invalid|local|localhost|onion|test))$"
# Names of RFC 2142 that email-validator writes in small letters: with a capital, they are the library's business.
_MAILBOXES = (
    "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news",
    "webmaster", "www", "uucp", "ftp",
)  # fmt: skip
_MAILBOX = rf"^(?i:{'|'.join(_MAILBOXES)})@"
_NO_ADDRESS = (
    r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]"  # no atom: blanks, brackets, quotes, commas
    r"|^[^@]*$|@.*@"  # not exactly one @
    r"|^[.@]|[.@]$|\.\.|\.@|@\."  # an empty atom or label
    r"|@[^.]*$"  # a domain without a dot
)
# Nothing that a repair acts on: no blank, bracket, quote, separator, dot at an end.
_BARE = r"^[A-Za-z0-9!#$%&*+=?^_{}~@-](?:[A-Za-z0-9!#$%&*+=?^_{}~@.-]*[A-Za-z0-9!#$%&*+=?^_{}~@-])?$"
_SHORT = 64  # so neither the local part nor any label nor the domain can be too long (RFC 5321, RFC 1035)

_VALID_TEXT, _NO_ADDRESS_TEXT = re.compile(_VALID), re.compile(_NO_ADDRESS)
_UNSURE_TEXT = re.compile(f"{_SPECIAL_USE}|{_MAILBOX}")


def stored(value: pl.Expr) -> pl.Expr:
    """Return whether a text is surely valid and in stored form, all its letters small."""
    return value.str.contains(_STORED) & (value.str.len_bytes() <= _SHORT) & ~value.str.contains(_SPECIAL_USE)


def valid(value: pl.Expr) -> pl.Expr:
    """Return whether a text is surely valid as it stands; its stored form only lowers the domain."""
    unsure = value.str.contains(_SPECIAL_USE) | value.str.contains(_MAILBOX)
    return value.str.contains(_VALID) & (value.str.len_bytes() <= _SHORT) & ~unsure


def irreparable(value: pl.Expr) -> pl.Expr:
    """Return whether a text is surely no address, and holds nothing that a repair could take away."""
    return value.str.contains(_BARE) & value.str.contains(_NO_ADDRESS)


def judged(text: str) -> bool | None:
    """Return whether one text is surely valid (True), surely refused (False), or neither is sure (None)."""
    if not text.isascii():
        return None
    if _NO_ADDRESS_TEXT.search(text):
        return False
    if len(text) <= _SHORT and _VALID_TEXT.search(text) and not _UNSURE_TEXT.search(text):
        return True
    return None
