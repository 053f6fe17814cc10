"""tables.xlsx: the full lists behind the sections of the page, with filters and frozen headers."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from crmclean.reports.summary import Count, Summary
from crmclean.reports.wording import plain
from crmclean.values.codes import CODES

TABLES = "tables.xlsx"
_NUMBERS = (int, float)


def sheets(summary: Summary) -> Mapping[str, pl.DataFrame]:
    """Return sheet -> rows; sheets without rows are left out."""
    told = {
        "Outcomes": _counted(summary.outcomes),
        "Sources": _counted(summary.sources),
        "Stages": _counted(summary.stages),
        "Gates": map(asdict, summary.gates),
        "Balance": (asdict(line) | {"closes": line.closes} for line in summary.balance),
        "Checks": map(asdict, summary.checks),
        "Worth": map(asdict, summary.roi),
        "Quality": summary.quality,
        "Duplicates": summary.duplicates,
        "Examples": summary.examples,
        "Ages": summary.ages,
        "Phones": summary.phones,
        "Unlisted values": summary.unlisted,
        "Samples": summary.samples,
        "Findings": _counted(summary.findings),
        "Changes": _counted(summary.changes),
        "Phases": map(asdict, summary.phases),
        "Columns": map(asdict, summary.profile),
    }
    frames = {name: _frame(list(rows)) for name, rows in told.items()}
    filled = {name: frame for name, frame in frames.items() if frame.height}
    return filled or {"Outcomes": pl.DataFrame({"outcome": ["none"]})}


def _counted(lines: Iterable[Count]) -> Iterable[dict[str, Any]]:
    for line in lines:
        code = CODES.get(str(line.keys.get("code")))
        meaning = {"meaning": code.meaning if code else ""} if "code" in line.keys else {}
        yield {**line.keys, **meaning, "count": line.count}


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a frame: a column of numbers stays one, anything else is text."""
    names = list(rows[0]) if rows else []
    return pl.DataFrame({name: _column([row[name] for row in rows]) for name in names})


def _column(cells: list[Any]) -> pl.Series:
    if all(cell is None or (isinstance(cell, _NUMBERS) and not isinstance(cell, bool)) for cell in cells):
        return pl.Series(cells, dtype=pl.Float64 if any(isinstance(cell, float) for cell in cells) else pl.Int64)
    return pl.Series([None if cell is None else _text(cell) for cell in cells], dtype=pl.String)


def _text(cell: object) -> str:
    return ("yes" if cell else "no") if isinstance(cell, bool) else plain(cell)
