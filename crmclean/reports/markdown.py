"""summary.md: a run on one page, made for pull requests."""

import re
from collections.abc import Iterator

from crmclean.reports.results import TableView
from crmclean.reports.section import Section, told_lines
from crmclean.reports.sections import facts, headline, sections
from crmclean.reports.summary import Summary
from crmclean.reports.wording import plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def markdown(summary: Summary) -> str:
    """Return the page."""
    title = f"# {cell(summary.name)}: {cell(headline(summary))}"
    parts = [
        title,
        cell(facts(summary)),
        *(part for section in sections(summary) if not section.private for part in section_text(section)),
    ]
    return "\n\n".join(parts) + "\n"


def cell(value: object) -> str:
    """Return a value as inert Markdown text on one line."""
    return _SPECIAL.sub(r"\\\1", plain(value))


def section_text(section: Section) -> Iterator[str]:
    """Yield the heading, the tables and what is left out of a section."""
    yield f"## {section.title}"
    for table in section.tables:
        if table.title:
            yield f"**{cell(table.title)}**"
        yield _table(table)
    yield from told_lines(section)


def _table(table: TableView) -> str:
    lines = ["| " + " | ".join(map(cell, row)) + " |" for row in table.rows]
    return "\n".join(["| " + " | ".join(table.columns) + " |", "|" + " --- |" * len(table.columns), *lines])
