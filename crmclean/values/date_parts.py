"""Takes written dates apart: day and time, the families of ways to write a day, and what shows the order of a column.

Two-digit years follow the rule of Excel: 00-29 are 2000s, 30-99 are 1900s. Spreadsheet serials count days from
1899-12-30 (the 1900 system). Parts that are missing are never filled in.
"""

from datetime import date

import polars as pl

from crmclean.values.distinct import RESULT
from crmclean.values.lists import table
from crmclean.values.results import first_reason, over_columns, result

_TIME = (
    r"(?i)(?:T|[ ,]+(?:at +)?)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?\s*([ap]\.?m\.?)?"
    r"\s*\(?(Z|UTC|GMT|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?\)?$"
)
_WEEKDAY = r"(?i)^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? +"
_NUMERIC = r"^([0-9]{1,2})([-/. ])([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})\.?$"
_PERHAPS_NUMERIC = r"^\s*(?:[A-Za-z]+\.?,? +)?[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2}"
_WORD = r"(?<word>[\p{L}]{3,10})\.?"
_DAY = r"(?<day>[0-9]{1,2})(?i:st|nd|rd|th|\.|º)?"
_YEAR = r"'?(?<year>[0-9]{4}|[0-9]{2})"
# Ways to write a day that need no other value of the column, tried in this order; groups: year, month or word, day.
_FAMILIES = {
    "iso": r"^(?<year>[0-9]{4})[-/. ](?<month>[0-9]{1,2})[-/. ](?<day>[0-9]{1,2})\.?$",
    "compact": r"^(?<year>(?:19|20)[0-9]{2})(?<month>[0-9]{2})(?<day>[0-9]{2})$",
    "day_word": rf"^{_DAY}(?i:[-/ ]+of|[-/ ]+de)?[-/. ]*{_WORD}(?i: de)?[-/, ]*{_YEAR}$",
    "word_day": rf"^{_WORD}[-/ ]*{_DAY}[-/, ]+{_YEAR}$",
    "year_word": rf"^(?<year>[0-9]{{4}})[-/ ]{_WORD}[-/ ](?<day>[0-9]{{1,2}})$",
}
_SERIAL = r"^([1-9][0-9]{4})(?:\.([0-9]+))?$"
_SECONDS, _MILLISECONDS = r"^([1-9][0-9]{8,9})$", r"^([1-9][0-9]{10,12})$"
_NO_DATE = r"^(?:0000-00-00|00/00/0000|00\.00\.0000|1900-01-00|0?1/0/1900|1899-12-3[01]|0001-01-01)(?:[T ].*)?$"
_SERIAL_DAY_ZERO = date(1899, 12, 30)
_LAST_YEAR_OF_2000S = 29
_MONTHS, _DAYS = 12, 31
_MOMENT = pl.Datetime("us")

_TEXT, _DAY_TEXT = pl.col("text"), pl.col("day_text")


def evidence(column: pl.Series) -> dict[str, int]:
    """Count the values of a column that show `dmy`, `mdy` or `ymd` (years of two digits in front), or are `doubtful`.

    no_ymd: those that cannot have their year in front. years_behind, years_in_front: how many years lie between the
    first and the last where the year stands there; days_in_front: whether every first number is one that only a day or
    a year can be.
    """
    texts = column.cast(pl.String).to_frame("value").filter(pl.col("value").str.contains(_PERHAPS_NUMERIC))
    days = texts.select(day_text=_without_time(pl.col("value").str.strip_chars()))
    parts = _numeric(days).with_columns(front=_year_in_front())
    shown = parts.select(
        ymd=(pl.col("front") & ~pl.col("first").is_between(1, _DAYS)).sum(),
        no_ymd=(pl.col("first").is_not_null() & ~pl.col("front")).sum(),
        years_in_front=_spread(pl.col("first")),
        years_behind=_spread(pl.col("year").cast(pl.Int64)),
        days_in_front=((pl.col("first") > _MONTHS) & ~pl.col("dotted")).all(),
        different=pl.col("day_text").filter(pl.col("front")).n_unique(),
        dmy=((pl.col("second") <= _MONTHS) & ((pl.col("first") > _MONTHS) | pl.col("dotted"))).sum(),
        mdy=((pl.col("first") <= _MONTHS) & (pl.col("second") > _MONTHS) & ~pl.col("dotted")).sum(),
        doubtful=(pl.col("small") & (pl.col("first") != pl.col("second"))).sum(),
    )
    return {name: int(count or 0) for name, count in shown.row(0, named=True).items()}


def _year_in_front() -> pl.Expr:
    """Whether three numbers of two digits may be year, month and day."""
    month, day = pl.col("second"), pl.col("year").cast(pl.Int64)
    two_digits = pl.col("day_text").str.contains(r"^[0-9]{2}[-/. ]") & (pl.col("year").str.len_bytes() == 2)
    return (two_digits & month.is_between(1, _MONTHS) & day.is_between(1, _DAYS)).fill_null(value=False)


