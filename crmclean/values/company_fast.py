"""The plain shapes of company names by expressions: ASCII words and at most one legal form of one word behind them.

Whatever could need a rule beyond that (two forms, a form in front, brackets, trade names, dots inside, connectors)
is not `plain` and goes to company_parts; a test compares the two on everything that is.
"""

from functools import cache

import polars as pl

from crmclean.values.company_case import company_cased
from crmclean.values.company_forms import ARTICLES, CONNECTORS, FRONT, FRONT_DOTTED, all_forms
from crmclean.values.distinct import over_distinct

_WORD = r"[A-Za-z0-9&][A-Za-z0-9&'-]*"
_SHAPE = rf"^[A-Za-z0-9][A-Za-z0-9&'-]*(?: {_WORD})*(?:,? [A-Za-z]+\.?)?$"
_OTHER_NAME = r"(?i)\b(?:dba|aka|fka|formerly|doing business|trading as|also known|previously)\b"
_WEAK_END = r" (?:co|company|corp|corporation|group|grp|holding|holdings)$"


PLAIN, KEY = pl.col("plain"), pl.col("words").str.replace_all(r"[^a-z0-9]", "")
WEAK_KEY = pl.when(~pl.col("words").str.contains(_WEAK_END)).then(KEY.str.replace_all("([aou])e", "${1}"))
_NAME, _LOW, _LAST, _BEFORE, _CORE = (pl.col(part) for part in ("name", "low", "last", "before", "core"))


def quick_parts(names: pl.DataFrame) -> pl.DataFrame:
    """Add to `name`: plain, and for the plain ones core, form, kind and words; they mean nothing for the others.

    form: the legal form in its standard spelling with the blank in front, "" without one. kind: its class. words: the
    core as the keys KEY and WEAK_KEY read it.
    """
    parts = names.with_columns(low=_NAME.str.to_lowercase(), rest=_NAME.str.replace(r",? [^ ]+$", ""))
    parts = parts.with_columns(
        last=_LOW.str.extract(r"([^ ]+)$", 1).str.strip_suffix("."),
        before=pl.col("rest").str.to_lowercase().str.extract(r"([^ ]+)$", 1),
        several=_NAME.str.contains(" ", literal=True),
    )
    parts = parts.with_columns(simple=_LAST.is_in(sorted(_simple())) & pl.col("several"))
    cut = pl.col("simple") & ~_BEFORE.is_in(sorted(CONNECTORS))
    parts = parts.with_columns(plain=_plain(), cut=cut, core=pl.when(cut).then("rest").otherwise(_NAME))
    display = pl.concat_str(pl.lit(" "), _LAST.replace_strict(_displays(), default=None, return_dtype=pl.String))
    words = _CORE.str.to_lowercase().str.replace_all("&", " and ", literal=True).str.replace(r"^the (.)", "${1}")
    return parts.with_columns(
        form=pl.when("cut").then(display).otherwise(pl.lit("")),
        kind=pl.when("cut").then(_LAST.replace_strict(_kinds(), default=None, return_dtype=pl.String)),
        words=words,
    )


def quick_spelling(names: pl.DataFrame) -> pl.DataFrame:
    """Add what quick_parts adds, and bare: the core in the usual case."""
    parts = quick_parts(names)
    flat = pl.when(PLAIN & one_case_of(_NAME)).then(_CORE)
    return parts.with_columns(bare=pl.coalesce(over_distinct(flat, company_cased, pl.String()), _CORE))


def one_case_of(text: pl.Expr) -> pl.Expr:
    """Return Boolean: nothing in the text would change in capitals, or in small letters."""
    return (text == text.str.to_lowercase()) | (text == text.str.to_uppercase())


def _plain() -> pl.Expr:
    ends_in_form = _LAST.is_in(sorted(_ends())) & pl.col("several")
    pair = pl.concat_str(_BEFORE, pl.lit(" "), _LAST).is_in(sorted(_pairs()))
    again = _BEFORE.is_in(sorted(_ends() | ARTICLES | CONNECTORS)) | pair
    first = _LOW.str.extract(r"^([^ ]+)", 1).is_in(sorted(FRONT | _front_words()))
    marks = _NAME.str.contains(r"[.,]") & ~pl.col("simple")
    sound = _NAME.str.contains(_SHAPE) & ~_NAME.str.contains(_OTHER_NAME) & (_NAME.str.len_chars() <= 200)
    doubtful = (ends_in_form & (~pl.col("simple") | again)) | marks | first
    return (sound & ~doubtful).fill_null(value=False)


def _front_words() -> frozenset[str]:
    return frozenset(alias.split(" ")[0] for alias in FRONT_DOTTED)


@cache
def _ends() -> frozenset[str]:
    """Every word in which some alias ends."""
    return frozenset(alias.rsplit(" ", 1)[-1] for alias in all_forms())


@cache
def _pairs() -> frozenset[str]:
    """The last two words of every alias of several."""
    return frozenset(" ".join(alias.split(" ")[-2:]) for alias in all_forms() if " " in alias)


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
