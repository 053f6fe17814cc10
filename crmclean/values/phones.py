"""Phone numbers: E.164 where phonenumbers calls the number valid, else a reason; documented repairs; fillers.

Order of work: the vectorised reading (phone_fast), phonenumbers for the distinct rest (phone_exact), the repairs for
what is not valid (phone_repairs, off in strict mode), fillers. An invalid number is never written as E.164.
"""

import re
from collections.abc import Mapping

import polars as pl

from crmclean.values import phone_exact, phone_express, phone_fast
from crmclean.values.fillers import is_placeholder
from crmclean.values.phone_repairs import (
    REPAIRS,
    is_scientific,
    may_have_label,
    may_help,
    parts,
    without_labels,
    written_out,
)
from crmclean.values.phone_rules import calling_codes
from crmclean.values.phone_rules import metadata_version as metadata_version
from crmclean.values.phone_rules import regions as regions
from crmclean.values.results import all_placed, first_reason, over_columns

NUMBER = pl.Struct({"value": pl.String, "code": pl.String, "extension": pl.String, "region": pl.String})
_WRITTEN = pl.Struct([field for field in NUMBER.fields if field.name != "region"])

_SAME_DIGIT = "|".join(["0+", *(f"{digit}{{5,}}" for digit in range(1, 10))])
_RISING = "0?123456(?:7(?:8(?:90?)?)?)?|9?87654321?0?|5551234|1234567890"
_DIGIT = re.compile(r"([0-9])(?![,}])(\?|\+|\{5,\})?")
# With anything between the digits: to cut that out of every text first would take five times as long.
_GAPPED = _DIGIT.sub(r"(?:\1[^0-9]*)\2", f"1?(?:{_SAME_DIGIT}|{_RISING})")
_FILLER = rf"^[^0-9]*{_GAPPED}$"
_FEWEST_DIGITS = 7  # no number that a repair can save is shorter

# Typed without a plus these stand for nothing, even where some country's plan would take them.
_GAP = r"[ ().\-/]*"
_CLEAR_SAME = "|".join(rf"(?:{digit}{_GAP}){{9,}}" for digit in range(10))
_CLEAR_FILLER = rf"^{_GAP}(?:{_CLEAR_SAME}|{_GAP.join('123456789')}{_GAP}0?{_GAP})$"
_INVALID_CODE_ERROR = 0  # NumberParseException.INVALID_COUNTRY_CODE: nothing says which country


def e164(value: pl.Expr, region: pl.Expr, *, strict: bool = False) -> pl.Expr:
    """Return Struct{value, code, extension, region} of phone numbers.

    region: ISO 3166-1 alpha-2 in capitals, used where a number has no plus of its own; may be null. value: E.164 of a
    valid number, null otherwise. extension: digits. region of the answer: where the number belongs.
    """
    return over_columns(
        _strictly if strict else _with_repairs, {"value": value, "region": region.cast(pl.String)}, NUMBER
    )


def e164_of_each(values: Mapping[str, pl.Expr], region: pl.Expr, *, strict: bool = False) -> pl.Expr:
    """Return Struct{name: what `e164` returns, but the region} of several columns of one region, judged together.

    What few numbers of a kind there are costs as much to judge as many do.
    """

    def judged(rows: pl.DataFrame) -> pl.Series:
        stacked = pl.concat(rows.select("region", value=name) for name in values)
        answers = _answered(stacked, _WRITTEN, strict=strict)
        parts = [answers.slice(place * rows.height, rows.height).alias(name) for place, name in enumerate(values)]
        return pl.DataFrame(parts).to_struct()

    return over_columns(
        judged, {**values, "region": region.cast(pl.String)}, pl.Struct(dict.fromkeys(values, _WRITTEN))
    )


def further(value: pl.Expr, region: pl.Expr, taken: pl.Expr) -> pl.Expr:
    """Return the list of valid numbers in a cell of several, as E.164 and in reading order, without the one `taken`."""
    return over_columns(
        _further, {"value": value, "region": region.cast(pl.String), "taken": taken}, pl.List(pl.String)
    )


