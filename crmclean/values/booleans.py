"""True and false: Salesforce Data Loader's words, more of them where a whole column speaks that way; blank is null.

Consent is apart: in an opt-out field "unsubscribed" means true and "subscribed" means false.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import polars as pl

from crmclean.values.lists import table
from crmclean.values.results import first_reason, result, unless_plain

# Words about the mailing itself, read as the answer to "has this person opted out?".
_OPTED_OUT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("opt-out", "opt out", "opted out", "opted-out", "optout", "unsubscribed", "do not email",
                         "do not contact", "do not call", "cleaned", "bounced"), "true"),
        **dict.fromkeys(("opt-in", "opt in", "opted in", "opted-in", "optin", "subscribed", "allow",
                         "allowed"), "false"),
    }
)  # fmt: skip
_CANONICAL = ["true", "false"]
# Of the subscription or of the opt-out? These say nothing for sure.
_ABOUT_CONSENT = ("opt-in", "opt-out", "subscribed", "unsubscribed", "active", "inactive", "enabled", "disabled")


def truth(value: pl.Expr, *, extended: bool = False) -> pl.Expr:
    """Return Struct{value, code}: `true` or `false`; extended words (ja, oui, x, checked) only where asked for."""
    return unless_plain(value, is_canonical(value), lambda text: _answer(text, _words(extended)))


def opted_out(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of an opt-out field: `true` where the person does not want to be contacted."""
    plain = {word: truth for word, truth in _words(True).items() if word not in _ABOUT_CONSENT}
    return unless_plain(value, is_canonical(value), lambda text: _answer(text, {**plain, **_OPTED_OUT}))


def is_canonical(value: pl.Expr) -> pl.Expr:
    """Return whether a text is `true` or `false`."""
    return value.is_in(_CANONICAL)


def all_extended(column: pl.Series) -> bool:
    """Return whether every value of a column is a known word, so that the extended ones may be read too."""
    words = column.unique().drop_nulls().str.strip_chars().str.to_lowercase()
    return bool(words.is_in(list(_words(True))).all())


def _answer(value: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    folded = value.str.strip_chars().str.to_lowercase()
    folded = folded.str.replace(r"^(-?[01])\.0+$", "${1}")
    known = folded.replace_strict(list(words), list(words.values()), default=None, return_dtype=pl.String)
    code = first_reason(
        (value.is_null() | (folded == "") | (known == value), None),
        (known.is_null(), "booleans.unknown"),
        (pl.lit(value=True), "booleans.word"),
    )
    return result(known, code)


@cache
def _words(extended: bool) -> Mapping[str, str]:
    words = table("booleans")
    rows = words if extended else words.filter(pl.col("tier") == "core")
    return MappingProxyType(dict(rows.select("token", "value").iter_rows()))
