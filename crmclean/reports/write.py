"""Writes the report folder: one visible list of formats."""

from collections.abc import Callable, Mapping
from pathlib import Path

from crmclean.files.tables import write_csv
from crmclean.reports.annotations import annotations
from crmclean.reports.facts import RunFacts
from crmclean.reports.findings import listed, write_findings
from crmclean.reports.junit import junit
from crmclean.reports.markdown import markdown
from crmclean.reports.summary import Summary, document, summarise
from crmclean.reports.webpage import webpage
from crmclean.workspace.atomic import write_json, write_text

FORMATS: Mapping[str, Callable[[Summary], str]] = {
    "index.html": webpage,
    "summary.md": markdown,
    "junit.xml": junit,
}


def write_reports(facts: RunFacts, folder: Path) -> Summary:
    """Write report.json, index.html, summary.md, junit.xml, annotations, findings and ledger; return the summary.

    Raises:
        InputError: the folder cannot be written to.
    """
    summary = summarise(facts)
    write_json(folder / "report.json", document(summary))
    for name, render in FORMATS.items():
        write_text(folder / name, render(summary))
    findings = listed(facts.findings)
    write_text(folder / "annotations.txt", annotations(summary, findings, facts.folder))
    write_findings(findings, folder)
    write_csv(facts.ledger.sort("object", "record").collect(), folder / "ledger.csv")
    return summary
