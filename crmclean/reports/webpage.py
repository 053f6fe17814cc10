"""index.html: the report as one self-contained page; no network and no script, printable, light and dark."""

from dataclasses import dataclass

from crmclean.reports.charts import drawn
from crmclean.reports.pages import page
from crmclean.reports.results import Cell
from crmclean.reports.section import told_lines
from crmclean.reports.sections import LINES, facts, headline, outcomes, sections
from crmclean.reports.summary import Summary

_SLIVER = 0.4  # percent; narrower pieces of a bar cannot be seen


@dataclass(frozen=True)
class _Piece:
    """One outcome within the bar of an object."""

    outcome: str
    count: int
    percent: str


@dataclass(frozen=True)
class _Bar:
    """What became of the records of one object."""

    object: str
    read: int
    pieces: tuple[_Piece, ...]


def webpage(summary: Summary) -> str:
    """Return the page; every text from the data stays text."""
    return page("report").render(
        name=summary.name,
        headline=headline(summary),
        facts=facts(summary),
        bad=not summary.closes or bool(summary.closed_gates),
        bars=[_bar(row, outcomes(summary).columns[2:]) for row in outcomes(summary).rows[:LINES]],
        legend=outcomes(summary).columns[2:],
        sections=sections(summary),
        told_lines=told_lines,
        drawn=drawn,
        is_number=lambda cell: isinstance(cell, int | float),
    )


def _bar(row: tuple[Cell, ...], names: tuple[str, ...]) -> _Bar:
    object_, read, *counts = row
    total = max(int(read or 0), 1)
    numbers = [(name, int(count or 0)) for name, count in zip(names, counts, strict=True)]
    pieces = [_Piece(name, count, f"{max(100 * count / total, _SLIVER):.2f}") for name, count in numbers if count]
    return _Bar(str(object_), total, tuple(pieces))
