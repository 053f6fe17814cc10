"""The tables of a phase as they stand, and what has been recorded so far."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from crmclean.files.tables import empty
from crmclean.pipeline.applying import Applied, apply_steps
from crmclean.pipeline.patching import apply_patches
from crmclean.pipeline.sparing import NOTHING_SPARED, Spared
from crmclean.plan.model import Plan
from crmclean.records import CHANGES, FINDINGS, OUTCOME, Outcome
from crmclean.steps.contract import Patch, Step


@dataclass
class Work:
    """One phase at work: `apply` and `patch` replace tables and add to what is recorded.

    reported: object -> the fields whose findings are all that is recorded; None: everything is.
    """

    plan: Plan
    tables: dict[str, pl.DataFrame]
    as_of: date | None = None
    reported: Mapping[str, Collection[str]] | None = None
    _changes: list[pl.DataFrame] = field(default_factory=lambda: [empty(CHANGES)])
    _findings: list[pl.DataFrame] = field(default_factory=lambda: [empty(FINDINGS)])

    def __post_init__(self) -> None:
        """Hold every table in one piece: from several, rows are gathered and joined a few times slower."""
        self.tables = {name: table.rechunk() for name, table in self.tables.items()}

    def applied(
        self,
        object_: str,
        steps: Sequence[Step],
        facts: Mapping[str, object] | None = None,
        spared: Spared = NOTHING_SPARED,
    ) -> Applied:
        """Return what steps make of the table of an object, which stays as it is until this is taken.

        facts: step code -> what the step knows.
        """
        others = {name: table for name, table in self.tables.items() if name != object_}
        return apply_steps(
            steps,
            object_,
            self.tables[object_].lazy(),
            facts=facts or {},
            tables=others,
            plan=self.plan,
            as_of=self.as_of,
            reported=None if self.reported is None else self.reported.get(object_, ()),
            spared=spared,
        )

    def patch(self, object_: str, patches: Sequence[Patch]) -> None:
        """Let patches write their cells into the table of an object."""
        self.take(object_, apply_patches(patches, object_, self.tables[object_]))

    def take(self, object_: str, applied: Applied) -> None:
        """Put what steps have made of a table in its place, and record what they did."""
        self.tables[object_] = applied.frame
        self._changes.append(applied.changes)
        self._findings.append(applied.findings)

    def note_findings(self, found: pl.DataFrame) -> None:
        """Add findings (records.FINDINGS) that no step makes."""
        self._findings.append(found)

    def counted(self, outcome: Outcome) -> dict[str, int]:
        """Return how many records of each object have an outcome; objects without any are left out."""
        counts = {name: int((table[OUTCOME] == outcome.value).sum()) for name, table in self.tables.items()}
        return {name: count for name, count in counts.items() if count}

    @property
    def changes(self) -> pl.DataFrame:
        """All changes so far, in order."""
        return pl.concat(self._changes)

    @property
    def findings(self) -> pl.DataFrame:
        """All findings so far, in order."""
        return pl.concat(self._findings)
