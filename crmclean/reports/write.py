"""Writes the report folder: one visible list of formats."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.reports.annotations import annotations
from crmclean.reports.facts import RunFacts
from crmclean.reports.findings import listed, write_findings
from crmclean.reports.junit import junit
from crmclean.reports.markdown import markdown
from crmclean.reports.redacting import NOTICE, NOTICE_TEXT, redacted
from crmclean.reports.summary import Summary, document, summarise
from crmclean.reports.webpage import webpage
from crmclean.reports.workbook import TABLES, sheets
from crmclean.workspace.atomic import write_json, write_text

FORMATS: Mapping[str, Callable[[Summary], str]] = {
    "index.html": webpage,
    "summary.md": markdown,
    "junit.xml": junit,
}


def write_reports(facts: RunFacts, folder: Path, *, redact: bool = False) -> Summary:
    """Write everything of the report folder and return the summary.

    redact: mask what could name a person, and say so in a file of its own.

    Raises:
        InputError: the folder cannot be written to.
    """
    facts = redacted(facts) if redact else facts
    summary = summarise(facts)
    write_json(folder / "report.json", document(summary))
    for name, render in FORMATS.items():
        write_text(folder / name, render(summary))
    findings = listed(facts.findings)
    write_text(folder / "annotations.txt", annotations(summary, findings, facts.folder))
    write_findings(findings, folder)
    write_csv(_in_order(facts.ledger.collect(engine="in-memory")), folder / "ledger.csv")
    write_xlsx(folder / TABLES, sheets(summary))
    if redact:
        write_text(folder / NOTICE, NOTICE_TEXT)
    else:
        (folder / NOTICE).unlink(missing_ok=True)
    return summary


def _in_order(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the ledger by object and record; a run hands it over like that, and a look costs less than a sort."""
    object_, record = pl.col("object"), pl.col("record")
    later = (object_ > object_.shift()) | ((object_ == object_.shift()) & (record > record.shift()))
    told = ledger.select(later.all()).item()
    return ledger if told else ledger.sort("object", "record")
