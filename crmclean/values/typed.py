"""From canonical text to typed values: the one function that expressions, ages and sums use."""

import polars as pl

_SCALE = 6  # decimals kept of an amount; Decimal, so that sums do not depend on the order of rows


_DAY = 10  # letters of a day
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"  # hardly one comes twice: no cache, which days are read with


def typed(value: pl.Expr, type_: str) -> pl.Expr:
    """Return the typed view of canonical text; null where it does not parse.

    date -> Date. datetime -> Datetime[us, UTC], a date alone is its midnight in UTC. decimal -> Decimal(38, 6).
    integer -> Int64. boolean -> Boolean. text -> String.
    """
    if type_ == "date":
        return value.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    if type_ == "datetime":
        whole = pl.when(value.str.len_bytes() == _DAY).then(value + "T00:00:00Z").otherwise(value)
        return whole.str.to_datetime(_MOMENT, strict=False, cache=False, time_unit="us", time_zone="UTC")
    if type_ == "decimal":
        return value.cast(pl.Decimal(38, _SCALE), strict=False)
    if type_ == "integer":
        return value.cast(pl.Int64, strict=False)
    if type_ == "boolean":
        return pl.when(value == "true").then(statement=True).when(value == "false").then(statement=False)
    return value


def day_of(value: pl.Expr) -> pl.Expr:
    """Return the Date of canonical days and moments, in UTC; null where neither parses."""
    plain = value.str.len_bytes() == _DAY
    moments = pl.when(~plain).then(value).str.to_date(_MOMENT, strict=False, cache=False)
    return pl.when(plain).then(typed(pl.when(plain).then(value), "date")).otherwise(moments)
