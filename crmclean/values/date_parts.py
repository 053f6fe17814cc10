"""Takes written dates apart: day and time, the families of ways to write a day, and what shows the order of a column.

Two-digit years follow the rule of Excel: 00-29 are 2000s, 30-99 are 1900s. Spreadsheet serials count days from
1899-12-30 (the 1900 system). Parts that are missing are never filled in.
"""

from datetime import date

import polars as pl

from crmclean.values.lists import table
from crmclean.values.results import first_reason, result

_TIME = (
    r"(?i)(?:T|[ ,]+(?:at +)?)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?\s*([ap]\.?m\.?)?"
    r"\s*\(?(Z|UTC|GMT|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?\)?$"
)
_WEEKDAY = r"(?i)^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? +"
_YMD = r"^([0-9]{4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})\.?$"
_COMPACT = r"^((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})$"
_NUMERIC = r"^([0-9]{1,2})([-/. ])([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})\.?$"
_WORD = r"([\p{L}]{3,10})\.?"
_DAY = r"([0-9]{1,2})(?i:st|nd|rd|th|\.|º)?"
_DAY_WORD = rf"^{_DAY}(?i:[-/ ]+of|[-/ ]+de)?[-/. ]*{_WORD}(?i: de)?[-/, ]*('?[0-9]{{4}}|'?[0-9]{{2}})$"
_WORD_DAY = rf"^{_WORD}[-/ ]*{_DAY}[-/, ]+('?[0-9]{{4}}|'?[0-9]{{2}})$"
_YEAR_WORD = rf"^([0-9]{{4}})[-/ ]{_WORD}[-/ ]([0-9]{{1,2}})$"
_SERIAL = r"^([1-9][0-9]{4})(?:\.([0-9]+))?$"
_SECONDS, _MILLISECONDS = r"^([1-9][0-9]{8,9})$", r"^([1-9][0-9]{10,12})$"
_NO_DATE = r"^(?:0000-00-00|00/00/0000|00\.00\.0000|1900-01-00|0?1/0/1900|1899-12-3[01]|0001-01-01)(?:[T ].*)?$"
_SERIAL_DAY_ONE = date(1899, 12, 30)
_LAST_YEAR_OF_2000S = 29
_MONTHS = 12

_TEXT = pl.col("text")


def evidence(column: pl.Series) -> dict[str, int]:
    """Count the values of a column that show `dmy`, that show `mdy`, and that are `doubtful`."""
    parts = _day_text(pl.col("value").str.strip_chars()).str.extract_groups(_NUMERIC).struct
    first, second = (parts.field(group).cast(pl.Int32) for group in ("1", "3"))
    dotted = parts.field("2") == "."  # no locale of CLDR writes the month first with dots
    day_first = (second <= _MONTHS) & ((first > _MONTHS) | dotted)
    month_first = (first <= _MONTHS) & (second > _MONTHS) & ~dotted
    doubtful = (first <= _MONTHS) & (second <= _MONTHS) & (first != second) & ~dotted
    frame = pl.DataFrame({"value": column.cast(pl.String)})
    counted = frame.select(dmy=day_first.sum(), mdy=month_first.sum(), doubtful=doubtful.sum())
    return {name: int(count or 0) for name, count in counted.row(0, named=True).items()}


def read(column: pl.Series, order: str | None, *, with_time: bool) -> pl.Series:
    """Return Struct{value, code} for every row of `column`; nulls answer null."""
    rows = pl.DataFrame({"value": column}).with_row_index("row")
    asked = rows.filter(pl.col("value").is_not_null()).with_columns(text=pl.col("value").str.strip_chars())
    timed = asked.with_columns(_TEXT.str.extract_groups(_TIME).alias("time"), day_text=_day_text(_TEXT))
    dated = timed.with_columns(_year_month_day(pl.col("day_text"), order)).with_columns(
        day=pl.col("ymd").str.to_date("%Y-%m-%d", strict=False)
    )
    moments = dated.with_columns(_moment()).with_columns(written=_written(with_time))
    answers = moments.select("row", answer=result(_value(), _code(with_time)))
    joined = rows.join(answers, on="row", how="left", maintain_order="left")
    return joined["answer"]


def _day_text(text: pl.Expr) -> pl.Expr:
    return text.str.replace(_TIME, "").str.replace(_WEEKDAY, "")


def _year_month_day(text: pl.Expr, order: str | None) -> list[pl.Expr]:
    """Return ymd (as text, not yet checked against the calendar), and what is special about it."""
    numeric = text.str.extract_groups(_NUMERIC).struct
    first, second, year = numeric.field("1"), numeric.field("3"), numeric.field("4")
    dotted = numeric.field("2") == "."
    small = (first.cast(pl.Int32) <= _MONTHS) & (second.cast(pl.Int32) <= _MONTHS)
    day_first = (
        pl.when(small & ~dotted).then(pl.lit(order == "dmy")).otherwise(dotted | (second.cast(pl.Int32) <= _MONTHS))
    )
    day, month = pl.when(day_first).then(first).otherwise(second), pl.when(day_first).then(second).otherwise(first)
    unsure = small & ~dotted & (first.cast(pl.Int32) != second.cast(pl.Int32)) & pl.lit(order is None)
    other = ~small & ~dotted & (day_first != pl.lit(order == "dmy")) & pl.lit(order is not None)
    iso, compact = text.str.extract_groups(_YMD).struct, text.str.extract_groups(_COMPACT).struct
    day_word, word_day = text.str.extract_groups(_DAY_WORD).struct, text.str.extract_groups(_WORD_DAY).struct
    year_word = text.str.extract_groups(_YEAR_WORD).struct
    short = pl.coalesce(year, day_word.field("3"), word_day.field("3")).str.strip_chars("'").str.len_chars() == 2
    ymd = pl.coalesce(
        _joined(iso.field("1"), iso.field("2"), iso.field("3")),
        _joined(compact.field("1"), compact.field("2"), compact.field("3")),
        _joined(year, month, day),
        _joined(day_word.field("3"), _month(day_word.field("2")), day_word.field("1")),
        _joined(word_day.field("3"), _month(word_day.field("1")), word_day.field("2")),
        _joined(year_word.field("1"), _month(year_word.field("2")), year_word.field("3")),
    )
    return [ymd.alias("ymd"), unsure.alias("unsure"), other.alias("other"), short.alias("short")]


