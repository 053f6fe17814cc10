"""The sections that show cells of the exports: unmapped values, and the first records of the seeded spot check."""

from crmclean.reports.results import TableView
from crmclean.reports.section import Section
from crmclean.reports.summary import Summary
from crmclean.reports.workbook import TABLES

_VALUES = 25
_RECORDS = 10
_CELLS = 40  # of one record


def unlisted(summary: Summary) -> Section:
    """Return values that no picklist of the target has, the most frequent first."""
    lines = sorted(summary.unlisted, key=lambda row: -int(row["records"]))
    rows = tuple((row["object"], row["column"], row["value"], row["target_field"], row["records"]) for row in lines)
    table = TableView("", ("object", "column", "value", "field at the target", "records"), rows[:_VALUES])
    left = len(rows) - len(table.rows)
    return Section("Values without a place at the target", (table,), left, TABLES, private=True)


def samples(summary: Summary) -> Section:
    """Return the first records of the spot check, each cell beside what the target gets, and why it was changed."""
    numbers = sorted({int(row["number"]) for row in summary.samples})
    tables = tuple(_record(summary, number) for number in numbers[:_RECORDS])
    left = len(summary.samples) - sum(len(table.rows) for table in tables)
    return Section("Sampled records, before and after", tables, left, TABLES, private=True)


def _record(summary: Summary, number: int) -> TableView:
    own = [row for row in summary.samples if row["number"] == number]
    title = f"{number}. {own[0]['record']}, stage {own[0]['stage'] or 'none'}"
    rows = tuple((row["target_field"] or row["column"], row["before"], row["after"], row["reasons"]) for row in own)
    return TableView(title, ("field", "in the export", "at the target", "reasons"), rows[:_CELLS])
