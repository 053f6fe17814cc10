"""Company names: display form, match base and keys, class of the legal form.

Rules and their order: facts on normalisation, section 3.3 (legal forms at the end, longest first; in front only from a
closed list; never cut to nothing; trade names and closing brackets apart).
"""

from collections.abc import Callable, Mapping

import polars as pl

from crmclean.values.company_case import company_cased, one_case
from crmclean.values.company_fast import KEY, PLAIN, WEAK_KEY, one_case_of, quick_parts, quick_spelling
from crmclean.values.company_keys import loose_key, match_key
from crmclean.values.company_parts import LONGEST, Parts, take_apart
from crmclean.values.distinct import RESULT, Answer, once_each, over_distinct
from crmclean.values.folding import at_rest, tidy
from crmclean.values.results import over_columns, overlaid, result

_NAME, _TIDIED = pl.col("name"), pl.col("tidied")
_ALONE = PLAIN & (_NAME.str.len_chars() > 1)
_ASKED = (KEY.alias("key"), pl.col("core"), pl.col("kind").alias("form"), (~one_case_of(pl.col("core"))).alias("mixed"))
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»"}


def display(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of the name as people should read it: no word lost, the legal form spelled one way.

    The case is repaired only where the whole field is in one case.
    """
    return once_each("name", value, _shown, RESULT)


def base(value: pl.Expr) -> pl.Expr:
    """Return the name without legal forms, trade name and closing bracket; in the case in which it was written."""
    return _either(value, PLAIN, pl.col("core"), base_of, pl.String())


def key(value: pl.Expr) -> pl.Expr:
    """Return the match key: names with the same key and no two form classes are one company.

    Base with `&` as "and", without a leading "the", accents, punctuation and blanks; what stands in a closing bracket
    (a branch, a country) belongs to it, so that a branch is never taken for the whole.
    """
    return _either(value, PLAIN, KEY, match_key, pl.String())


def weak_key(value: pl.Expr) -> pl.Expr:
    """Return a looser key for candidates: without brackets, and without Co, Company, Group or Holdings at the end.

    Umlauts are the same there however they are written.
    """
    return _either(value, PLAIN & WEAK_KEY.is_not_null(), WEAK_KEY, loose_key, pl.String())


def form_class(value: pl.Expr) -> pl.Expr:
    """Return the class of the legal form (INC, LTD, LLC, GMBH, AG, ...), null without one.

    Names with equal keys and different classes are different companies until a person says otherwise.
    """
    return _either(value, PLAIN, pl.col("kind"), lambda name: take_apart(name).kind, pl.String())


def displayed(name: str) -> tuple[str | None, str | None]:
    """Return (display form, reason code) of one name; the code is null where nothing was to do."""
    tidied = tidy(name)
    if not tidied or len(tidied) > LONGEST:
        return (tidied or None, "texts.trimmed" if tidied != name else None)
    spelled = at_rest(_spelled, tidied)
    if spelled != tidied and _identity(spelled) != _identity(tidied):
        spelled = tidied  # in the usual case a word would be taken for a legal form
    return spelled, None if spelled == name else _reason(tidied, spelled)


def _identity(name: str) -> tuple[str | None, str | None]:
    return match_key(name), take_apart(name).kind


def described(names: pl.DataFrame) -> pl.DataFrame:
    """Return, of distinct names, what `display` answers, and what a whole column is asked about its own spellings.

    name, answer; key, core, form, mixed: of the displayed name. Most are displayed as they are, and taken apart once.
    """
    answered = _answered(names)
    shown = answered["answer"].struct.field("value")
    told = answered.select(_NAME, "answer", *_ASKED)
    same = PLAIN & (shown == _TIDIED) & (_TIDIED.str.len_chars() > 1)
    others = answered.select(~same.fill_null(value=False)).to_series().arg_true()
    rest = shown.gather(others).to_frame("name").select(_told(_NAME).alias("told")).unnest("told")
    return told.with_columns(told[field].scatter(others, rest[field]) for field in rest.columns)


def _told(value: pl.Expr) -> pl.Expr:
    """Return Struct{key, core, form, mixed} of names."""
    fields = pl.Struct({"key": pl.String, "core": pl.String, "form": pl.String, "mixed": pl.Boolean})
    return _either(value, _ALONE, pl.struct(_ASKED), _taken_apart, fields)


def compared(value: pl.Expr) -> pl.Expr:
    """Return Struct{key, weak, form, base} of names: each name is taken apart once for all four."""
    fields = pl.Struct(dict.fromkeys(("key", "weak", "form", "base"), pl.String()))
    plain = pl.struct(KEY.alias("key"), WEAK_KEY.alias("weak"), pl.col("kind").alias("form"), base="core")
    return _either(value, PLAIN & WEAK_KEY.is_not_null(), plain, _compared, fields)


def display_among(value: pl.Expr, bare: pl.Series, cased: Mapping[str, str]) -> pl.Expr:
    """Return Struct{value, code} like `display`, in a column that writes the keys in `bare` without a legal form.

    cased: how the column writes a name, by match key; used where a cell is in one case throughout.
    """
    return once_each("name", value, lambda names: told_by_column(described(names), bare, cased), RESULT)


def told_by_column(told: pl.DataFrame, bare: pl.Series, cased: Mapping[str, str]) -> pl.Series:
    """Return the answers of `display_among` for rows of `described`; the column says nothing of most of them."""
    said = told.select(pl.col("key").is_in(pl.concat([bare, pl.Series(list(cased), dtype=pl.String)]).implode()))
    places = said.to_series().fill_null(value=False).arg_true()
    return overlaid(told["answer"], places, _unified(told.select(pl.all().gather(places)), bare, cased))


def _unified(told: pl.DataFrame, bare: pl.Series, cased: Mapping[str, str]) -> pl.Series:
    spelling = pl.col("key").replace_strict(cased, default=None, return_dtype=pl.String)
    marked = told.with_columns(spelling=pl.when(_flat()).then(spelling))
    shared = pl.col("key").is_in(bare.implode()) & (pl.col("form").is_not_null() | pl.col("spelling").is_not_null())
    other = ~shared & pl.col("spelling").is_not_null()
    tried = marked.select(
        _NAME,
        "answer",
        bare=_from_parts(
            pl.when(shared).then(_NAME), pl.col("spelling"), pl.coalesce("spelling", "bare"), _without_form
        ),
        respelled=_from_parts(
            pl.when(other).then(_NAME), pl.col("spelling"), pl.concat_str("spelling", "form"), _respelled
        ),
    )
    value, unified, respelled = pl.col("answer").struct.field("value"), pl.col("unified"), pl.col("respelled")
    return (
        tried.with_columns(unified=_at_rest(pl.col("bare")))
        .select(
            pl.when(unified != value)
            .then(result(unified, pl.lit("companies.unified")))
            .when((respelled != value) & (respelled != _NAME))
            .then(result(respelled, pl.lit("companies.case")))
            .otherwise("answer")
            .alias("answer")
        )
        .to_series()
    )


def _at_rest(bare: pl.Expr) -> pl.Expr:
    """Return display forms without a legal form; null where that is not the whole story: more would be done to them."""
    return pl.when((display(bare).struct.field("value") == bare) & form_class(bare).is_null()).then(bare)


def base_of(name: str) -> str:
    """Return the base of one name."""
    return _unwrapped(take_apart(name).core)


def _either(
    value: pl.Expr, plain: pl.Expr, answer: pl.Expr, judge: Callable[[str], Answer], dtype: pl.DataType
) -> pl.Expr:
    """Answer each distinct name once: plain ones by the expression `answer` over _NAME, the rest by `judge`."""

    def answered(names: pl.DataFrame) -> pl.Series:
        quick_ones = quick_parts(names).select(
            _NAME, plain.fill_null(value=False).alias("plain"), answer.alias("quick")
        )
        rest = over_distinct(pl.when(~pl.col("plain")).then(_NAME), judge, dtype)
        return quick_ones.select(pl.when("plain").then("quick").otherwise(rest).alias("answer"))["answer"]

    return once_each("name", value, answered, dtype)


def _flat() -> pl.Expr:
    """Whether a name is in one case throughout."""
    ascii_ = _NAME.str.len_bytes() == _NAME.str.len_chars()
    sure = one_case_of(_NAME) & _NAME.str.contains("[A-Za-z]") & (_NAME.str.len_bytes() > 1)
    other = over_distinct(pl.when(~ascii_).then(_NAME), lambda name: one_case(tidy(name)), pl.Boolean())
    return pl.when(ascii_).then(sure).otherwise(other)


def _from_parts(
    value: pl.Expr, spelling: pl.Expr, plain: pl.Expr, judge: Callable[[str, str | None], str | None]
) -> pl.Expr:
    """Write names anew, plain ones by an expression over bare, form and spelling, the rest by `judge`."""

    def written(rows: pl.DataFrame) -> pl.Series:
        asked = rows["name"].is_not_null().arg_true()
        rest = over_distinct([pl.when(~pl.col("plain")).then(_NAME), pl.col("spelling")], judge, pl.String())
        found = quick_spelling(rows.select(pl.all().gather(asked))).select(
            pl.when("plain").then(plain).otherwise(rest).alias("name")
        )
        return rows["name"].scatter(asked, found["name"])

    return over_columns(written, {"name": value, "spelling": spelling}, pl.String())


def _shown(names: pl.DataFrame) -> pl.Series:
    return _answered(names)["answer"]


def _answered(names: pl.DataFrame) -> pl.DataFrame:
    """Add tidied: the names with single blanks; what quick_spelling adds to these; and answer: what `display` says."""
    tidied = _with_single_blanks(names["name"])
    parts = quick_spelling(tidied.to_frame("name")).with_columns(names["name"], tidied.alias("tidied"))
    parts = parts.with_columns(shown=pl.concat_str("bare", "form"))
    shown = pl.col("shown")
    mixed = (shown != shown.str.to_uppercase()) & (shown != shown.str.to_lowercase())
    sure = PLAIN & (mixed | (shown == _TIDIED))  # in one case it may not be at rest
    recased = shown.str.to_lowercase() == _TIDIED.str.to_lowercase()
    why = pl.when(recased).then(pl.lit("companies.case")).otherwise(pl.lit("companies.form"))
    trimmed = pl.when(_TIDIED != _NAME).then(pl.lit("texts.trimmed"))
    answer = result(shown, pl.when(shown != _TIDIED).then(why).otherwise(trimmed))
    rest = over_distinct(pl.when(~pl.col("sure")).then(_NAME), displayed, RESULT)
    return parts.with_columns(sure=sure).with_columns(answer=pl.when("sure").then(answer).otherwise(rest))


def _with_single_blanks(names: pl.Series) -> pl.Series:
    """Return names as `tidy` does where nothing but blanks is to be tidied."""
    rows = names.str.contains("^ |  | $").arg_true()
    return names.scatter(rows, names.gather(rows).str.strip_chars(" ").str.replace_all(" +", " "))


def _unwrapped(text: str) -> str:
    """Drop quotes around the whole name and separators at its end."""
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip()
    return text.rstrip(",; ") or text


def _taken_apart(name: str) -> tuple[str | None, str, str | None, bool]:
    parts = take_apart(name)
    return match_key(name), parts.core, parts.kind, not one_case(parts.core)


def _compared(name: str) -> tuple[str | None, str | None, str | None, str]:
    return match_key(name), loose_key(name), take_apart(name).kind, base_of(name)


def _without_form(name: str, spelling: str | None) -> str | None:
    parts = take_apart(_unwrapped(tidy(name)))
    return _recased(name, parts, with_forms=False) if spelling is None else spelling + parts.tail


def _respelled(name: str, spelling: str | None) -> str | None:
    parts = take_apart(_unwrapped(tidy(name)))
    return None if spelling is None else _with_forms(parts, spelling)


def _spelled(text: str) -> str:
    text = _unwrapped(text)
    return _recased(text, take_apart(text), with_forms=True)


def _recased(text: str, parts: Parts, *, with_forms: bool) -> str:
    core, tail = parts.core, parts.tail
    if one_case(text):
        core, tail = company_cased(core), company_cased(tail)
    if not with_forms:
        return core + tail
    return _with_forms(parts, core, tail)


def _with_forms(parts: Parts, core: str, tail: str | None = None) -> str:
    front = "".join(form.display + form.gap for form in parts.front)
    back = "".join(form.gap + form.display for form in parts.back)
    return f"{front}{core}{back}{parts.tail if tail is None else tail}"


def _reason(tidied: str, spelled: str) -> str:
    if spelled == tidied:
        return "texts.trimmed"
    if spelled == _unwrapped(tidied):
        return "companies.punctuation"
    return "companies.case" if spelled.casefold() == tidied.casefold() else "companies.form"
