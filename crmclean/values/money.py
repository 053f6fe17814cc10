"""Amounts of money as plain decimals, with the decimal mark decided once per column.

A value shows its mark when both marks occur (the last one), when a mark occurs twice (it groups), or when other than
three digits follow. `1,234` and `1.234` show nothing: they take the column's mark. Amounts beside a currency sign have
at most two decimals (ISO 4217, apart from the seven currencies with three), so there three digits are a group.
"""

from dataclasses import dataclass
from functools import partial

import polars as pl

from crmclean.values.distinct import repeats
from crmclean.values.results import over_columns, unless_plain

_BLANKS = r"[\s\x{a0}\x{202f}\x{2009}]"
_SIGNED = rf"{_BLANKS}*([-+\x{{2212}}\x{{2013}}]?){_BLANKS}*"
_CURRENCY = r"(\p{Sc}|[A-Z]{1,3}\p{Sc}|(?i:[a-z]{3})|kr\.?|Rs\.?|R\x{24}|zł|Kč|Fr\.?|Ft)?"
_GROUPED = rf"(?:{_BLANKS}[0-9]{{2,3}})*{_BLANKS}[0-9]{{3}}(?:[.,][0-9]*)?"  # 1 234,50 and 12 34 567, but no 12 34 5
_NUMBER = rf"([0-9][0-9.,'\x{{2019}}]*(?:{_GROUPED})?|[.,][0-9]+)"
_SIGN_BEHIND = rf"{_BLANKS}*(?:[\p{{L}}\p{{Sc}}]+\.?)?{_BLANKS}*"
_NO_CENTS = rf"([0-9])[.,](?:--?|[\x{{2013}}\x{{2014}}])({_SIGN_BEHIND})$"  # 100.- is one hundred
_SCALE = rf"{_BLANKS}*((?i)k|m|mm|mn|mio\.?|million|b|bn|mrd\.?|billion)?"
_AMOUNT = rf"^{_SIGNED}{_CURRENCY}{_SIGNED}{_NUMBER}{_SCALE}{_BLANKS}*{_CURRENCY}{_SIGNED}$"
_BRACKETS = rf"^{_BLANKS}*(\p{{Sc}}?)\((.*)\){_BLANKS}*$"
# Canonical, and no `1.234` that another mark would read as a thousand.
_PLAIN = (
    r"^(?:-?[1-9][0-9]*(?:\.(?:[0-9]{1,2}|[0-9]{4,}))?|-?[1-9][0-9]{3,}\.[0-9]{3}"
    r"|0(?:\.[0-9]+)?|-0\.[0-9]*[1-9][0-9]*)$"
)
# Read alike whatever the column's mark: an amount of a currency with cents, or one that shows its mark.
_CENTS = r"(?:\.[0-9]{1,2})?"
_OF_CURRENCY = rf"-?[\x{{24}}€£](?:[1-9][0-9]*|[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+){_CENTS}"
_SHOWING = rf"-?[1-9][0-9]{{0,2}}(?:(?:,[0-9]{{3}}){{2,}}{_CENTS}|,[0-9]{{3}}\.[0-9]{{1,2}})"
_QUICK = rf"^(?:{_OF_CURRENCY}|{_SHOWING})$"
_BESIDE_DIGITS = [*"$€£,"]
_SCIENTIFIC = r"^-?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,2}$"
_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DOUBTFUL = r"^-?[1-9][0-9]{0,2}[.,][0-9]{3}$"
_DOUBTFUL_DECIMAL = r"^(-?[1-9][0-9]{0,2}\.[0-9]{3})$"
_MARKED = r"[0-9][.,]|[.,][0-9]"
_GROUPS = r"^[0-9]{1,3}(?:G[0-9]{2,3})*G[0-9]{3}$|^[0-9]+$"
_CONVINCING = 5  # so many distinct values that all have three digits behind the mark: it groups

_ZEROS = {"k": 3, "m": 6, "mm": 6, "mn": 6, "mio": 6, "million": 6, "b": 9, "bn": 9, "mrd": 9, "billion": 9}


@dataclass(frozen=True)
class Mark:
    """The decimal mark of one column: `.`, `,` or None where the values do not tell.

    mixed: they disagree, and some show nothing. Then values with a decimal comma stay as they are too: without them a
    second run would see dots only, and read the doubtful ones.
    """

    decimal: str | None
    mixed: bool = False


