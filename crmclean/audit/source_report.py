"""A report that the source CRM itself makes of its deals: a list of them, or their sums by owner, stage and month.

Titles, groups, subtotals and notices of report pages are passed over (audit.export_reports). Amounts and dates are read
in whichever form the page writes them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.audit.export_columns import Table
from crmclean.audit.export_reports import ungrouped
from crmclean.errors import Fault, InputError
from crmclean.values import dates, money

KEYS = ("owner", "stage", "currency", "close_month")
_MONEY = pl.Decimal(38, 6)
# Headers of Salesforce and HubSpot pages, and what people call such columns; sums say what of: `Sum of Amount`.
_HEADERS: Mapping[str, str] = {
    "id": r"(?:opportunity|deal|record)[ _]?id(?: \(18\))?|id",
    "owner": r"(?:(?:opportunity|deal|record) ?)?owner(?: name|: full name|\.name)?|salesperson|sales rep",
    "stage": r"(?:(?:opportunity|deal) ?)?stage(?: ?name)?",
    "currency": r"(?:(?:opportunity|deal|amount) )?currency(?: ?(?:iso )?code)?|currencyisocode",
    "close_month": r"(?:expected )?close[ds]?[ _]?(?:date|month)(?: ?[-(] ?monthly\)?)?",
    "amount": r"(?:sum of |total )?(?:(?:opportunity|deal) )?(?:amount|value)",
    "deals": r"(?:record |row )count|(?:count of|number of|#|no\.? of) (?:deals?|opportunit(?:y|ies)|records?)",
}
_NONE = r"^[\s\-\x{2013}\x{2014}]*$"
_ISO_CODE = r"(?:^|[^A-Za-z])([A-Z]{3})(?:$|[^A-Za-z])"
_MONTH = r"(?i)^\s*([a-z]{3})[a-z]*\.?,? (\d{4})\s*$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERED = {name: f"{number:02}" for number, name in enumerate(_MONTHS, start=1)}
_ISO_MONTH = r"^(\d{4}-\d{2})"


@dataclass(frozen=True)
class SourceReport:
    """A report as lines of deals. keys: those of KEYS that it tells. lines: keys, deals, amount (Decimal), rows.

    counted: whether it says how many deals a line holds; priced: whether it has amounts; places: decimals of these.
    repeated: rows of a list that name a deal once more. unread: amounts and dates that could not be read.
    """

    keys: tuple[str, ...]
    lines: pl.DataFrame
    counted: bool
    priced: bool
    places: int
    repeated: int
    unread: int


def read_source_report(table: Table) -> SourceReport:
    """Read one table of a report.

    Raises:
        InputError: it has neither amounts nor numbers of deals, or nothing by which it could be compared.
    """
    plain = ungrouped(table)
    columns = _columns(plain)
    rows = _with_currency(plain.frame.select(_clean(column).alias(name) for name, column in columns.items()))
    keys = tuple(key for key in KEYS if key in rows.columns)
    listed = "deals" not in columns and not _summed(plain, columns)
    if not keys or not (listed or {"amount", "deals"} & set(columns)):
        problem = "is no report of deals: it lacks columns by which it could be compared"
        hint = "give it owner, stage, currency or close date, and an amount or a number of deals; no matrix"
        raise InputError(Fault(table.name, problem, hint, "handover.no-report"))
    whole = rows.unique("id", keep="first", maintain_order=True) if listed and "id" in columns else rows
    read = whole.select(_read(whole, name) for name in whole.columns if name != "id")
    return _added_up(read, whole, keys, listed=listed, repeated=rows.height - whole.height)


def _columns(table: Table) -> dict[str, str]:
    """Return what a column is -> its name; the first one of each kind."""
    found: dict[str, str] = {}
    for head, name in zip(table.header, table.names, strict=True):
        text = " ".join(head.split()).lower()
        known = next((what for what, pattern in _HEADERS.items() if re.fullmatch(pattern, text)), None)
        if known:
            found.setdefault(known, name)
    return found


def _summed(table: Table, columns: Mapping[str, str]) -> bool:
    heads = dict(zip(table.names, table.header, strict=True))
    return heads.get(columns.get("amount", ""), "").strip().lower().startswith(("sum of", "total"))


def _clean(column: str) -> pl.Expr:
    cell = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(~cell.str.contains(_NONE)).then(cell)


def _read(rows: pl.DataFrame, name: str) -> pl.Expr:
    cell = pl.col(name)
    if name == "amount":
        said = money.amount(cell, money.learn(rows[name])).struct.field("value")
        return said.cast(_MONEY, strict=False).alias(name)
    if name == "deals":
        return cell.str.replace_all(r"\D", "").cast(pl.Int64, strict=False).alias(name)
    if name == "close_month":
        day = dates.parsed(cell, dates.learn(rows[name]), with_time=False).struct.field("value")
        month = cell.str.extract(_MONTH, 1).str.to_lowercase()
        number = month.replace_strict(_NUMBERED, default=None, return_dtype=pl.String)
        named = pl.concat_str(cell.str.extract(_MONTH, 2), number, separator="-")
        return pl.coalesce(named, cell.str.extract(_ISO_MONTH), day.str.extract(_ISO_MONTH)).alias(name)
    return cell.alias(name)


def _with_currency(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the currency out of the amounts where no column of its own tells it: `EUR 1,234.50`."""
    if "currency" in rows.columns or "amount" not in rows.columns:
        return rows
    told = rows.with_columns(currency=pl.col("amount").str.extract(_ISO_CODE))
    return told if told["currency"].null_count() < told.height else rows


def _added_up(
    read: pl.DataFrame, whole: pl.DataFrame, keys: Sequence[str], *, listed: bool, repeated: int
) -> SourceReport:
    """Add the rows up by the keys that the report tells."""
    unread = sum(int((whole[name].is_not_null() & read[name].is_null()).sum()) for name in read.columns)
    deals = pl.col("deals").sum() if "deals" in read.columns else pl.len().cast(pl.Int64)
    amount = pl.col("amount").sum() if "amount" in read.columns else pl.lit(0, _MONEY).first()
    filled = read.with_columns(pl.col(key).fill_null("none") for key in keys)
    texts = whole["amount"].drop_nulls() if "amount" in whole.columns else pl.Series([], dtype=pl.String)
    return SourceReport(
        tuple(keys),
        filled.group_by(keys).agg(deals=deals, amount=amount, rows=pl.len().cast(pl.Int64)).sort(keys),
        counted=listed or "deals" in read.columns,
        priced="amount" in read.columns,
        places=int(texts.str.extract(r"[.,](\d{1,2})\D*$", 1).str.len_chars().fill_null(0).max() or 0),  # type: ignore[arg-type]
        repeated=repeated,
        unread=unread,
    )