def _spread(year: pl.Expr) -> pl.Expr:
    """Return how many years lie between the first and the last of years of two digits."""
    full = year.filter(pl.col("front")) % 100
    full = pl.when(full <= _LAST_YEAR_OF_2000S).then(full + 100).otherwise(full)
    return full.max() - full.min()


def read(value: pl.Expr, order: str | None, *, with_time: bool) -> pl.Expr:
    """Return Struct{value, code} of written dates, each distinct text read once; nulls answer null."""
    return over_columns(lambda rows: _read(rows["value"], order, with_time), {"value": value})


def _read(column: pl.Series, order: str | None, with_time: bool) -> pl.Series:
    asked = column.unique().drop_nulls().to_frame("value")
    if asked.is_empty():
        return pl.Series([None], dtype=RESULT).new_from_index(0, len(column))
    texts = asked.with_columns(text=pl.col("value").str.strip_chars())
    parts = texts.with_columns(_TEXT.str.extract_groups(_TIME).alias("time"), day_text=_without_time(_TEXT))
    moments = _moments(_days(_ordered(_numeric(parts), order)))
    answers = moments.with_columns(written=_written(with_time)).select(
        "value",
        answer=result(pl.when(~pl.col("unsure") & ~_TEXT.str.contains(_NO_DATE)).then("written"), _code(with_time)),
    )
    return column.to_frame("value").join(answers, on="value", how="left", maintain_order="left")["answer"]


def _without_time(text: pl.Expr) -> pl.Expr:
    return text.str.replace(_TIME, "").str.replace(_WEEKDAY, "")


def _numeric(rows: pl.DataFrame) -> pl.DataFrame:
    """Add first, second (numbers), year (text), dotted, and small: both may be a month, and no dots say which is."""
    parts = rows.with_columns(_DAY_TEXT.str.extract_groups(_NUMERIC).alias("numeric"))
    group = pl.col("numeric").struct
    split = parts.with_columns(
        first=group.field("1").cast(pl.Int64),
        second=group.field("3").cast(pl.Int64),
        year=group.field("4"),
        dotted=group.field("2") == ".",  # no locale of CLDR writes the month first with dots
    ).drop("numeric")
    both = (pl.col("first") <= _MONTHS) & (pl.col("second") <= _MONTHS)
    return split.with_columns(small=both & ~pl.col("dotted"))


def _ordered(rows: pl.DataFrame, order: str | None) -> pl.DataFrame:
    """Add day_first (null where the text is no numeric date), unsure and other: written against the column's order."""
    if order == "ymd":
        return _year_first(rows)
    clear = pl.col("dotted") | (pl.col("second") <= _MONTHS)
    day_first = pl.when("small").then(pl.lit(order == "dmy")).otherwise(clear)
    differs = pl.col("small") & (pl.col("first") != pl.col("second"))
    shown = rows.with_columns(day_first=day_first, unsure=(differs & pl.lit(order is None)).fill_null(value=False))
    against = ~pl.col("small") & ~pl.col("dotted") & (pl.col("day_first") != pl.lit(order == "dmy"))
    return shown.with_columns(other=against & pl.lit(order is not None))


