"""Reason codes of what load finds wrong with files, rows, ids and references."""

from collections.abc import Mapping

from crmclean.records import Severity
from crmclean.values.reason import Code

_WARNING = Severity.WARNING

LOADS: Mapping[str, Code] = {
    "record.deleted-at-source": Code(None, "deleted in the source system"),
    "object.not-migrated": Code(None, "the plan moves no records of this table"),
    "record.duplicate-id": Code(_WARNING, "another record of the source has the same id"),
    "record.rounded-id": Code(_WARNING, "a spreadsheet rounded the id: the record is known by its cells instead"),
    "record.damaged-id": Code(_WARNING, "the checksum of the Salesforce id does not fit: some letters are wrong"),
    "ref.parent-missing": Code(_WARNING, "the record that it points to is not in the exports"),
    "ref.cycle": Code(_WARNING, "the record is its own ancestor"),
    "row.padded": Code(_WARNING, "the row had too few cells: empty ones were added at its end"),
    "row.trimmed": Code(_WARNING, "the row had empty cells beyond the last column: they were dropped"),
    "row.not-calculated": Code(_WARNING, "a formula of the row has no value: the spreadsheet never calculated it"),
    "row.surplus-values": Code(_WARNING, "the row has more values than the header has columns: left out"),
    "row.unreadable": Code(_WARNING, "a quote that is never closed: the row was left out"),
    "row.names-again": Code(_WARNING, "the row holds the names of the columns once more: left out"),
    "cell.misplaced": Code(_WARNING, "an email in a phone column or the other way round", kept=True),
}
