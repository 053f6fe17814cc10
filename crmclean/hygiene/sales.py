"""Pipeline: coverage, win rate, deal size, cycle, revenue per rep; by owner, segment, region, industry and source."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import polars as pl

from crmclean.hygiene.facts_deals import COMPANY
from crmclean.hygiene.material import MONEY, OWNER, Material
from crmclean.hygiene.values import Frames, Part, Value
from crmclean.pipeline.engagement import column
from crmclean.plan.kpi_model import Measure, Quota
from crmclean.records import REF_PREFIX
from crmclean.values.typed import typed

Ratio = tuple[pl.Expr, pl.Expr]
_YEAR = 365
_UNSAID = "(not said)"


def win_rate(measure: Measure, material: Material, frames: Frames) -> Value:
    """Won deals / closed deals."""
    closed = frames["deals"].filter(pl.col("status").is_in(["won", "lost"]))
    return _ratio(measure, material, closed, ((pl.col("status") == "won").sum(), pl.len()))


def lead_conversion(measure: Measure, material: Material, frames: Frames) -> Value:
    """Converted leads / leads."""
    leads = frames["leads"]
    flag = (column(leads, "is_converted") == "true").fill_null(value=False)
    leads = leads.with_columns((flag | column(leads, "converted_at").is_not_null()).alias("_converted"))
    return _ratio(measure, material, leads, (pl.col("_converted").sum(), pl.len()))


def deal_size(measure: Measure, material: Material, frames: Frames) -> Value:
    """Amount of won deals / won deals with an amount."""
    won = frames["deals"].filter((pl.col("status") == "won") & pl.col(MONEY).is_not_null())
    return _in_one_currency(measure, material, won, (pl.col(MONEY).sum(), pl.len()))


def cycle(measure: Measure, material: Material, frames: Frames) -> Value:
    """Days from creation to close of won deals; one that was closed before it was created tells nothing."""
    deals = frames["deals"]
    lasted = _day(deals, "close_date") - _day(deals, "created_at")
    won = deals.filter(pl.col("status") == "won").with_columns(lasted.dt.total_days().alias("_lasted"))
    told = won.filter(pl.col("_lasted") >= 0)
    return _ratio(measure, material, told, (pl.col("_lasted").sum(), pl.len()))


def revenue_per_rep(measure: Measure, material: Material, frames: Frames) -> Value:
    """Amount won in a year / owners who won."""
    deals = frames["deals"]
    closed = _day(deals, "close_date")
    since = material.as_of - timedelta(days=_YEAR)
    recent = (closed > since) & (closed <= material.as_of)
    won = deals.filter((pl.col("status") == "won") & recent & pl.col(MONEY).is_not_null() & pl.col(OWNER).is_not_null())
    return _in_one_currency(measure, material, won, (pl.col(MONEY).sum(), pl.col(OWNER).n_unique()))


def coverage(measure: Measure, material: Material, frames: Frames) -> Value:
    """Open amount that closes in the period / what is left to win in it."""
    deals, quota = frames["deals"], material.dictionary.quota
    first, last = period(quota, material.as_of)
    closes = _day(deals, "close_date").is_between(first, last)
    sums = deals.filter(closes).group_by("status").agg(pl.col(MONEY).sum())
    money = dict(sums.iter_rows())
    left = float(quota.amount or 0) - money.get("won", 0.0)
    if left <= 0:
        return Value(measure, None, reason="needs a quota that is not reached yet")
    return Value.of(measure, money.get("open", 0.0), left)


def period(quota: Quota, as_of: date) -> tuple[date, date]:
    """Return first and last day of the quota; the calendar quarter of as_of where it names none."""
    month = as_of.month - (as_of.month - 1) % 3
    last = as_of.replace(month=month + 2, day=monthrange(as_of.year, month + 2)[1])
    return quota.start or as_of.replace(month=month, day=1), quota.until or last


def _day(frame: pl.DataFrame, name: str) -> pl.Expr:
    return typed(column(frame, name), "date")


def _in_one_currency(measure: Measure, material: Material, deals: pl.DataFrame, ratio: Ratio) -> Value:
    """Amounts of several currencies cannot be added: the one that most deals have stands for all."""
    currency = column(deals, "currency").fill_null(material.dictionary.currency or "")
    told = deals.with_columns(currency.alias("currency"))
    counts = told.group_by("currency").len().sort(["len", "currency"], descending=[True, False])
    main = str(counts["currency"][0]) if counts.height else ""
    value = _ratio(measure, material, told.filter(pl.col("currency") == main), ratio)
    others = _parts("currency", told, pl.col("currency"), ratio) if counts.height > 1 else ()
    parts = (*others, *(part for part in value.parts if part.dimension != "currency"))
    return Value(value.measure, value.value, value.numerator, value.denominator, value.reason, parts, main or None)


def _ratio(measure: Measure, material: Material, rows: pl.DataFrame, ratio: Ratio) -> Value:
    above, below = rows.select(above=ratio[0].cast(pl.Float64), below=ratio[1].cast(pl.Float64)).row(0)
    parts = [
        part
        for dimension in measure.by
        if (key := _KEYS[dimension](rows, material)) is not None
        for part in _parts(dimension, rows, key, ratio)
    ]
    return Value.of(measure, above, below, tuple(parts))


def _parts(dimension: str, rows: pl.DataFrame, key: pl.Expr, ratio: Ratio) -> tuple[Part, ...]:
    grouped = rows.group_by(key.fill_null(_UNSAID).alias("_key")).agg(
        above=ratio[0].cast(pl.Float64), below=ratio[1].cast(pl.Float64)
    )
    ordered = grouped.filter(pl.col("below") > 0).sort(["below", "_key"], descending=[True, False])
    return tuple(Part(dimension, key, above / below, above, below) for key, above, below in ordered.iter_rows())


def _company(name: str) -> Callable[[pl.DataFrame, Material], pl.Expr | None]:
    """Return how to read a field of the deal's company."""

    def key(rows: pl.DataFrame, material: Material) -> pl.Expr | None:
        companies = material.tables.get("companies")
        own = pl.col(name) if name in rows.columns and rows[name].null_count() < rows.height else None
        if companies is None or name not in companies.columns or REF_PREFIX + "company_ref" not in rows.columns:
            return own
        return pl.lit(companies[name].gather(rows[COMPANY]))

    return key


def _own(name: str) -> Callable[[pl.DataFrame, Material], pl.Expr | None]:
    def key(rows: pl.DataFrame, _material: Material) -> pl.Expr | None:
        return pl.col(name) if name in rows.columns and rows[name].null_count() < rows.height else None

    return key


_KEYS: Mapping[str, Callable[[pl.DataFrame, Material], pl.Expr | None]] = {
    "owner": _own(OWNER),
    "segment": _company("type"),
    "region": _company("country"),
    "industry": _company("industry"),
    "source": _own("lead_source"),
    "currency": _own("currency"),
}
