"""Money at the target against what was sent: exact sums by currency of the deals that must be there."""

from collections.abc import Iterator, Mapping

import polars as pl

from crmclean.audit.readback import KEY
from crmclean.audit.result import NOT_SHOWN, Check
from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.records import RECORD
from crmclean.values.typed import typed

_AMOUNT, _CURRENCY, _DEALS = "amount", "currency", "deals"
_HALF_CENT = 0.005  # a target may keep two places
_NONE = "no currency"


def money_checks(
    schema: TargetSchema,
    found: Mapping[str, pl.DataFrame],
    mapped: Mapping[str, pl.LazyFrame],
    sent: pl.DataFrame,
) -> Iterator[Check]:
    """Yield a check for each currency of the deals that were sent: how many say another amount, and both sums.

    sent: record, target_object of what must be at the target.
    """
    for name, object_ in schema.objects.items():
        amount, currency = (_field(object_, each) for each in (_AMOUNT, _CURRENCY))
        wanted = sent.filter(pl.col("target_object") == name)["record"]
        if amount and name in mapped and not wanted.is_empty():
            ours = mapped[name].filter(pl.col(RECORD).is_in(wanted.implode())).collect()
            if amount in ours.columns:
                yield from _checks(f"{name}.{amount}", _told(ours, found[name], amount, currency))


def _field(object_: TargetObject, canonical: str) -> str | None:
    rules = [rule for rule in object_.sources if rule.object == _DEALS]
    fed = (field.name for field in object_.writable() for rule in rules if canonical in rule.feeds(field))
    return next((name for name in fed if name != object_.key), None)


def _told(ours: pl.DataFrame, theirs: pl.DataFrame, amount: str, currency: str | None) -> pl.DataFrame | int:
    """Return currency, sent and said of every deal; where the target does not show amounts, how many were sent."""
    if amount not in theirs.columns:
        return ours.height
    money = typed(pl.col(amount), "decimal").fill_null(0)
    own = pl.col(currency) if currency in ours.columns else pl.lit(None, pl.String)
    sent = ours.select(RECORD, currency=own.fill_null(_NONE), sent=money)
    said = theirs.select(pl.col(KEY).alias(RECORD), said=money).drop_nulls(RECORD)
    return sent.join(said.unique(RECORD, keep="first", maintain_order=True), on=RECORD, how="left")


def _checks(name: str, told: pl.DataFrame | int) -> Iterator[Check]:
    if isinstance(told, int):
        yield Check("money", name, 0, told, None, NOT_SHOWN)
        return
    apart = (pl.col("sent") - pl.col("said").fill_null(0)).cast(pl.Float64).abs() > _HALF_CENT
    sums = told.group_by("currency").agg(
        pl.len().alias("deals"), apart.sum().alias("other"), pl.col("sent", "said").sum()
    )
    for currency, deals, other, sent, said in sums.sort("currency").iter_rows():
        note = f"sent {sent:,.2f}, at the target {said or 0:,.2f}"
        yield Check("money", f"{name} in {currency}", other, deals, other == 0, note)
