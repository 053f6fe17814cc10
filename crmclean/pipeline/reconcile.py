"""Deals on both sides, line by line: what the source's own report says, what stayed behind and why, what arrived."""

from collections.abc import Mapping, Sequence

import polars as pl

from crmclean.files.tables import empty
from crmclean.records import RECORD, Outcome
from crmclean.values.typed import typed

KEYS = ("owner", "stage", "currency", "close_month")
_COUNTS = ("deals", "merged", "not_imported", "arrived")
_SUMS = ("amount", "amount_merged", "amount_not_imported", "amount_arrived", "amount_read_back")
RECONCILIATION = {**dict.fromkeys(KEYS, "text"), **dict.fromkeys((*_COUNTS, "read_back"), "integer")}
_HALF_CENT = 0.005
_MONEY = pl.Decimal(38, 6)
_THERE = (Outcome.IMPORTED.value, Outcome.UPDATED.value, Outcome.UNCHANGED.value)


def reconciliation(
    deals: pl.LazyFrame, ledger: pl.LazyFrame, read_back: pl.DataFrame | None, currency: str | None
) -> pl.DataFrame:
    """Return one line per owner, stage, currency and close month of the source, with exact sums.

    deals: as `normalize` left them, so that every line ties to a report of the source. ledger: records.LEDGER.
    read_back: record and amount (text) as the target has them now; None where it cannot be read. currency: of deals
    that name none.
    """
    names = deals.collect_schema().names()
    amount = typed(pl.col("amount"), "decimal").cast(_MONEY) if "amount" in names else pl.lit(0, _MONEY)
    own = deals.select(
        pl.col(RECORD).alias("record"),
        owner=_cell("owner_ref", names).fill_null("none"),
        stage=_cell("stage", names).fill_null("none"),
        currency=_cell("currency", names).fill_null(currency or "none"),
        close_month=_cell("close_date", names).str.head(7).fill_null("none"),
        amount=amount.fill_null(0),
    )
    fates = ledger.select("record", "outcome")
    said = pl.DataFrame(schema={"record": pl.String, "said": pl.String}) if read_back is None else read_back
    told = said.lazy().select("record", said=typed(pl.col("said"), "decimal").cast(_MONEY).fill_null(0), seen=True)
    whole = own.join(fates, on="record", how="left").join(told, on="record", how="left").collect()
    if whole.is_empty():
        return empty(RECONCILIATION)
    merged = pl.col("outcome") == Outcome.MERGED.value
    there = pl.col("outcome").is_in(_THERE)
    away = ~merged & ~there
    return whole.group_by(KEYS).agg(_sums(merged, away, there)).sort(KEYS)


def _sums(merged: pl.Expr, away: pl.Expr, there: pl.Expr) -> list[pl.Expr]:
    parts = {"merged": merged, "not_imported": away, "arrived": there}
    counts = [which.sum().cast(pl.Int64).alias(name) for name, which in parts.items()]
    sums = [pl.col("amount").filter(which).sum().alias(f"amount_{name}") for name, which in parts.items()]
    back = [pl.col("seen").sum().cast(pl.Int64).alias("read_back"), pl.col("said").sum().alias("amount_read_back")]
    return [pl.len().cast(pl.Int64).alias("deals"), *counts, pl.col("amount").sum(), *sums, *back]


def _cell(name: str, names: Sequence[str]) -> pl.Expr:
    return pl.col(name) if name in names else pl.lit(None, pl.String)


def by(lines: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Add the lines up by fewer keys."""
    numbers = [pl.col(name).sum() for name in (*_COUNTS, "read_back", *_SUMS) if name in lines.columns]
    return lines.group_by(keys).agg(numbers).sort(keys)


def ties(lines: pl.DataFrame, *, read: bool) -> bool:
    """Whether every line adds up, and what arrived is what the target says (read: it was read back)."""
    if lines.is_empty():
        return True
    parts = pl.col("amount_merged") + pl.col("amount_not_imported") + pl.col("amount_arrived")
    counts = pl.col("merged") + pl.col("not_imported") + pl.col("arrived")
    inside = (parts == pl.col("amount")) & (counts == pl.col("deals"))
    apart = (pl.col("amount_read_back") - pl.col("amount_arrived")).cast(pl.Float64).abs()
    rounded = apart <= _HALF_CENT * pl.col("arrived") + _HALF_CENT / 1000  # a target may keep two places
    outside = rounded & (pl.col("read_back") == pl.col("arrived"))
    return bool(lines.select((inside & outside if read else inside).all()).item())


def opt_outs(
    people: Mapping[str, pl.LazyFrame],
    final: Mapping[str, pl.LazyFrame],
    ledger: pl.LazyFrame,
    saying: pl.Series | None,
) -> dict[str, int | None]:
    """Count opt-outs on their way: in the exports, in records that arrived, and as the target says now.

    people: contacts and leads as `normalize` left them; final: after `stale`. saying: records that the target says have
    opted out; None where it cannot be read.
    """
    fates = ledger.select("record", "outcome")
    given = _out(people).join(fates, on="record", how="left").collect()
    stays = _out(final).join(fates, on="record", how="left").filter(pl.col("outcome").is_in(_THERE)).collect()["record"]
    back = None if saying is None else stays.is_in(saying.implode()).sum()
    return {
        "opted out in the exports": given.height,
        "of them merged into another record": given.filter(outcome=Outcome.MERGED.value).height,
        "of them not imported (see archive/suppression.csv)": given.filter(
            ~pl.col("outcome").is_in((*_THERE, Outcome.MERGED.value))
        ).height,
        "records at the target that must say so, merges included": stays.len(),
        "read back from the target": None if back is None else int(back),
    }


def _out(tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    held = [table for table in tables.values() if "email_opt_out" in table.collect_schema()]
    parts = [table.filter(pl.col("email_opt_out") == "true").select(record=RECORD) for table in held]
    return pl.concat([pl.LazyFrame(schema={"record": pl.String}), *parts])
