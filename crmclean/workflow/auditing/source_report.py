"""Lays the deals of the exports beside a report that the source CRM itself makes of them, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from crmclean.audit.source_report import SourceReport, read_source_report
from crmclean.pipeline.reconcile import reconciliation
from crmclean.reports.formats import Formats
from crmclean.reports.results import TableView
from crmclean.reports.section import Section
from crmclean.reports.wording import counted
from crmclean.workflow.auditing.export import tables_of

SOURCE_CSV = "source-report.csv"
_SHOWN = 40  # lines that differ
_HALF, _EXACT = 0.5, 1e-9
_LOWER = "._lower"  # the text of a key by which both sides meet


@dataclass(frozen=True)
class Compared:
    """The source's report beside the exports.

    lines: keys, deals_reported, deals, amount_reported, amount, difference, ties. notes: what could not be compared.
    """

    keys: tuple[str, ...]
    lines: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def ties(self) -> bool:
        """Whether every line is the same on both sides."""
        return bool(self.lines["ties"].all())

    @property
    def told(self) -> str:
        """Say in one sentence whether it ties."""
        keys = ", ".join(key.replace("_", " ") for key in self.keys)
        wrong = self.lines.filter(~pl.col("ties")).height
        if wrong:
            lines = counted(wrong, "line")
            return f"The source's own report does not tie: {lines} of {self.lines.height:,} by {keys} differ."
        return f"The source's own report ties: {counted(self.lines.height, 'line')} by {keys}."


def compare(
    paths: Sequence[Path],
    deals: pl.LazyFrame,
    currency: str | None,
    owners: Mapping[str, str],
    called: Mapping[str, str],
) -> Compared:
    """Compare reports of the source with the deals of the exports, deleted ones aside.

    currency: of deals that name none. owners: owner as the deals have it -> as the page shows it. called: small
    letters of what a report may call an owner -> as the page shows it.

    Raises:
        InputError: a report cannot be read, or has nothing to compare.
    """
    reports = [read_source_report(table) for table in tables_of(paths)]
    held = deals.collect_schema().names()
    alive = deals.filter(pl.col("is_deleted").ne_missing("true")) if "is_deleted" in held else deals
    none = pl.LazyFrame(schema={"record": pl.String, "outcome": pl.String})
    ours = reconciliation(alive, none, None, currency).with_columns(pl.col("owner").replace(owners))
    keys = [key for key in reports[0].keys if all(key in each.keys for each in reports)]
    said = pl.concat([each.lines.select(*keys, "deals", "amount", "rows") for each in reports])
    said = said.with_columns(_shown(key, called) for key in keys)
    notes = [*_notes(reports)]
    for key in [key for key in keys if not _meet(said[key], ours[key])]:
        notes.append(f"Not compared by {key.replace('_', ' ')}: none of the report's is one of the exports'.")
        keys.remove(key)
    if not keys:
        said, ours, keys = (
            *(side.with_columns(pl.lit("all").alias("deals of")) for side in (said, ours)),
            ["deals of"],
        )
    lines = _lines(said, ours, keys, reports, _finest(reports, alive))
    return Compared(tuple(keys), lines, tuple(notes))


def _finest(reports: Sequence[SourceReport], deals: pl.LazyFrame) -> float:
    """Return by how much one row of the reports may be rounded: not at all where no deal has further decimals."""
    if "amount" not in deals.collect_schema():
        return 0.0
    places = min(each.places for each in reports)
    finer = deals.select(pl.col("amount").str.contains(rf"\.\d{{{places}}}\d*[1-9]").any()).collect().item()
    return _HALF * 10.0**-places if finer else 0.0


def _shown(key: str, called: Mapping[str, str]) -> pl.Expr:
    """Return an owner as the page shows it: found by name, email or id; `Ann Lee (Deactivated User)` by the name."""
    if key != "owner":
        return pl.col(key)
    names = pl.col(key).str.to_lowercase(), pl.col(key).str.replace(r"\s*\([^()]*\)$", "").str.to_lowercase()
    found = [name.replace_strict(dict(called), default=None, return_dtype=pl.String) for name in names]
    return pl.coalesce(*found, key).alias(key)


def _meet(said: pl.Series, ours: pl.Series) -> bool:
    return bool(said.str.to_lowercase().is_in(ours.str.to_lowercase().implode()).any())


def _lines(
    said: pl.DataFrame, ours: pl.DataFrame, keys: Sequence[str], reports: Sequence[SourceReport], finest: float
) -> pl.DataFrame:
    """Join both sides by the keys that both tell. finest: by how much a row of the report may be rounded."""
    lower = [pl.col(key).str.to_lowercase().alias(f"{key}{_LOWER}") for key in keys]
    on = [f"{key}{_LOWER}" for key in keys]
    first = [pl.col(key).min() for key in keys]
    sums = [pl.col(name).sum() for name in ("deals", "amount", "rows")]
    sides = (said, ours.with_columns(rows=pl.lit(0, pl.Int64)))
    theirs, mine = (side.with_columns(lower).group_by(on).agg(first + sums) for side in sides)
    theirs = theirs.rename({name: f"{name}_reported" for name in ("deals", "amount")})
    both = theirs.join(mine, on=on, how="full", coalesce=True, suffix="_ours")
    numbers = [pl.col(name).fill_null(0) for name in ("deals_reported", "deals", "amount_reported", "amount")]
    named = [pl.coalesce(f"{key}_ours", key).alias(key) for key in keys]
    shown = both.select(*named, *numbers, pl.col("rows").fill_null(0))
    apart = (pl.col("amount_reported") - pl.col("amount")).alias("difference")
    rounded = apart.cast(pl.Float64).abs() <= finest * pl.col("rows") + _EXACT
    money = rounded if all(each.priced for each in reports) else pl.lit(value=True)
    number = pl.col("deals_reported") == pl.col("deals")
    count = number if all(each.counted for each in reports) else pl.lit(value=True)
    return shown.with_columns(apart, ties=money & count).drop("rows").sort(keys)


def _notes(reports: Sequence[SourceReport]) -> Iterator[str]:
    if not all(each.counted for each in reports):
        yield "The report does not say how many deals a line holds: only amounts are compared."
    if not all(each.priced for each in reports):
        yield "The report has no amounts: only numbers of deals are compared."
    if repeated := sum(each.repeated for each in reports):
        yield f"Left out: {counted(repeated, 'row')} of the report with a deal that it has listed before."
    if unread := sum(each.unread for each in reports):
        yield f"{counted(unread, 'amount or date', 'amounts and dates')} of the report could not be read."


def source_section(compared: Compared | None, formats: Formats) -> Iterator[Section]:
    """Show the lines on which the source's own report and the exports differ."""
    if compared is None or compared.ties:
        return
    wrong = compared.lines.filter(~pl.col("ties")).drop("ties")
    rows = tuple(
        tuple(formats.price(cell, None) if isinstance(cell, Decimal) else cell for cell in row)
        for row in wrong.head(_SHOWN).iter_rows()
    )
    table = TableView("", tuple(name.replace("_", " ") for name in wrong.columns), rows)
    yield Section("Against the source's own report", (table,), wrong.height - len(rows), SOURCE_CSV)
