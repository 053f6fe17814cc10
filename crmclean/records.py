"""Reserved columns and the shapes of what the pipeline records about records.

Shapes map a column name to "text", "integer" or "decimal"; crmclean.files.tables turns them into empty frames.
"""

from enum import StrEnum

RECORD = "_record"  # <source>:<object>:<source id>, or <source>:<object>:#<hash>; never changes
SOURCE = "_source"  # name of the source in the plan
FILE = "_file"  # path of the export, relative to the workspace
ROW = "_row"  # record number in the file as a spreadsheet shows it: the first one below the header is 2
OUTCOME = "_outcome"  # an Outcome, null while it is not decided
INTO = "_into"  # the survivor that a merged record went into
CODE = "_code"  # why the outcome
DERIVED = "derived"  # source of records that no export holds: companies that are only named; counted apart
PROVENANCE = (RECORD, SOURCE, FILE, ROW)
FATE = (OUTCOME, INTO, CODE)

REF_PREFIX = "_ref."  # _ref.<field>: record id of the parent that a *_ref cell points to; follows merges
WHY_PREFIX = "_why."  # _why.<field>: reason code that a step gives for what it did to a cell; never stored

OBJECTS = ("users", "companies", "contacts", "leads", "deals", "activities", "links")  # parents before children
PHASES = ("load", "normalize", "dedupe", "stale", "map", "validate", "import", "audit")


class Outcome(StrEnum):
    """What became of a record; exactly one each at the end of a run."""

    READY = "ready"
    IMPORTED = "imported"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    ARCHIVED = "archived"
    EXCLUDED = "excluded"
    REJECTED = "rejected"
    HELD = "held"
    ERASED = "erased"


class Severity(StrEnum):
    """How bad a finding is: an error keeps the record out of the target, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


CHANGES = {
    "object": "text",
    "record": "text",
    "field": "text",
    "before": "text",
    "after": "text",
    "step": "text",
    "code": "text",
}
FINDINGS = {
    "object": "text",
    "record": "text",
    "file": "text",
    "row": "integer",
    "field": "text",
    "check": "text",
    "severity": "text",
    "code": "text",
}
LEDGER = {
    "object": "text",
    "record": "text",
    "source": "text",
    "file": "text",
    "row": "integer",
    "outcome": "text",
    "into": "text",
    "code": "text",
    "stage": "text",
    "target_object": "text",
    "target_id": "text",
}
# run/dedupe/existing.parquet: which records of ours the target has already. band: merge (the import updates that
# record) or review (a person is asked, and the record is held). target_id: the id at the target.
EXISTING = {
    "object": "text",
    "record": "text",
    "target_id": "text",
    "band": "text",
    "probability": "decimal",
    "reasons": "text",
}