def _year_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Read numbers of two digits as year, month and day; other dates of the column are left in doubt."""
    front = _year_in_front()
    turned = {
        "year": pl.when(front).then(pl.col("first").cast(pl.String).str.zfill(2)).otherwise("year"),
        "first": pl.when(front).then(pl.col("year").cast(pl.Int64)).otherwise("first"),
    }
    unsure = pl.col("first").is_not_null() & ~front
    return rows.with_columns(**turned, unsure=unsure, day_first=pl.lit(value=True), other=pl.lit(value=False))


def _days(rows: pl.DataFrame) -> pl.DataFrame:
    """Add short (a year of two digits) and day, null where the calendar has no such day."""
    families = [_DAY_TEXT.str.extract_groups(pattern).alias(name) for name, pattern in _FAMILIES.items()]
    groups = rows.with_columns(families)
    first, second = pl.col("first").cast(pl.String), pl.col("second").cast(pl.String)
    ordered = {
        "year": pl.col("year"),
        "month": pl.when("day_first").then(second).otherwise(first),
        "day": pl.when("day_first").then(first).otherwise(second),
    }
    found = groups.select(
        pl.exclude("year", *_FAMILIES),
        *(pl.coalesce(part, *_of_families(name)).alias(f"{name}_part") for name, part in ordered.items()),
    )
    return found.with_columns(short=pl.col("year_part").str.len_bytes() == 2).with_columns(
        day=_iso(pl.col("year_part"), pl.col("month_part"), pl.col("day_part")).str.to_date("%Y-%m-%d", strict=False),
    )


def _of_families(part: str) -> list[pl.Expr]:
    parts = []
    for name, pattern in _FAMILIES.items():
        group = pl.col(name).struct
        if part == "month" and "<word>" in pattern:
            parts.append(_month(group.field("word")))
        else:
            parts.append(group.field(part))
    return parts


def _month(name: pl.Expr) -> pl.Expr:
    months = table("months")
    return name.str.to_lowercase().replace_strict(months["name"], months["month"], default=None)


def _iso(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    century = pl.when(year.cast(pl.Int64) <= _LAST_YEAR_OF_2000S).then(pl.lit("20")).otherwise(pl.lit("19"))
    full = pl.when("short").then(pl.concat_str(century, year)).otherwise(year)
    return pl.concat_str(full, month.str.zfill(2), day.str.zfill(2), separator="-")


def _moments(rows: pl.DataFrame) -> pl.DataFrame:
    """Add moment (naive, in UTC where an offset was given), day, and timed, zoned, shifted, serial, counted."""
    clock = rows.with_columns(_clock()).with_columns(_offset(), serial=_serial(), epoch=_epoch())
    timed, whole = pl.col("hour").is_not_null(), pl.coalesce(pl.col("day").cast(_MOMENT), "serial", "epoch")
    time = pl.duration(hours="hour", minutes="minute", seconds="second") - pl.duration(minutes="offset")
    known = clock.with_columns(
        moment=pl.when(~timed).then(whole).when("sound").then(pl.col("day").cast(_MOMENT) + time)
    )
    return known.with_columns(
        day=pl.when(~timed | pl.col("sound")).then(whole.dt.date()),
        timed=(timed | pl.col("epoch").is_not_null() | (pl.col("serial").dt.time() != pl.time(0))).fill_null(
            value=False
        ),
        zoned=pl.col("time").struct.field("5").is_not_null() | pl.col("epoch").is_not_null(),
    )


def _clock() -> list[pl.Expr]:
    time = pl.col("time").struct
    hour, minute, second = (time.field(group).cast(pl.Int64) for group in ("1", "2", "3"))
    half = time.field("4").str.to_lowercase().str.head(1)
    full = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    sound = (full < 24) & (minute < 60) & (second.fill_null(0) < 60) & (half.is_null() | hour.is_between(1, 12))
    return [full.alias("hour"), minute.alias("minute"), second.fill_null(0).alias("second"), sound.alias("sound")]


def _offset() -> pl.Expr:
    """Return the minutes that the written time is ahead of UTC; 0 without an offset."""
    written = pl.col("time").struct.field("5").str.extract(r"([+-][0-9]{2}:?(?:[0-9]{2})?)", 1)
    minutes = pl.concat_str(written.str.head(1), written.str.slice(3).str.tail(2)).cast(pl.Int64, strict=False)
    return (written.str.head(3).cast(pl.Int64) * 60 + minutes.fill_null(0)).fill_null(0).alias("offset")


def _serial() -> pl.Expr:
    found = _TEXT.str.extract_groups(_SERIAL).struct
    days, part = found.field("1").cast(pl.Int64), pl.concat_str(pl.lit("0."), found.field("2")).cast(pl.Float64)
    seconds = (part.fill_null(0) * 86_400).round().cast(pl.Int64)
    return pl.lit(_SERIAL_DAY_ZERO).cast(_MOMENT) + pl.duration(days=days, seconds=seconds)


def _epoch() -> pl.Expr:
    seconds = _TEXT.str.extract(_SECONDS, 1).cast(pl.Int64)
    milliseconds = _TEXT.str.extract(_MILLISECONDS, 1).cast(pl.Int64)
    return pl.coalesce(pl.from_epoch(seconds, "s").cast(_MOMENT), pl.from_epoch(milliseconds, "ms").cast(_MOMENT))


def _written(with_time: bool) -> pl.Expr:
    day = pl.col("day").dt.strftime("%Y-%m-%d")
    if not with_time:
        return day
    return pl.when("timed").then(pl.col("moment").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).otherwise(day)


def _code(with_time: bool) -> pl.Expr:
    written = pl.col("written")
    if with_time:
        about_time = [(pl.col("offset") != 0, "dates.utc"), (pl.col("timed") & ~pl.col("zoned"), "dates.no-zone")]
    else:
        about_time = [(pl.col("timed"), "dates.time-dropped")]
    return first_reason(
        (_TEXT.str.contains(_NO_DATE), "dates.placeholder"),
        (pl.col("unsure"), "dates.ambiguous"),
        (written.is_null(), "dates.invalid"),
        (written.str.starts_with("1970-01-01"), "dates.epoch"),
        (pl.col("other"), "dates.other-order"),
        (pl.col("short"), "dates.two-digit-year"),
        (pl.col("serial").is_not_null(), "dates.serial"),
        (pl.col("epoch").is_not_null(), "dates.epoch-number"),
        *about_time,
        (written != pl.col("value"), "dates.iso"),
    )
