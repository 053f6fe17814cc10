"""What a run hands to its reports: frames and counts, no clock times."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from crmclean.audit.result import Check
from crmclean.files.tables import empty
from crmclean.pipeline.balance import Line
from crmclean.pipeline.insight import AGES, DUPLICATES, EXAMPLES, PHONES, QUALITY, SAMPLES, UNLISTED
from crmclean.plan.roi import Roi


@dataclass(frozen=True)
class PhaseFacts:
    """One phase: source rows that came in and went on, cells changed, findings; over all objects."""

    name: str
    rows_in: int
    rows_out: int
    changes: int
    findings: int


@dataclass(frozen=True)
class GateFacts:
    """One gate. value None: not measured in this run. passed counts a waiver as passed."""

    name: str
    value: float | None
    limit: float
    passed: bool
    waived_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Waiting:
    """What waits for a person, and what to type."""

    what: str
    count: int
    command: str


@dataclass(frozen=True)
class ColumnFacts:
    """One loaded column in numbers; what stands in its cells is in run/load/profile.json only.

    distinct: of the rows looked at. kind: what the cells are, with `sure` from 0 to 1.
    """

    object: str
    column: str
    rows: int
    filled: int
    distinct: int
    kind: str
    sure: float
    date_format: str | None


@dataclass(frozen=True)
class Insight:
    """Small frames that a report pictures, in the shapes of pipeline.insight; empty where a phase has not run.

    examples, unlisted and samples hold cell values. unlisted: values that no picklist of the target has. samples: the
    spot check, one row per cell.
    """

    quality: pl.DataFrame = field(default_factory=lambda: empty(QUALITY))
    phones: pl.DataFrame = field(default_factory=lambda: empty(PHONES))
    ages: pl.DataFrame = field(default_factory=lambda: empty(AGES))
    duplicates: pl.DataFrame = field(default_factory=lambda: empty(DUPLICATES))
    examples: pl.DataFrame = field(default_factory=lambda: empty(EXAMPLES))
    unlisted: pl.DataFrame = field(default_factory=lambda: empty(UNLISTED))
    samples: pl.DataFrame = field(default_factory=lambda: empty(SAMPLES))


@dataclass(frozen=True)
class RunFacts:
    """Everything that the reports are made of.

    ledger: records.LEDGER. changes: records.CHANGES of all phases. findings: records.FINDINGS of all phases. stages:
    their names in the plan's order. folder: path of the workspace from its repository's root.
    """

    name: str
    target: str
    destination: str
    as_of: date | None
    seed: int
    version: str
    ledger: pl.LazyFrame
    changes: pl.LazyFrame
    findings: pl.LazyFrame
    stages: tuple[str, ...] = ()
    phases: tuple[PhaseFacts, ...] = ()
    gates: tuple[GateFacts, ...] = ()
    balance: tuple[Line, ...] = ()
    checks: tuple[Check, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    profile: tuple[ColumnFacts, ...] = ()
    insight: Insight = Insight()
    roi: Roi = field(default_factory=Roi)
    folder: str = ""
