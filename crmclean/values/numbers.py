"""Whole numbers and percentages."""

from dataclasses import dataclass

import polars as pl

from crmclean.values.results import each_once, first_reason, result, unless_plain

_GROUPED = r"^[+-]?[0-9]{1,3}(?:[,.' \x{a0}\x{202f}\x{2019}][0-9]{3})+$"
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}([,.])000$"  # or three decimals
_MARKED = r"^[+-]?[0-9]+([,.])[0-9]*$"
_ALWAYS = 3  # values from which "always three zeros" are decimals
_WHOLE = r"^[+-]?[0-9]+(?:[.,]0*)?$"
_SCALED = r"^(?i)([+-]?[0-9]+)(?:[.,]([0-9]{1,3}))?\s*(k|m|mm|mio|mn)$"
_SCIENTIFIC = r"^[+-]?[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}$"
_PLAIN = r"^(?:0|-?[1-9][0-9]*)$"
_PERCENT = r"^[+-]?[0-9]+(?:[.,][0-9]+)?\s*%?$"
_SMALLEST_SHARE = 0.01


@dataclass(frozen=True)
class Share:
    """Whether a column of percentages is written as shares of one (0.25) or in percent (25)."""

    of_one: bool


@dataclass(frozen=True)
class Groups:
    """Which marks stand between thousands in a column, so that `1,000` is no 1 with decimals; None: nothing tells."""

    comma: bool | None = None
    dot: bool | None = None


def learn_groups(column: pl.Series, decimal: str | None = None) -> Groups:
    """Decide for each mark by the column's other values; `decimal`, the plan's mark, holds where nothing shows."""
    values = column.drop_nulls().unique().str.strip_chars()
    marks = values.str.extract(_THOUSANDS).drop_nulls().unique().to_list()
    told = _groups(values, marks[0]) if len(marks) == 1 else None  # both in one column: nothing shows
    if told is None and decimal:
        return Groups(comma=decimal != ",", dot=decimal != ".")
    return Groups(comma=told if marks == [","] else None, dot=told if marks == ["."] else None)


def _groups(values: pl.Series, mark: str) -> bool | None:
    """Say whether a mark stands between thousands: other values show it, or have no decimals at all."""
    thousands = values.str.contains(_THOUSANDS)
    others = values.filter(~thousands)
    if others.str.contains(rf"^[+-]?[0-9]{{1,3}}(?:\{mark}[0-9]{{3}})+$").any():
        return True
    if (others.str.extract(_MARKED) == mark).any():
        return False
    if others.str.contains(r"^[+-]?[0-9]").any():
        return True
    return False if thousands.sum() >= _ALWAYS else None


def integer(value: pl.Expr, groups: Groups) -> pl.Expr:
    """Return Struct{value, code} of whole numbers: `1,234`, `1.234`, `50.0`, `1.5k`, `1.2E+03`; never rounds."""
    return unless_plain(value, value.str.contains(_PLAIN), lambda rest: _integer(rest, groups))


def _integer(value: pl.Expr, groups: Groups) -> pl.Expr:
    text = value.str.strip_chars()
    mark = text.str.extract(_THOUSANDS)
    told = {",": groups.comma, ".": groups.dot}
    between = mark.is_in([one for one, is_between in told.items() if is_between]).fill_null(value=False)
    unsure = mark.is_in([one for one, is_between in told.items() if is_between is None]).fill_null(value=False)
    grouped = pl.when(text.str.contains(_GROUPED)).then(text.str.replace_all(r"[^0-9+-]", ""))
    whole = pl.when(text.str.contains(_WHOLE) & ~between).then(text.str.replace(r"[.,]0*$", ""))
    scaled, scientific = _scaled(text), _scientific(text)
    number = pl.when(~unsure).then(_plain(pl.coalesce(whole, grouped, scaled, scientific)))
    return _answer(value, number, pl.coalesce(whole, grouped).is_null(), unsure=unsure)


def learn_percent(column: pl.Series) -> Share:
    """Decide from all values: shares of one when nothing is above 1, no percent sign is there and a fraction is.

    A value above 0.01 is asked for as well: it is above 1 when written in percent, so that a second run reads percents.
    """
    text = column.drop_nulls().str.strip_chars().str.replace(",", ".")
    numbers = text.cast(pl.Float64, strict=False)
    if text.is_empty() or numbers.null_count():
        return Share(of_one=False)
    fraction = (numbers.abs() > _SMALLEST_SHARE).any() and (numbers != numbers.round()).any()
    return Share(of_one=bool(fraction and (numbers.abs() <= 1).all()))


def percent(value: pl.Expr, share: Share) -> pl.Expr:
    """Return Struct{value, code} of percentages as plain numbers: 25 for `25 %`, and for 0.25 in a column of shares."""
    return each_once(value, lambda text: _percent(text, share))


def _percent(value: pl.Expr, share: Share) -> pl.Expr:
    text = value.str.strip_chars()
    number = pl.when(text.str.contains(_PERCENT)).then(text.str.replace(r"\s*%$", "").str.replace(",", "."))
    if not share.of_one:
        return _answer(value, _plain(number), pl.lit(value=False))
    hundredfold = _plain((number.cast(pl.Decimal(38, 12), strict=False) * 100).cast(pl.String))
    return _answer(value, hundredfold, pl.lit(value=False), changed="numbers.of-one")


def _scaled(text: pl.Expr) -> pl.Expr:
    parts = text.str.extract_groups(_SCALED).struct
    zeros = pl.when(parts.field("3").str.to_lowercase() == "k").then(3).otherwise(6)
    fraction = parts.field("2").fill_null("")
    return pl.concat_str(
        parts.field("1"), fraction.str.pad_end(3, "0"), pl.when(zeros == 6).then(pl.lit("000")).otherwise(pl.lit(""))
    )


def _scientific(text: pl.Expr) -> pl.Expr:
    written = pl.when(text.str.contains(_SCIENTIFIC)).then(text)
    number = written.cast(pl.Decimal(38, 6), strict=False)
    return pl.when(number == number.round()).then(number.cast(pl.Int64, strict=False).cast(pl.String))


def _plain(number: pl.Expr) -> pl.Expr:
    """Drop a leading plus, leading zeros, a negative zero, and zeros at the end of a fraction."""
    bare = number.str.replace(r"^\+", "").str.replace(r"^(-?)0+([0-9])", "${1}${2}")
    bare = bare.str.replace(r"^([^.]*\.[0-9]*?)0+$", "${1}").str.replace(r"\.$", "")
    return bare.str.replace(r"^-0$", "0")


def _answer(
    value: pl.Expr, number: pl.Expr, scaled: pl.Expr, changed: str = "numbers.plain", unsure: pl.Expr | None = None
) -> pl.Expr:
    code = first_reason(
        (value.is_null() | (number == value), None),
        (pl.lit(value=False) if unsure is None else unsure, "numbers.ambiguous"),
        (number.is_null(), "numbers.invalid"),
        (scaled, "numbers.scaled"),
        (pl.lit(value=True), changed),
    )
    return result(number, code)
