"""One heading of a report, with its tables and its picture."""

from collections.abc import Iterator
from dataclasses import dataclass

from crmclean.reports.charts import Chart
from crmclean.reports.results import TableView


@dataclass(frozen=True)
class Section:
    """One heading with its tables.

    left: lines that are not shown; `file` has all of them. chart: a picture of the first table. private: holds
    cell values, so that it stands on the page only, never in summary.md.
    """

    title: str
    tables: tuple[TableView, ...]
    left: int = 0
    file: str = "report.json"
    chart: Chart | None = None
    private: bool = False


def told_lines(section: Section) -> Iterator[str]:
    """Say how much of a section is not shown."""
    if section.left > 0:
        yield f"and {section.left:,} more in {section.file}"
