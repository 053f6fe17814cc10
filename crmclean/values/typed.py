"""From canonical text to typed values: the one function that expressions, ages and sums use."""

import polars as pl

_SCALE = 6  # decimals kept of an amount; Decimal, so that sums do not depend on the order of rows


def typed(value: pl.Expr, type_: str) -> pl.Expr:
    """Return the typed view of canonical text; null where it does not parse.

    date -> Date. datetime -> Datetime[us, UTC], a date alone is its midnight in UTC. decimal -> Decimal(38, 6).
    integer -> Int64. boolean -> Boolean. text -> String.
    """
    if type_ == "date":
        return value.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    if type_ == "datetime":
        day = value.str.head(10)
        time = value.str.slice(10)
        whole = pl.when(value.str.len_bytes() == 10).then(day + "T00:00:00Z").when(time.str.ends_with("Z")).then(value)
        return whole.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False, time_unit="us", time_zone="UTC")
    if type_ == "decimal":
        return value.cast(pl.Decimal(38, _SCALE), strict=False)
    if type_ == "integer":
        return value.cast(pl.Int64, strict=False)
    if type_ == "boolean":
        return pl.when(value.is_in(["true", "false"])).then(value == "true")
    return value
