"""The balance: what was read and what the outcomes account for, on records, on links, and on money.

Money is summed by owner, stage and currency of the deals, as exact decimals.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.records import DERIVED, RECORD, SOURCE
from crmclean.values.typed import typed

_MONEY = pl.Decimal(38, 6)


@dataclass(frozen=True)
class Line:
    """One sum that must come out equal. what: records, derived (of no export), links or money; amounts are texts."""

    what: str
    key: str
    read: str
    accounted: str

    @property
    def closes(self) -> bool:
        """Whether both sides are equal."""
        return self.read == self.accounted


def balance(
    loaded: Mapping[str, pl.LazyFrame], normalized: Mapping[str, pl.LazyFrame], final: Mapping[str, pl.LazyFrame],
    ledger: pl.LazyFrame,
) -> tuple[Line, ...]:  # fmt: skip
    """Compare what `load` read with what the ledger accounts for.

    Money is compared from `normalize` on, where amounts are plain decimals for the first time.
    """
    return (*_records(loaded, ledger), *_money(normalized, final, ledger))


def _records(loaded: Mapping[str, pl.LazyFrame], ledger: pl.LazyFrame) -> list[Line]:
    """Compare the records; those that were derived from others are counted apart."""
    derived = (pl.col("source") == DERIVED).alias("derived")
    told = {row[:2]: row[2] for row in _counted(ledger, "object", derived).iter_rows()}
    lines = []
    for object_, table in sorted(loaded.items()):
        made = pl.col(SOURCE).cast(pl.String) == DERIVED
        read, more = table.select((~made).sum(), made.sum().alias("more")).collect().row(0)
        what = "links" if object_ == "links" else "records"
        lines.append(Line(what, object_, str(read), str(told.get((object_, False), 0))))
        if more:
            lines.append(Line("derived", object_, str(more), str(told.get((object_, True), 0))))
    return lines


def _counted(ledger: pl.LazyFrame, *by: str | pl.Expr) -> pl.DataFrame:
    return ledger.group_by(*by).agg(pl.col("record").n_unique()).collect()


def _money(
    normalized: Mapping[str, pl.LazyFrame], final: Mapping[str, pl.LazyFrame], ledger: pl.LazyFrame
) -> list[Line]:
    if "deals" not in final or "amount" not in normalized["deals"].collect_schema():
        return []
    accounted = final["deals"].join(ledger.select("record"), left_on=RECORD, right_on="record", how="semi")
    keys = _keys(normalized["deals"])
    before, after = _sums(normalized["deals"], keys), _sums(accounted, keys)
    return [
        Line("money", key, before.get(key, "0"), after.get(key, "0")) for key in sorted(before.keys() | after.keys())
    ]


def _keys(deals: pl.LazyFrame) -> list[str]:
    present = deals.collect_schema()
    return [name for name in ("owner_ref", "stage", "currency") if name in present]


def _sums(deals: pl.LazyFrame, keys: list[str]) -> dict[str, str]:
    amount = typed(pl.col("amount"), "decimal").cast(_MONEY)
    key = pl.concat_str([pl.col(name).fill_null("-") for name in keys], separator=" | ") if keys else pl.lit("all")
    sums = deals.group_by(key.alias("key")).agg(amount.sum().alias("sum")).collect()
    return {row_key: _plain(total) for row_key, total in sums.iter_rows()}


def _plain(total: object) -> str:
    text = str(total)
    return text.rstrip("0").rstrip(".") if "." in text else text
