"""What numbers and names of a KPI dictionary can mean: a share is between 0 and 1, a country is one of ISO 3166-1."""

import re
from collections.abc import Mapping

from crmclean.plan.kpi_model import Dictionary, Measure
from crmclean.plan.toml_table import TomlTable
from crmclean.values import countries
from crmclean.values.phones import regions

_CODE = "plan.wrong-value"
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHARES = ("owner_most", "owner_least")
_PERCENT = ("won_probability",)


def check_thresholds(table: TomlTable, thresholds: Mapping[str, float]) -> None:
    """Note thresholds that no record can pass, or every one."""
    for name, value in thresholds.items():
        if name in _SHARES:
            _between(table, name, value, 1, "write a share between 0 and 1, such as 0.5")
        elif name in _PERCENT:
            _between(table, name, value, 100, "write percent between 0 and 100")
        elif value < 0:
            table.fault(name, "is below zero", "write a number of days, 0 or more", _CODE)


def check_settings(table: TomlTable, found: Dictionary) -> None:
    """Note settings that mean nothing."""
    if found.tolerance < 0:
        table.fault("tolerance", "is below zero", "write how much a measure may move, such as 0.0005", _CODE)
    if found.top < 0:
        table.fault("top", "is below zero", "write a number of exceptions, such as 40", _CODE)
    if found.currency and not _CURRENCY.fullmatch(found.currency):
        table.fault("currency", "is no currency", 'write a code of three letters, such as "USD"', _CODE)
    if found.region and found.region not in regions():
        table.fault("region", "is no country of phones", 'write a code of two letters, such as "US"', _CODE)


def check_target(entry: TomlTable, measure: Measure) -> None:
    """Note targets that are always met or never; people write 5 where they mean 5 percent."""
    if measure.target is not None and measure.unit == "percent":
        percent = f"write {measure.target / 100:g} for {measure.target:g} %" if 1 < measure.target <= 100 else ""
        _between(entry, "target", measure.target, 1, percent or "write a share between 0 and 1, such as 0.05")
    if measure.weight < 0:
        entry.fault("weight", "is below zero", "write 0 to keep the measure out of the score", _CODE)


def check_quota(table: TomlTable, found: Dictionary) -> None:
    """Note a quota of nothing, or of a period that ends before it begins."""
    quota = found.quota
    if quota.amount is not None and quota.amount <= 0:
        table.fault("amount", "is not above zero", "write what is to be won, such as 1_000_000", _CODE)
    if quota.start and quota.until and quota.until < quota.start:
        table.fault("until", "is before from", "write the last day of the period", _CODE)


def check_countries(entry: TomlTable, names: tuple[str, ...]) -> None:
    """Note names of a territory that are no country; no contact would ever be in one."""
    for name in (each for each in names if countries.judge(each)[0] is None):
        entry.fault("countries", f"{name} is no country", 'write codes or names: ["GB", "Germany"]', _CODE)


def _between(table: TomlTable, key: str, value: float, most: float, hint: str) -> None:
    if not 0 <= value <= most:
        table.fault(key, f"is not between 0 and {most:g}", hint, _CODE)
