"""The plain shapes of company names by expressions: ASCII words and at most one legal form of one word behind them.

Whatever could need a rule beyond that (two forms, a form in front, brackets, trade names, dots inside, connectors)
is not `plain` and goes to company_parts; a test compares the two on everything that is.
"""

from dataclasses import dataclass
from functools import cache

import polars as pl

from crmclean.values.company_forms import ARTICLES, CONNECTORS, FRONT, FRONT_DOTTED, all_forms

_WORD = r"[A-Za-z0-9&][A-Za-z0-9&'-]*"
_SHAPE = rf"^[A-Za-z0-9][A-Za-z0-9&'-]*(?: {_WORD})*(?:,? [A-Za-z]+\.?)?$"
_OTHER_NAME = r"(?i)\b(?:dba|aka|fka|formerly|doing business|trading as|also known|previously)\b"
_WEAK_END = r" (?:co|company|corp|corporation|group|grp|holding|holdings)$"


@dataclass(frozen=True)
class Quick:
    """Expressions over one name: whether it is plain, and if so its parts; they mean nothing where it is not."""

    plain: pl.Expr
    one_case: pl.Expr
    core: pl.Expr
    display: pl.Expr
    kind: pl.Expr
    key: pl.Expr
    weak_key: pl.Expr


def quick(name: pl.Expr) -> Quick:
    """Return the expressions for one column of names."""
    low = name.str.to_lowercase()
    last = _without_dot(low.str.extract(r"([^ ]+)$", 1))
    rest = name.str.replace(r",? [^ ]+$", "")
    before = rest.str.to_lowercase().str.extract(r"([^ ]+)$", 1)
    simple = last.is_in(sorted(_simple())) & name.str.contains(" ", literal=True)
    cut = simple & ~before.is_in(sorted(CONNECTORS))
    core = pl.when(cut).then(rest).otherwise(name)
    display = last.replace_strict(_displays(), default=None, return_dtype=pl.String)
    kind = last.replace_strict(_kinds(), default=None, return_dtype=pl.String)
    words = core.str.to_lowercase().str.replace_all("&", " and ", literal=True).str.replace(r"^the (.)", "${1}")
    key = words.str.replace_all(r"[^a-z0-9]", "")
    return Quick(
        plain=_plain(name, low, last, before, simple),
        one_case=one_case_of(name),
        core=core,
        display=pl.when(cut).then(pl.concat_str(rest, pl.lit(" "), display)).otherwise(name),
        kind=pl.when(cut).then(kind),
        key=key,
        weak_key=pl.when(~words.str.contains(_WEAK_END)).then(key),
    )


def one_case_of(text: pl.Expr) -> pl.Expr:
    """Return Boolean: nothing in the text would change in capitals, or in small letters."""
    return (text == text.str.to_lowercase()) | (text == text.str.to_uppercase())


def _plain(name: pl.Expr, low: pl.Expr, last: pl.Expr, before: pl.Expr, simple: pl.Expr) -> pl.Expr:
    first = low.str.extract(r"^([^ ]+)", 1)
    ends_in_form = last.is_in(sorted(_ends())) & name.str.contains(" ", literal=True)
    again = before.is_in(sorted(_ends() | _inner() | ARTICLES | CONNECTORS))
    marks = name.str.contains(r"[.,]") & ~simple
    sound = name.str.contains(_SHAPE) & ~name.str.contains(_OTHER_NAME) & (name.str.len_chars() <= 200)
    doubtful = (ends_in_form & (~simple | again)) | marks | first.is_in(sorted(FRONT | _front_words()))
    return (sound & ~doubtful).fill_null(value=False)


def _without_dot(word: pl.Expr) -> pl.Expr:
    return word.str.strip_suffix(".")


def _front_words() -> frozenset[str]:
    return frozenset(alias.split(" ")[0] for alias in FRONT_DOTTED)


@cache
def _ends() -> frozenset[str]:
    """Every word in which some alias ends."""
    return frozenset(alias.rsplit(" ", 1)[-1] for alias in all_forms())


@cache
def _inner() -> frozenset[str]:
    """Every word that stands right before the last one of some alias."""
    words = [alias.split(" ") for alias in all_forms()]
    return frozenset(alias[-2] for alias in words if len(alias) > 1)


@cache
def _simple() -> frozenset[str]:
    """Aliases of one ASCII word that always count."""
    return frozenset(
        alias for alias, form in all_forms().items() if alias.isascii() and alias.isalpha() and form.when is None
    )


@cache
def _displays() -> dict[str, str]:
    return {alias: all_forms()[alias].display for alias in sorted(_simple())}


@cache
def _kinds() -> dict[str, str]:
    return {alias: all_forms()[alias].kind for alias in sorted(_simple())}
