"""One heading of a report, with its tables and its picture."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crmclean.reports.results import TableView


@dataclass(frozen=True)
class Chart:
    """One row of bars. series: name -> (colour of the page, a number per label); the numbers of a label are stacked."""

    title: str
    labels: tuple[str, ...]
    series: Mapping[str, tuple[str, Sequence[int]]]

    def first(self, count: int) -> "Chart":
        """Return the chart of the first labels."""
        series = {name: (colour, numbers[:count]) for name, (colour, numbers) in self.series.items()}
        return replace(self, labels=self.labels[:count], series=series)


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