def _further(rows: pl.DataFrame) -> pl.Series:
    numbered = rows.with_row_index("row")
    single = numbered.drop_nulls("value").with_columns(parts(pl.col("value"))).explode("value")
    number = e164(pl.col("value"), pl.col("region")).struct.field("value")
    valid = single.with_columns(number=number).filter(pl.col("number") != pl.col("taken"))
    found = valid.group_by("row", maintain_order=True).agg(pl.col("number").unique(maintain_order=True))
    return numbered.join(found, on="row", how="left", maintain_order="left")["number"]


def known_region(region: pl.Expr) -> pl.Expr:
    """Return the region where phonenumbers knows it, null otherwise."""
    return pl.when(region.is_in(pl.Series(regions()).implode())).then(region)


def calling_code(value: pl.Expr) -> pl.Expr:
    """Return `+44` of a number in E.164 form; null for every other text."""
    codes = "|".join(code for digits in (1, 2, 3) for code in calling_codes(digits))
    return value.str.extract(rf"^(\+(?:{codes}))[0-9]+(?:;ext=[0-9]+)?$")


def is_filler(value: pl.Expr) -> pl.Expr:
    """Return whether a text is no number but stands for none: one digit throughout, 123456789, `unknown`."""
    wordless = value.str.contains("[0-9]")  # then it is no placeholder: none of them has a digit
    return value.str.contains(_FILLER).fill_null(value=False) | is_placeholder(pl.when(~wordless).then(value))


def _with_repairs(rows: pl.DataFrame) -> pl.Series:
    return _answered(rows, NUMBER, strict=False)


def _strictly(rows: pl.DataFrame) -> pl.Series:
    return _answered(rows, NUMBER, strict=True)


def _answered(rows: pl.DataFrame, parts: pl.Struct, *, strict: bool) -> pl.Series:
    filled = rows["value"].is_not_null()
    told = _told(rows.filter(filled).rechunk().with_row_index("row").cast({"row": pl.UInt32}), strict=strict)
    rows_told = filled.arg_true().gather(told["row"])
    return all_placed(told.select(field.name for field in parts.fields), rows_told, rows.height).to_struct()


def _told(rows: pl.DataFrame, *, strict: bool) -> pl.DataFrame:
    """Return row, value, code, extension and region of `rows` (row, value, region; no value null), in any order."""
    read = phone_express.read(rows)
    changed = read["e164"] != rows["value"].gather(read["row"])
    plain = read.select(
        "row",
        "region",
        value="e164",
        code=pl.when(changed).then(pl.lit("phones.e164")),
        extension=pl.lit(None, pl.String),
    )
    left = phone_fast.without(rows, read["row"])
    return pl.concat([plain, _judged(left, strict=strict).select(plain.columns)]) if left.height else plain


def _judged(rows: pl.DataFrame, *, strict: bool) -> pl.DataFrame:
    """Return row, value, code, extension and region of `rows` (row, value, region; no value null), in any order."""
    done = []
    if not strict:
        readable, rows = _made_readable(rows)
        done += [readable]
    settled = rows.select("row", code=_no_number()).drop_nulls("code")
    asked = phone_fast.without(rows, settled["row"])
    read = _read(asked).with_columns(code=_plain_code())
    done += [read.filter("valid")]
    bad = read.filter(~pl.col("valid").fill_null(value=False)).with_columns(filler=is_filler(pl.col("value")))
    if not strict:
        repaired, bad = _repaired(bad)
        done += [repaired]
    refused = bad.with_columns(code=_refusal())
    known = [frame.select(_PARTS) for frame in (*done, refused) if frame.height]
    return pl.concat([_NO_ANSWER.to_frame(), *known, settled], how="diagonal").rename({"e164": "value"})


_PARTS = ["row", *(pl.when("valid").then(part).alias(part) for part in ("e164", "extension", "region")), "code"]
_NO_ANSWER = pl.Schema({"row": pl.UInt32(), **dict.fromkeys(("e164", "extension", "region", "code"), pl.String())})


