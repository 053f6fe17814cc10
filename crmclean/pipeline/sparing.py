"""Spares most cells the steps that judge each cell by that cell alone and say which ones they may touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.records import PROVENANCE
from crmclean.steps.contract import CellTest, Step
from crmclean.values.distinct import encoded, repeats, throughout


@dataclass(frozen=True)
class Doubt:
    """The part of a slice that a group of steps has to see.

    rows: the columns with a doubtful cell, beside the provenance, where any of them has one. places: their rows.
    """

    rows: pl.DataFrame
    places: pl.Series

    def put_back(self, part: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of `after`, made of the rows in doubt, with the other cells of `part`."""
        return part.select(part[name].scatter(self.places, after[name]) for name in after.columns)


@dataclass(frozen=True)
class Spared:
    """Columns of a table that steps need not see.

    settled: every cell is in its form already. clean: these, and those of which cleaning would leave every cell alone.
    """

    settled: frozenset[str] = frozenset()
    clean: frozenset[str] = frozenset()


NOTHING_SPARED = Spared()


def spared(steps: Sequence[Step], object_: str, table: pl.DataFrame) -> Spared:
    """Return the columns of which every cell is in a form that a step tells."""
    settled = _of_form({step: step.settled for step in steps}, object_, table)
    clean = _of_form({step: step.clean for step in steps}, object_, table.drop(settled))
    return Spared(settled, settled | clean)


def _of_form(forms: Mapping[Step, CellTest | None], object_: str, table: pl.DataFrame) -> frozenset[str]:
    asked = [(form, step.columns(object_, table.columns)) for step, form in forms.items() if form is not None]
    tests = {field: form(object_, field) for form, columns in asked for field in columns if field in table.columns}
    return frozenset(field for field, test in tests.items() if throughout(table[field], test))


def seen_by(step: Step, columns: Sequence[str], known: Spared) -> tuple[str, ...]:
    """Return the columns that a step gets to see: without those that it spares."""
    alone = known.clean if step.doubtful else known.settled if step.settled else ()
    return tuple(name for name in columns if name not in alone)


def in_doubt(steps: Sequence[Step], object_: str, part: pl.DataFrame, known: Spared) -> Doubt | None:
    """Return what steps have to see of a slice; None where one of them does not say.

    A cell that no step doubts is left as it is by the first one, so that the second one finds the same cell, and so on.
    """
    asked = [
        (step.doubtful, step.columns(object_, seen_by(step, part.columns, known)))
        for step in steps
        if step.doubtful is not None
    ]
    if len(asked) < len(steps):
        return None
    fields = dict.fromkeys(field for _, columns in asked for field in columns)
    doubts = pl.DataFrame(
        _doubts(
            part[field],
            pl.any_horizontal(doubtful(object_, field) for doubtful, columns in asked if field in columns).alias(field),
        )
        for field in fields
    )
    touched = [field for field in fields if doubts[field].any()]
    rows = doubts.select(pl.any_horizontal(touched)).to_series() if touched else pl.Series(dtype=pl.Boolean)
    return Doubt(part.select(*PROVENANCE, *touched).filter(rows) if touched else part.clear(), rows.arg_true())


def _doubts(cells: pl.Series, doubtful: pl.Expr) -> pl.Series:
    """Return for every cell whether it is doubtful, asked of each distinct one if they repeat a lot."""
    if not repeats(cells):
        return cells.to_frame().select(doubtful).to_series()
    if throughout(cells, ~doubtful):  # to find the distinct ones takes half as long as to number them, too
        return pl.Series(cells.name, [False]).new_from_index(0, len(cells))
    distinct, places = encoded(cells)
    return distinct.to_frame().select(doubtful).to_series().gather(places)
