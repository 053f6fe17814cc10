"""Placeholder texts that stand for nothing, and where each of them is safe to drop.

data/null_tokens.csv groups them: signs (`-`, `N/A`, `#REF!`) are never a value; phrases (`unknown`, `not provided`) are
a value only in picklists; words (`na`, `none`, `null`, `nil`) may be names or Namibia; suspicious ones are only marked.
"""

import re
from collections.abc import Mapping
from functools import cache

import polars as pl

from crmclean.values.lists import table
from crmclean.values.results import first_reason, result, unless_plain

_ALL = ("sign", "phrase", "word")
# Kinds of field -> groups of tokens that are dropped there; kinds that are not named lose every group.
_DROPPED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("given_name", "family_name", "full_name", "company"), ("sign", "phrase")),
    **dict.fromkeys(("country", "state", "city", "street"), ("sign", "phrase")),
    **dict.fromkeys(("picklist", "lifecycle", "deal_status", "activity_kind", "direction", "salutation"), ("sign",)),
    **dict.fromkeys(("tags", "boolean", "consent"), ("sign",)),
}
_MARKED = ("given_name", "family_name", "full_name", "company", "job_title")
UNTOUCHED = ("id", "ref", "owner", "ids", "note", "url")  # kinds in which a placeholder is the business of others


def without_placeholders(value: pl.Expr, kind: str) -> pl.Expr:
    """Return Struct{value, code}: null for a placeholder that is safe to drop in a field of this kind."""
    return unless_plain(value, ~doubtful(value, kind), _dropped_or_marked)


def doubtful(value: pl.Expr, kind: str) -> pl.Expr:
    """Return whether a text is a placeholder in a field of this kind, or marked there as one."""
    groups = (*_DROPPED.get(kind, _ALL), *(("suspicious",) if kind in _MARKED else ()))
    return value.str.contains(_pattern(*groups))


def is_placeholder(value: pl.Expr) -> pl.Expr:
    """Return whether a text, in any case, is a placeholder of any group that is safe to drop somewhere."""
    return value.str.to_lowercase().str.strip_chars().is_in(_tokens(*_ALL)).fill_null(value=False)


@cache
def placeholders(*groups: str) -> frozenset[str]:
    """Return the placeholders of some groups (sign, phrase, word, suspicious), in small letters."""
    return frozenset(_tokens(*groups).explode())


def _dropped_or_marked(value: pl.Expr) -> pl.Expr:
    suspicious = value.str.contains(_pattern("suspicious"))
    return result(pl.lit(None), first_reason((suspicious, "fillers.suspicious"), (~suspicious, "fillers.placeholder")))


@cache
def _pattern(*groups: str) -> str:
    """One pattern of all tokens, in any case; most texts leave it at their first letter."""
    return f"^(?i:{'|'.join(re.escape(token) for token in _tokens(*groups).explode())})$"


@cache
def _tokens(*groups: str) -> pl.Series:
    tokens = table("null_tokens")
    return tokens.filter(pl.col("group").is_in(groups))["token"].implode()