def _joined(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    bare = year.str.strip_chars("'")
    century = (
        pl.when(bare.cast(pl.Int32, strict=False) <= _LAST_YEAR_OF_2000S).then(pl.lit("20")).otherwise(pl.lit("19"))
    )
    full = pl.when(bare.str.len_chars() == 2).then(pl.concat_str(century, bare)).otherwise(bare)
    return pl.concat_str(full, pl.lit("-"), month.str.zfill(2), pl.lit("-"), day.str.zfill(2))


def _month(name: pl.Expr) -> pl.Expr:
    months = table("months")
    return name.str.to_lowercase().replace_strict(months["name"], months["month"], default=None)


def _moment() -> list[pl.Expr]:
    """Return `moment` (naive, in UTC where an offset was given), `timed`, `zoned`, and which number was counted."""
    time = pl.col("time").struct
    hour, minute, second = (time.field(group).cast(pl.Int64) for group in ("1", "2", "3"))
    half = time.field("4").str.to_lowercase().str.head(1)
    full_hour = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    sound = (full_hour < 24) & (minute < 60) & (second.fill_null(0) < 60) & (half.is_null() | hour.is_between(1, 12))
    timed = time.field("1").is_not_null()
    offset = time.field("5").str.extract(r"([+-][0-9]{2}:?(?:[0-9]{2})?)", 1)
    minutes = offset.str.head(3).cast(pl.Int64) * 60 + pl.concat_str(
        offset.str.head(1), offset.str.slice(3).str.tail(2)
    ).cast(pl.Int64, strict=False).fill_null(0)
    clock = pl.duration(hours=full_hour, minutes=minute, seconds=second.fill_null(0))
    day = pl.col("day").cast(pl.Datetime("us"))
    serial, epoch = _serial(), _epoch()
    return [
        pl.when(timed & sound)
        .then(day + clock - pl.duration(minutes=minutes.fill_null(0)))
        .when(~timed)
        .then(pl.coalesce(day, serial, epoch))
        .alias("moment"),
        pl.coalesce(pl.when(~timed | sound).then(pl.col("day")), serial.dt.date(), epoch.dt.date()).alias("day"),
        (timed | epoch.is_not_null() | (serial.dt.time() != pl.time(0))).fill_null(value=False).alias("timed"),
        (time.field("5").is_not_null() | epoch.is_not_null()).alias("zoned"),
        (minutes.fill_null(0) != 0).alias("shifted"),
        serial.is_not_null().alias("serial"),
        epoch.is_not_null().alias("counted"),
    ]


def _serial() -> pl.Expr:
    found = _TEXT.str.extract_groups(_SERIAL).struct
    days, part = found.field("1").cast(pl.Int64), pl.concat_str(pl.lit("0."), found.field("2")).cast(pl.Float64)
    seconds = (part.fill_null(0) * 86_400).round().cast(pl.Int64)
    return pl.lit(_SERIAL_DAY_ONE).cast(pl.Datetime("us")) + pl.duration(days=days, seconds=seconds)


def _epoch() -> pl.Expr:
    seconds = _TEXT.str.extract(_SECONDS, 1).cast(pl.Int64)
    milliseconds = _TEXT.str.extract(_MILLISECONDS, 1).cast(pl.Int64)
    return pl.coalesce(
        pl.from_epoch(seconds, "s").cast(pl.Datetime("us")), pl.from_epoch(milliseconds, "ms").cast(pl.Datetime("us"))
    )


def _written(with_time: bool) -> pl.Expr:
    day = pl.col("day").dt.strftime("%Y-%m-%d")
    return (
        pl.when("timed").then(pl.col("moment").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).otherwise(day) if with_time else day
    )


def _value() -> pl.Expr:
    refused = pl.col("unsure").fill_null(value=False) | _TEXT.str.contains(_NO_DATE)
    return pl.when(~refused).then("written")


def _code(with_time: bool) -> pl.Expr:
    written, empty = pl.col("written"), _TEXT.str.contains(_NO_DATE)
    if with_time:
        about_time = [(pl.col("shifted"), "dates.utc"), (pl.col("timed") & ~pl.col("zoned"), "dates.no-zone")]
    else:
        about_time = [(pl.col("timed"), "dates.time-dropped")]
    return first_reason(
        (empty, "dates.placeholder"),
        (pl.col("unsure"), "dates.ambiguous"),
        (written.is_null(), "dates.invalid"),
        (written.str.starts_with("1970-01-01"), "dates.epoch"),
        (pl.col("other"), "dates.other-order"),
        (pl.col("short"), "dates.two-digit-year"),
        (pl.col("serial"), "dates.serial"),
        (pl.col("counted"), "dates.epoch-number"),
        *about_time,
        (written != pl.col("value"), "dates.iso"),
    )
