"""The plain shapes of company names by expressions: ASCII words and at most one legal form behind them.

Whatever could need a rule beyond that (two forms, a form in front, brackets, trade names, dots inside, connectors)
is not `plain` and goes to company_parts; a test compares the two on everything that is.
"""

import re
from functools import cache

import polars as pl

from crmclean.values.company_case import company_cased
from crmclean.values.company_forms import ARTICLES, CONNECTORS, FRONT, FRONT_DOTTED, alias_of, all_forms
from crmclean.values.distinct import over_distinct

_WORD = r"[A-Za-z0-9&][A-Za-z0-9&'-]*"
_WORDS = rf"^[A-Za-z0-9][A-Za-z0-9&'-]*(?: {_WORD})*"
_SHAPE = rf"{_WORDS}(?:,? [A-Za-z]+\.?)?$"
_LONG_FORM = rf"{_WORDS},?(?: (?:&|(?:[A-Za-z]\.?)+),?)+$"  # of several words, or with dots inside
_DOTS_COUNT = r" [a-z]\. [a-z]\.$| a\.s\b"  # in a name in small letters whose form is not read without its dots
_OTHER_NAME = r"(?i)\b(?:dba|aka|fka|formerly|doing business|trading as|also known|previously)\b"
_WEAK_END = r" (?:co|company|corp|corporation|group|grp|holding|holdings)$"


PLAIN, KEY = pl.col("plain"), pl.col("words").str.replace_all(r"[^a-z0-9]", "")
WEAK_KEY = pl.when(~pl.col("words").str.contains(_WEAK_END)).then(KEY.str.replace_all("([aou])e", "${1}"))
_NAME, _LOW, _REST, _LAST, _BEFORE, _CORE = map(pl.col, ("name", "low", "rest", "last", "before", "core"))


def quick_parts(names: pl.DataFrame) -> pl.DataFrame:
    """Add to `name`: plain, and for the plain ones core, form, kind and words; they mean nothing for the others.

    form: the legal form in its standard spelling with the blank in front, "" without one. kind: its class. words: the
    core as the keys KEY and WEAK_KEY read it.
    """
    parts = names.with_columns(low=_NAME.str.to_lowercase(), rest=_NAME.str.replace(r",? [^ ]+$", ""))
    parts = parts.with_columns(
        last=_LOW.str.extract(r"([^ ]+)$", 1).str.strip_suffix("."),
        before=_last_word(_REST),
        several=_NAME.str.contains(" ", literal=True),
        sound=_NAME.str.contains(_SHAPE),
    )
    parts = _with_long_forms(parts).with_columns(simple=_LAST.is_in(sorted(_simple())) & pl.col("several"))
    cut = pl.col("simple") & ~_BEFORE.is_in(sorted(CONNECTORS))
    parts = parts.with_columns(plain=_plain(), cut=cut, core=pl.when(cut).then(_REST).otherwise(_NAME))
    display = pl.concat_str(pl.lit(" "), _LAST.replace_strict(_displays(), default=None, return_dtype=pl.String))
    words = _CORE.str.to_lowercase().str.replace_all("&", " and ", literal=True).str.replace(r"^the (.)", "${1}")
    return parts.with_columns(
        form=pl.when("cut").then(display).otherwise(pl.lit("")),
        kind=pl.when("cut").then(_LAST.replace_strict(_kinds(), default=None, return_dtype=pl.String)),
        words=words,
    )


def _with_long_forms(parts: pl.DataFrame) -> pl.DataFrame:
    """Take forms of several words (Pty Ltd), and those with dots inside (S.A.), as one last word, as its alias."""
    pair = pl.concat_str(_BEFORE.str.strip_chars_end(".,"), pl.lit(" "), _LAST)
    rows = parts.select(pair.is_in(sorted(_pairs())) | _LAST.str.contains(".", literal=True)).to_series().arg_true()
    ends = _ends_of(parts.select(pl.col("name", "low").gather(rows)))
    found, rows = ends.filter("found"), rows.filter(ends["found"])
    return parts.with_columns(parts[name].scatter(rows, found[name]) for name in ("rest", "last", "before", "sound"))


def _ends_of(names: pl.DataFrame) -> pl.DataFrame:
    """Return rest, last, before and sound of names by the longest form that they end in; found: it is a simple one."""
    plain, words, size = pl.col("plain"), pl.col("words"), pl.col("size")
    told = names.select(
        "name", "low", plain=_LOW.str.replace_all(r"[.,]", "").str.split(" "), words=_LOW.str.split(" "), size=0
    )
    for count in range(1, _most_words() + 1):
        known = plain.list.tail(count).list.join(" ").is_in(sorted(all_forms())) & (plain.list.len() >= count)
        told = told.with_columns(size=pl.when(known).then(count).otherwise(size))
    end = words.list.tail(size).list.join(" ").str.len_bytes()
    told = told.with_columns(
        rest=_NAME.str.head(_NAME.str.len_bytes() - end - 1).str.strip_suffix(","),
        last=plain.list.tail(size).list.join(" "),
    )
    whole = _NAME.str.contains(_LONG_FORM) & ~_LOW.str.contains(_DOTS_COUNT) & (size < words.list.len())
    found = whole & _LAST.is_in(sorted(_simple()))
    return told.select(_REST, _LAST, before=_last_word(_REST), sound=_REST.str.contains(_WORDS + "$"), found=found)


def _last_word(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.extract(r"([^ ]+)$", 1)


def quick_spelling(names: pl.DataFrame) -> pl.DataFrame:
    """Add what quick_parts adds, and bare: the core in the usual case."""
    parts = quick_parts(names)
    flat = pl.when(PLAIN & one_case_of(_NAME)).then(_CORE)
    return parts.with_columns(bare=pl.coalesce(over_distinct(flat, company_cased, pl.String()), _CORE))


def one_case_of(text: pl.Expr) -> pl.Expr:
    """Return Boolean: nothing in the text would change in capitals, or in small letters."""
    return (text == text.str.to_lowercase()) | (text == text.str.to_uppercase())


def _plain() -> pl.Expr:
    ends_in_form = _LAST.is_in(sorted(_ends() | _simple())) & pl.col("several")
    pair = pl.concat_str(_BEFORE, pl.lit(" "), _LAST).is_in(sorted(_pairs()))
    again = _BEFORE.is_in(sorted(_ends() | ARTICLES | CONNECTORS)) | pair
    first = _LOW.str.extract(r"^([^ ]+)", 1).is_in(sorted(FRONT | _front_words()))
    marks = _NAME.str.contains(r"[.,]") & ~pl.col("simple")
    sound = pl.col("sound") & ~_NAME.str.contains(_OTHER_NAME) & (_NAME.str.len_chars() <= 200)
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
    """Aliases of ASCII words that always count, as their standard spelling does."""
    always = {alias: form for alias, form in all_forms().items() if form.when is None}
    return frozenset(
        alias
        for alias, form in always.items()
        if re.fullmatch("[a-z]+(?: [a-z&]+)*", alias) and ("." in form.display or alias_of(form.display) in always)
    )


@cache
def _most_words() -> int:
    return max(alias.count(" ") + 1 for alias in all_forms())


@cache
def _displays() -> dict[str, str]:
    return {alias: all_forms()[alias].display for alias in sorted(_simple())}


@cache
def _kinds() -> dict[str, str]:
    return {alias: all_forms()[alias].kind for alias in sorted(_simple())}
