"""What a report may be mailed with: everything that could name a person is masked, counts stay as they are."""

from dataclasses import replace

import polars as pl

from crmclean.pipeline.balance import Line
from crmclean.reports.facts import Insight, RunFacts
from crmclean.values.masking import masked_frame, masked_id

IDS = ("record", "into", "target_id", "existing", "owner")
NOTICE = "REDACTED.txt"
NOTICE_TEXT = (
    "Personal values in this folder are masked: the first letter of each word is left, numbers are stars.\n"
    "Counts, column names, reasons and the names of people who waived a gate stand as they are.\n"
)
# Columns of reports that hold no cell of an export.
KEPT = (
    "object", "source", "file", "outcome", "code", "stage", "target_object", "target_field", "column", "field", "kind",
    "rule", "why", "reason", "reasons", "action", "decided", "prediction", "verdict", "seen", "money", "of_a_day",
    "calling_code", "months", "check", "severity",
)  # fmt: skip


def redacted_frame(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Mask the cells and the telling ids of a frame that stands in a report; unknown text columns count as cells."""
    return masked_frame(frame, ids=IDS, kept=KEPT)


def redacted(facts: RunFacts) -> RunFacts:
    """Return facts without personal values."""
    found = {name: redacted_frame(frame.lazy()).collect() for name, frame in vars(facts.insight).items()}
    return replace(
        facts,
        ledger=redacted_frame(facts.ledger),
        findings=redacted_frame(facts.findings),
        insight=Insight(**found),
        balance=tuple(map(redacted_line, facts.balance)),
    )


def redacted_line(line: Line) -> Line:
    """Mask the owner, who may be an address or a name, in the key of a sum of money."""
    if line.what != "money":
        return line
    owner, *rest = line.key.split(" | ")
    return replace(line, key=" | ".join([str(pl.select(masked_id(pl.lit(owner))).item()), *rest]))