def _read(asked: pl.DataFrame) -> pl.DataFrame:
    """Return row, value, asked (the region asked with) and what is known: e164, valid, region, extension, letters."""
    homeless, rest = phone_fast.without_country(asked)
    homeless = homeless.select("row", error=pl.lit(_INVALID_CODE_ERROR, pl.Int32))
    fast, rest = phone_fast.read(rest)
    none = rest["value"].str.contains(r"\d").fill_null(value=True)
    blank = rest.filter(~none).select("row", error=pl.lit(phone_exact.NOT_A_NUMBER, pl.Int32))
    known = pl.concat([fast, blank, homeless, phone_exact.read(rest.filter(none))], how="diagonal").sort("row")
    return asked.select("row", "value", asked="region").hstack(known.drop("row"))


def _plain_code() -> pl.Expr:
    letters = pl.col("letters")
    return first_reason(
        (letters == "vanity", "phones.vanity"),
        (letters == "dropped", "phones.letters-dropped"),
        (pl.col("extension").is_not_null(), "phones.extension"),
        (letters == "label", "phones.label"),
        (pl.col("e164") != pl.col("value"), "phones.e164"),
    )


def _refusal() -> pl.Expr:
    error = pl.col("error")
    return first_reason(
        (pl.col("filler"), "phones.filler"),
        (error.is_null(), "phones.invalid"),
        ((error == _INVALID_CODE_ERROR) & pl.col("asked").is_null(), "phones.no-region"),
        (pl.lit(value=True), "phones.not-a-number"),
    )


def _no_number() -> pl.Expr:
    """Why a text is none, though phonenumbers would find digits enough in it."""
    value = pl.col("value")
    return first_reason(
        (value.str.contains(_CLEAR_FILLER), "phones.filler"), (is_scientific(value), "phones.scientific")
    )


def _made_readable(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Repair first where that leaves a valid number: phonenumbers would dial the letters of `(mobile)` and of E+09."""
    marked = rows.filter(may_have_label() | is_scientific(pl.col("value")), pl.col("value").str.contains("[0-9]"))
    digits = written_out()
    code = pl.when(digits.is_null()).then(pl.lit("phones.label")).otherwise(pl.lit("phones.spreadsheet-float"))
    tried = marked.select("row", value=pl.coalesce(digits, without_labels()), region="region", code=code)
    tried = tried.drop_nulls("value")
    if tried.is_empty():
        return pl.DataFrame(), rows
    quick = phone_express.read(tried).with_columns(valid=pl.lit(value=True))
    rest = _read(phone_fast.without(tried, quick["row"])).filter("valid")
    good = pl.concat([quick, rest], how="diagonal").join(tried.select("row", "code"), on="row")
    return good, phone_fast.without(rows, good["row"])


def _repaired(bad: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that a repair makes valid, each by the first that does, and the rows that stay bad."""
    hopeful = bad.filter(may_help(), ~pl.col("filler"))
    hopeful = hopeful.filter(pl.col("value").str.count_matches(r"\d") >= _FEWEST_DIGITS)
    tried = pl.concat(
        hopeful.filter(repair.applies)
        .select(origin="row", value=repair.text, region="asked", repair=pl.lit(code), other=repair.other)
        .drop_nulls("value")
        for code, repairs in REPAIRS.items()
        for repair in repairs
    )
    if tried.is_empty():
        return pl.DataFrame(), bad
    tried = tried.with_row_index("row").cast({"row": pl.UInt32})
    read = _read(tried.select("row", "value", "region")).hstack(tried.select("origin", "other", code="repair"))
    read = _with_valid_other(read.filter("valid")).drop("other")
    first = read.sort("row").unique("origin", keep="first", maintain_order=True).drop("row").rename({"origin": "row"})
    return first, phone_fast.without(bad, first["row"])


def _with_valid_other(read: pl.DataFrame) -> pl.DataFrame:
    """Drop the rows whose other text is no valid number; most have none."""
    paired = read.drop_nulls("other")
    if paired.is_empty():
        return read
    others = _read(paired.select("row", value="other", region="asked"))
    return phone_fast.without(read, others.filter(~pl.col("valid").fill_null(value=False))["row"])
