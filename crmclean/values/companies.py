"""Company names: display form, match base and keys, class of the legal form.

Rules and their order: facts on normalisation, section 3.3 (legal forms at the end, longest first; in front only from a
closed list; never cut to nothing; trade names and closing brackets apart).
"""

import unicodedata
from collections.abc import Callable, Mapping, Set

import polars as pl

from crmclean.values.company_case import company_cased, one_case
from crmclean.values.company_fast import one_case_of, quick
from crmclean.values.company_parts import LONGEST, Parts, take_apart
from crmclean.values.distinct import RESULT, Answer, once_each, over_distinct
from crmclean.values.folding import at_rest, fold, tidy
from crmclean.values.results import result

_NAME = pl.col("name")
_WEAK_ENDS = frozenset({"co", "company", "corp", "corporation", "group", "grp", "holding", "holdings"})
_TRADEMARKS = str.maketrans("™®©℠", "    ")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»"}


def display(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of the name as people should read it: no word lost, the legal form spelled one way.

    The case is repaired only where the whole field is in one case.
    """
    found = quick(_NAME)
    spelled = found.display
    recased = spelled.str.to_lowercase() == _NAME.str.to_lowercase()
    why = pl.when(recased).then(pl.lit("companies.case")).otherwise(pl.lit("companies.form"))
    changed = pl.when(spelled != _NAME).then(why)
    mixed = ~found.one_case & (spelled != spelled.str.to_uppercase()) & (spelled != spelled.str.to_lowercase())
    return _either(value, found.plain & mixed, result(spelled, changed), displayed, RESULT)


def base(value: pl.Expr) -> pl.Expr:
    """Return the name without legal forms, trade name and closing bracket; in the case in which it was written."""
    found = quick(_NAME)
    return _either(value, found.plain, found.core, base_of, pl.String())


def key(value: pl.Expr) -> pl.Expr:
    """Return the match key: names with the same key and no two form classes are one company.

    Base with `&` as "and", without a leading "the", accents, punctuation and blanks; what stands in a closing bracket
    (a branch, a country) belongs to it, so that a branch is never taken for the whole.
    """
    found = quick(_NAME)
    return _either(value, found.plain, found.key, match_key, pl.String())


def weak_key(value: pl.Expr) -> pl.Expr:
    """Return a looser key for candidates: without brackets, and without Co, Company, Group or Holdings at the end."""
    found = quick(_NAME)
    return _either(value, found.plain & found.weak_key.is_not_null(), found.weak_key, loose_key, pl.String())


def form_class(value: pl.Expr) -> pl.Expr:
    """Return the class of the legal form (INC, LTD, LLC, GMBH, AG, ...), null without one.

    Names with equal keys and different classes are different companies until a person says otherwise.
    """
    found = quick(_NAME)
    return _either(value, found.plain, found.kind, lambda name: take_apart(name).kind, pl.String())


def displayed(name: str) -> tuple[str | None, str | None]:
    """Return (display form, reason code) of one name; the code is null where nothing was to do."""
    tidied = tidy(name)
    if not tidied or len(tidied) > LONGEST:
        return (tidied or None, "texts.trimmed" if tidied != name else None)
    spelled = at_rest(_spelled, tidied)
    return spelled, None if spelled == name else _reason(tidied, spelled)


def described(value: pl.Expr) -> pl.Expr:
    """Return Struct{key, core, form, mixed} of names: what a whole column is asked about its own spellings."""
    fields = pl.Struct({"key": pl.String, "core": pl.String, "form": pl.String, "mixed": pl.Boolean})
    found = quick(_NAME)
    parts = {"key": found.key, "core": found.core, "form": found.kind, "mixed": ~one_case_of(found.core)}
    plain = pl.struct(part.alias(name) for name, part in parts.items())
    return _either(value, found.plain & (_NAME.str.len_chars() > 1), plain, _described, fields)


def display_among(value: pl.Expr, bare: pl.Series, cased: Mapping[str, str]) -> pl.Expr:
    """Return Struct{value, code} like `display`, in a column that writes the keys in `bare` without a legal form.

    cased: how the column writes a name, by match key; used where a cell is in one case throughout.
    """

    def answered(names: pl.DataFrame) -> pl.Series:
        told = names.with_columns(described(_NAME).alias("told")).unnest("told")
        marked = told.select(_NAME, told_by_column(bare, cased).alias("special"))
        plain_ones = marked.with_columns(display(pl.when(~pl.col("special")).then(_NAME)).alias("plain"))
        rest = displayed_among(pl.when("special").then(_NAME), bare, cased)
        return plain_ones.select(pl.when("special").then(rest).otherwise("plain").alias("answer"))["answer"]

    return once_each("name", value, answered, RESULT)


def told_by_column(bare: pl.Series, cased: Mapping[str, str]) -> pl.Expr:
    """Return, of rows (name, key, form), whether the column's own spellings decide how the name is written."""
    shared = pl.col("key").is_in(bare.implode()) & pl.col("form").is_not_null()
    respelled = one_case_of(_NAME) & pl.col("key").is_in(pl.Series(list(cased), dtype=pl.String).implode())
    return (shared | respelled).fill_null(value=False)


def displayed_among(value: pl.Expr, bare: pl.Series, cased: Mapping[str, str]) -> pl.Expr:
    """Return Struct{value, code} like `display_among`, name by name: for those that `told_by_column` picks."""
    keys = frozenset(bare)
    return over_distinct(value, lambda name: _displayed_among(name, keys, cased), RESULT)


def _displayed_among(name: str, bare: Set[str], cased: Mapping[str, str]) -> tuple[str | None, str | None]:
    value, code = displayed(name)
    if value is None or len(value) > LONGEST:
        return value, code
    name_key = match_key(name)
    spelling = cased.get(name_key or "") if one_case(tidy(name)) else None
    if name_key in bare:
        unified = without_form(name, spelling)
        return (value, code) if unified is None or unified == value else (unified, "companies.unified")
    return (value, code) if spelling is None else _respelled(name, spelling, value, code)


def without_form(name: str, spelling: str | None = None) -> str | None:
    """Return the display form of one name without its legal form; null where that is not the whole story.

    spelling: how others write the name, to be used instead of the repaired case.
    """
    parts = take_apart(_unwrapped(tidy(name)))
    bare = _recased(name, parts, with_forms=False)
    if spelling is not None:
        bare = spelling + parts.tail
    again = take_apart(bare)
    return None if again.front or again.back or displayed(bare)[0] != bare else bare


def base_of(name: str) -> str:
    """Return the base of one name."""
    return _unwrapped(take_apart(name).core)


def match_key(name: str) -> str | None:
    """Return the match key of one name."""
    parts = take_apart(name)
    return _joined(f"{parts.core} {parts.aside}") or None


def loose_key(name: str) -> str | None:
    """Return the looser key of one name."""
    words = _key_words(take_apart(name).core.translate(_TRADEMARKS))
    while len(words) > 1 and words[-1] in _WEAK_ENDS:
        words.pop()
        while len(words) > 1 and words[-1] == "and":
            words.pop()
    return "".join(words) or match_key(name)


def _either(
    value: pl.Expr, plain: pl.Expr, answer: pl.Expr, judge: Callable[[str], Answer], dtype: pl.DataType
) -> pl.Expr:
    """Answer each distinct name once: plain ones by the expression `answer` over _NAME, the rest by `judge`."""

    def answered(names: pl.DataFrame) -> pl.Series:
        quick_ones = names.select(_NAME, plain.fill_null(value=False).alias("plain"), answer.alias("quick"))
        rest = over_distinct(pl.when(~pl.col("plain")).then(_NAME), judge, dtype)
        either = pl.when("plain").then("quick").otherwise(rest)
        return quick_ones.select(either.alias("answer"))["answer"]

    return once_each("name", value, answered, dtype)


def _joined(text: str) -> str:
    text = text.translate(_TRADEMARKS)
    return "".join(_key_words(text)) or "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _key_words(text: str) -> list[str]:
    words = fold(text.replace("+", " plus ") if " + " not in text else text).split()
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _unwrapped(text: str) -> str:
    """Drop quotes around the whole name and separators at its end."""
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip()
    return text.rstrip(",; ") or text


def _described(name: str) -> tuple[str | None, str, str | None, bool]:
    parts = take_apart(name)
    return match_key(name), parts.core, parts.kind, not one_case(parts.core)


def _respelled(name: str, spelling: str, value: str, code: str | None) -> tuple[str, str | None]:
    parts = take_apart(_unwrapped(tidy(name)))
    front = "".join(form.display + form.gap for form in parts.front)
    back = "".join(form.gap + form.display for form in parts.back)
    respelled = f"{front}{spelling}{back}{parts.tail}"
    return (value, code) if respelled in {value, name} else (respelled, "companies.case")


def _spelled(text: str) -> str:
    text = _unwrapped(text)
    return _recased(text, take_apart(text), with_forms=True)


def _recased(text: str, parts: Parts, *, with_forms: bool) -> str:
    core, tail = parts.core, parts.tail
    if one_case(text):
        core, tail = company_cased(core), company_cased(tail)
    if not with_forms:
        return core + tail
    front = "".join(form.display + form.gap for form in parts.front)
    back = "".join(form.gap + form.display for form in parts.back)
    return f"{front}{core}{back}{tail}"


def _reason(tidied: str, spelled: str) -> str:
    if spelled == tidied:
        return "texts.trimmed"
    if spelled == _unwrapped(tidied):
        return "companies.punctuation"
    return "companies.case" if spelled.casefold() == tidied.casefold() else "companies.form"