def learn(column: pl.Series, hint: str | None = None) -> Mark:
    """Decide the decimal mark from all values of one column of one file; `hint` holds where nothing shows."""
    texts = column.unique() if repeats(column) else column
    marked = texts.to_frame("value").filter(pl.col("value").str.contains(_MARKED))
    plain = marked.select(_is_plain(pl.col("value"))).to_series()
    values = _parts(marked.filter(~plain).unique()).select("number").drop_nulls()
    shown = set(values.select(mark=_shown_mark(pl.col("number"))).drop_nulls()["mark"]) | (
        {"."} if plain.any() else set()
    )
    doubtful = values.filter(pl.col("number").str.contains(_DOUBTFUL)).unique()["number"]
    if shown:
        return Mark(shown.pop()) if len(shown) == 1 else Mark(None, mixed=len(doubtful) > 0)
    group = doubtful.str.extract(r"([.,])", 1).unique()
    if len(doubtful) >= _CONVINCING and len(group) == 1:
        return Mark("." if group[0] == "," else ",")
    return Mark(hint)


def amount(value: pl.Expr, mark: Mark) -> pl.Expr:
    """Return Struct{value, code} of amounts as plain decimals; digits behind the mark stay as they were written.

    A doubtful shape is never written: 1.234 becomes 1.2340, so that a second run cannot read it otherwise.
    """
    return unless_plain(
        value, _is_plain(value), lambda text: over_columns(partial(_amounts, mark=mark), {"value": text})
    )


def currency_beside(value: pl.Expr) -> pl.Expr:
    """Return the sign or code that stands beside an amount, null where there is none: `EUR` of `500 EUR`."""
    marked = pl.when(value.str.contains(r"[\p{Sc}\p{L}]")).then(value.str.replace(_BRACKETS, "${1}${2}"))
    found = marked.str.extract_groups(_AMOUNT).struct
    return pl.coalesce(pl.when(found.field(part) != "").then(found.field(part)) for part in ("2", "6"))


def _is_plain(value: pl.Expr) -> pl.Expr:
    return value.str.contains(_PLAIN)


def _amounts(rows: pl.DataFrame, mark: Mark) -> pl.Series:
    """Read values that are not plain already.

    Each part is worked out before the next one uses it: as one expression they would be repeated in each other.
    """
    value = pl.col("value")
    quick = rows.select(value.str.contains(_QUICK).fill_null(value=False)).to_series()
    code = pl.when(value.str.contains("[$€£]")).then(pl.lit("money.currency")).otherwise(pl.lit("money.plain"))
    answers = rows.select(value.str.replace_many(_BESIDE_DIGITS, [""]), code=code)
    rest = _reasoned(_read(_parts(rows.filter(~quick)), mark))
    places = (~quick).arg_true()
    return pl.DataFrame([answers[name].scatter(places, rest[name]) for name in answers.columns]).to_struct()


def _read(parts: pl.DataFrame, mark: Mark) -> pl.DataFrame:
    """Add `plain`, the amount where there is one, and `unsure`."""
    number = pl.col("number")
    small = pl.col("currency").is_not_null() & ~pl.col("currency").str.to_uppercase().is_in(_THREE_DECIMALS)
    judged = parts.with_columns(two_decimals=small).with_columns(
        decimal=_decimal_mark(number, mark, pl.col("two_decimals"))
    )
    digits = judged.with_columns(digits=_digits(number, pl.col("decimal"))).with_columns(
        digits=_scaled(pl.col("digits"), pl.col("scale"))
    )
    sign = pl.when("negative").then(pl.lit("-")).otherwise(pl.lit(""))
    signed = pl.concat_str(sign, "digits").str.replace(r"^-(0(?:\.0*)?)$", "${1}")
    plain = pl.coalesce(_scientific(pl.col("value")), signed).str.replace(_DOUBTFUL_DECIMAL, "${1}0")
    doubtful = number.str.contains(_DOUBTFUL) & ~pl.col("two_decimals")
    mixed = pl.lit(mark.mixed) & (_shown_mark(number) == ",")
    unsure = (doubtful & pl.lit(mark.decimal is None)) | mixed
    return digits.with_columns(plain=plain, unsure=unsure.fill_null(value=False))


def _reasoned(read: pl.DataFrame) -> pl.DataFrame:
    code = (
        pl.when("unsure")
        .then(pl.lit("money.ambiguous"))
        .when(pl.col("plain").is_null())
        .then(pl.lit("money.invalid"))
        .when(pl.col("value").str.contains(_SCIENTIFIC))
        .then(pl.lit("money.scientific"))
        .when(pl.col("scale").is_not_null())
        .then(pl.lit("money.scaled"))
        .when(pl.col("negative") & ~pl.col("value").str.starts_with("-"))
        .then(pl.lit("money.negative"))
        .when(pl.col("currency").is_not_null())
        .then(pl.lit("money.currency"))
        .otherwise(pl.lit("money.plain"))
    )
    return read.select(pl.when(~pl.col("unsure")).then("plain").alias("value"), code.alias("code"))


