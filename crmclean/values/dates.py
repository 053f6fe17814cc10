"""Dates and times as ISO text, in a format that is decided once per column of a file.

A date never shifts: what was written without a time stays that day, and a date field keeps the day as it was written.
Times with an offset move to UTC; without one they are read as UTC. Day and month are told apart by all values of the
column (a number above 12 settles it); where nothing does, the cells stay as they were and a person is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.values import date_parts
from crmclean.values.results import each_once, either, result, unless_plain

# Canonical already, with a day that the month has.
_FOURTH = "(?:[2468][048]|[13579][26])"  # two digits of a number that four divides
_LEAP_DAY = f"(?:[1-9][0-9](?:0[48]|{_FOURTH})|{_FOURTH}00)-02-29"
_DAY = (
    rf"(?:{_LEAP_DAY}|[1-9][0-9]{{3}}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    r"|(?:0[13578]|1[02])-31))"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_CANONICAL_DATE = rf"^{_DAY}$"
_CANONICAL_TIME = rf"^{_DAY}(?:T{_TIME}Z)?$"
_AT_UTC = r"(?:\.[0-9]+)?(?:Z|[+-]00:?00)"
_UTC_TIME = rf"^{_DAY}[T ]{_TIME}{_AT_UTC}$"
_USUAL_TIME = rf"^{_DAY}T{_TIME}{_AT_UTC}$"
_EPOCH = "1970-01-01"
_FEW = 3  # dates from which their numbers say what they are
_NEAR, _FAR = 12, 24  # years
_SECONDS = 19  # so long is 2024-03-31T14:05:00
_OVERWHELMING = 100  # so many times more values one way than the other: the few are exceptions


@dataclass(frozen=True)
class DateFormat:
    """How one column writes day and month: order `dmy`, `mdy` or `ymd` (a year of two digits in front), else None.

    None: unknown, or not needed.

    for_, against: values that show the order by themselves, and those that show the other one. doubtful: values that
    show nothing. exact: every value is a day, a T and a time at UTC, so that nothing has to be found out about any.
    """

    order: str | None
    for_: int = 0
    against: int = 0
    doubtful: int = 0
    exact: bool = False

    @property
    def ambiguous(self) -> bool:
        """Whether some values of the column cannot be read."""
        return self.order is None and self.doubtful > 0


def learn(column: pl.Series, hint: str | None = None, *, exact: bool = False) -> DateFormat:
    """Decide the order of day and month from all values of one column; `hint` (dmy, mdy) holds where nothing shows.

    exact: all values are known to be so.
    """
    if exact:
        return DateFormat(hint, exact=True)
    counts = date_parts.evidence(column)
    if _years_in_front(counts):
        return DateFormat("ymd", counts["ymd"], counts["no_ymd"])
    dmy, mdy, doubtful = counts["dmy"], counts["mdy"], counts["doubtful"]
    if dmy > mdy * _OVERWHELMING:
        return DateFormat("dmy", dmy, mdy, doubtful)
    if mdy > dmy * _OVERWHELMING:
        return DateFormat("mdy", mdy, dmy, doubtful)
    return DateFormat(None if dmy or mdy else hint, doubtful=doubtful, against=min(dmy, mdy))


def _years_in_front(counts: Mapping[str, int]) -> bool:
    """Whether `23/01/15` is 2023 here: other first numbers are no days, or the last ones would be years far apart.

    The first numbers of a list of days are not all above 12 and of few years, while the last ones go over decades.
    """
    if counts["ymd"]:
        return counts["ymd"] > counts["no_ymd"] * _OVERWHELMING
    if counts["no_ymd"] or not counts["days_in_front"] or counts["different"] < _FEW:
        return False
    return counts["years_in_front"] <= _NEAR and counts["years_behind"] >= _FAR


def parsed(value: pl.Expr, format_: DateFormat, *, with_time: bool) -> pl.Expr:
    """Return Struct{value, code}: `2024-03-31`, or with_time also `2024-03-31T14:05:00Z` where a time is given."""
    if with_time and format_.exact:
        written = value.str.head(_SECONDS) + "Z"
        return result(written, pl.when(written != value).then(pl.lit("dates.iso")))
    return each_once(value, lambda text: _unless_done(text, format_, with_time))


def is_canonical(value: pl.Expr, *, with_time: bool) -> pl.Expr:
    """Return whether a text is in the form that `parsed` writes, and certainly no sign for an empty cell."""
    return _sure(value, _CANONICAL_TIME if with_time else _CANONICAL_DATE)


def is_exact(value: pl.Expr) -> pl.Expr:
    """Return whether a text is a day, a T and a time at UTC, with parts of a second or without."""
    return _sure(value, _USUAL_TIME)


def _sure(value: pl.Expr, pattern: str) -> pl.Expr:
    return value.str.contains(pattern) & ~value.str.starts_with(_EPOCH)


def _unless_done(value: pl.Expr, format_: DateFormat, with_time: bool) -> pl.Expr:
    done = is_canonical(value, with_time=with_time)
    return unless_plain(value, done, lambda text: _parsed(text, format_, with_time))


def _parsed(value: pl.Expr, format_: DateFormat, with_time: bool) -> pl.Expr:
    if not with_time:
        return date_parts.read(value, format_.order, with_time=False)
    return either(
        value, _sure(value, _UTC_TIME), _shortened, lambda text: date_parts.read(text, format_.order, with_time=True)
    )


def _shortened(value: pl.Expr) -> pl.Expr:
    """Return a time at UTC without parts of a second: `2024-03-31 14:05:00.000+00:00` as 2024-03-31T14:05:00Z."""
    written = pl.concat_str(value.str.head(10), pl.lit("T"), value.str.slice(11, 8), pl.lit("Z"))
    return result(written, pl.when(value.is_not_null()).then(pl.lit("dates.iso")))
