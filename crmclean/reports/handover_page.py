"""The sign-off: what a steering meeting needs, printable as HTML and as Markdown, with lines to sign on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crmclean.reports.markdown import cell, section_text
from crmclean.reports.pages import page
from crmclean.reports.section import Section, told_lines

SIGNERS = ("Project lead", "Sales operations", "Data protection", "Sponsor")
_AMOUNT = re.compile(r"-?\d[\d.,\u00a0\u202f'’]*[.,]\d\d")  # in any locale
_LINE = "____________________"


@dataclass(frozen=True)
class Handover:
    """One sign-off. verdict: the sentence at the top; good: whether nothing speaks against signing."""

    name: str
    verdict: str
    good: bool
    facts: tuple[str, ...]
    sections: tuple[Section, ...]


def handover_html(told: Handover) -> str:
    """Return the page; every text from the data stays text."""
    return page("handover").render(
        name=told.name,
        verdict=told.verdict,
        bad=not told.good,
        facts=told.facts,
        sections=told.sections,
        signers=SIGNERS,
        told_lines=told_lines,
        drawn=None,
        is_number=lambda value: isinstance(value, int | float) or bool(_AMOUNT.fullmatch(str(value))),
    )


def handover_markdown(told: Handover) -> str:
    """Return the same as Markdown."""
    lines = [f"| {role} | {_LINE} | {_LINE} | {_LINE} |" for role in SIGNERS]
    signatures = "\n".join(["| role | name | date | signature |", "| --- | --- | --- | --- |", *lines])
    parts = [f"# Sign-off: {cell(told.name)}", cell(told.verdict), *map(cell, told.facts)]
    return "\n\n".join([*parts, *_texts(told.sections), f"## Signatures\n\n{signatures}"]) + "\n"


def _texts(sections: Sequence[Section]) -> list[str]:
    return [part for section in sections for part in section_text(section)]