def _parts(values: pl.DataFrame) -> pl.DataFrame:
    """Add number, negative, currency and scale to `value`."""
    bracket, group = pl.col("bracket").struct, pl.col("found").struct
    signs = pl.concat_str(*(group.field(part).fill_null("") for part in ("1", "3", "7")))
    beside = (pl.when(group.field(part) != "").then(group.field(part)) for part in ("2", "6"))
    scale = pl.when(group.field("5") != "").then(group.field("5").str.to_lowercase().str.strip_chars("."))
    found = (
        values.with_columns(bracket=pl.col("value").str.extract_groups(_BRACKETS))
        .with_columns(inside=pl.concat_str(bracket.field("1"), bracket.field("2")))
        .with_columns(text=pl.coalesce("inside", "value").str.replace(_NO_CENTS, "${1}${2}"))
        .with_columns(found=pl.col("text").str.extract_groups(_AMOUNT))
        .with_columns(signs=signs, currency=pl.coalesce(beside), scale=scale)
    )
    number = pl.when(pl.col("signs").str.len_chars() <= 1).then(group.field("4"))
    return found.select(
        "value",
        number.str.replace_all(rf"{_BLANKS}|['\x{{2019}}]", "").alias("number"),
        (pl.col("inside").is_not_null() | ((pl.col("signs") != "") & (pl.col("signs") != "+"))).alias("negative"),
        "currency",
        "scale",
    )


def _shown_mark(number: pl.Expr) -> pl.Expr:
    """Return the decimal mark that a number shows by itself; null where it shows none or is doubtful."""
    dots, commas = number.str.count_matches(".", literal=True), number.str.count_matches(",", literal=True)
    last = number.str.extract(r"([.,])[0-9]*$", 1)
    other = pl.when(last == ".").then(pl.lit(",")).otherwise(pl.lit("."))
    return (
        pl.when((dots > 0) & (commas > 0))
        .then(last)
        .when(dots + commas > 1)
        .then(other)
        .when((dots + commas == 1) & ~number.str.contains(_DOUBTFUL))
        .then(last)
    )


def _decimal_mark(number: pl.Expr, mark: Mark, two_decimals: pl.Expr) -> pl.Expr:
    grouping = pl.when(number.str.contains(",", literal=True)).then(pl.lit(".")).otherwise(pl.lit(","))
    doubtful = pl.when(two_decimals).then(grouping).otherwise(pl.lit(mark.decimal, pl.String))
    return pl.when(number.str.contains(_DOUBTFUL)).then(doubtful).otherwise(_shown_mark(number)).fill_null(".")


def _digits(number: pl.Expr, decimal: pl.Expr) -> pl.Expr:
    """Return plain digits with a dot; null where groups or marks do not make one number."""
    point = (
        pl.when(decimal == ",")
        .then(number.str.replace_all(".", "G", literal=True))
        .otherwise(number.str.replace_all(",", "G", literal=True))
    )
    dotted = point.str.replace_all(",", ".", literal=True)
    whole, fraction = dotted.str.extract(r"^([^.]*)", 1), dotted.str.extract(r"^[^.]*\.([0-9]*)$", 1)
    sound = whole.str.contains(_GROUPS) | (whole == "")
    one_mark = dotted.str.count_matches(".", literal=True) <= 1
    bare = whole.str.replace_all("G", "", literal=True).str.replace(r"^0+([0-9])", "${1}").replace("", "0")
    behind = pl.when(fraction.fill_null("") != "").then(pl.concat_str(pl.lit("."), fraction)).otherwise(pl.lit(""))
    return pl.when(sound & one_mark).then(pl.concat_str(bare, behind))


def _scaled(digits: pl.Expr, scale: pl.Expr) -> pl.Expr:
    zeros = scale.replace_strict(list(_ZEROS), list(_ZEROS.values()), default=None, return_dtype=pl.Int64)
    whole = digits.str.extract(r"^([0-9]*)", 1)
    fraction = digits.str.extract(r"\.([0-9]*)$", 1).fill_null("")
    moved = [
        pl.concat_str(whole, fraction.str.pad_end(count, "0").str.head(count), pl.lit("."), fraction.str.slice(count))
        for count in (3, 6, 9)
    ]
    big = pl.when(zeros == 3).then(moved[0]).when(zeros == 6).then(moved[1]).when(zeros == 9).then(moved[2])
    return pl.coalesce(big.str.replace(r"\.$", "").str.replace(r"^0+([0-9])", "${1}"), digits)


def _scientific(value: pl.Expr) -> pl.Expr:
    written = pl.when(value.str.contains(_SCIENTIFIC)).then(value.str.replace(",", ".", literal=True))
    plain = written.cast(pl.Decimal(38, 6), strict=False).cast(pl.String)
    return plain.str.replace(r"\.?0+$", "")
