"""What a step is: a pure function over lazy frames, with the columns that it may change.

A step never removes a row, logs, collects or looks at the clock. It may mark `_outcome`, `_into` and `_code`, and it
may give the reason for a cell in `_why.<field>`; the pipeline keeps the old column beside the new one and derives
changes (before differs from after) and findings (a reason whose code has a severity) from them.

A patch is a step that knows beforehand which cells it writes, few of many. It names them, and nothing else is touched;
the pipeline writes them and derives the same from them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from crmclean.plan.model import Plan

CellTest = Callable[[str, str], pl.Expr]  # object and field -> a condition of the cells of that field


@dataclass(frozen=True)
class Context:
    """What `apply` may know besides its frame.

    object: the canonical object of the frame. columns: the names in the frame. facts: what `learn` answered.
    tables: those of other objects; those earlier in records.OBJECTS have finished this phase already.
    """

    object: str
    columns: tuple[str, ...]
    facts: Any
    tables: Mapping[str, pl.DataFrame]
    plan: Plan
    as_of: date | None  # None in normalize, and where the exports hold no timestamps


@dataclass(frozen=True)
class Learning:
    """What `learn` may look at: one object's table as the steps before this group of steps have left it.

    clean: the columns of which every cell is in the form that the step calls so.
    """

    object: str
    columns: tuple[str, ...]
    frame: pl.LazyFrame
    plan: Plan
    clean: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """One transform inside a phase.

    code: stable name, such as "phones.e164". columns: (object, columns in the frame) -> the columns that it may change
    or add; empty where it has nothing to do. learn: -> facts of one object, a small frozen value, from whole columns.
    doubtful: (object, field) -> whether the step could change or mark a cell; only for steps that judge each cell by
    that cell alone. All other cells are spared the step. settled: (object, field) -> whether a cell is in its form
    already, whatever else its column holds. A column of such cells only is spared this step, and those with `doubtful`.
    clean: (object, field) -> whether a cell is in a form that the steps with `doubtful` leave alone. A column of such
    cells only is spared them, and `learn` is told.
    """

    code: str
    columns: Callable[[str, Sequence[str]], tuple[str, ...]]
    apply: Callable[[pl.LazyFrame, Context], pl.LazyFrame]
    learn: Callable[[Learning], Any] | None = None
    doubtful: CellTest | None = None
    settled: CellTest | None = None
    clean: CellTest | None = None


@dataclass(frozen=True)
class Cells:
    """Cells of one column that a patch writes; a column that the table lacks is added.

    rows: their places in the table, ascending. values: the new cell for each. why: the reason for each, or null.
    """

    field: str
    rows: pl.Series
    values: pl.Series
    why: pl.Series | None = None


@dataclass(frozen=True)
class Patch:
    """A step that writes few cells and knows which.

    code: stable name, such as "merge". cells: the table as it stands -> the cells that are written.
    """

    code: str
    cells: Callable[[pl.DataFrame], Iterator[Cells]]
