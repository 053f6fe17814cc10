"""A reviewer at work: one doubtful pair after the other; every answer is saved at once and can be taken back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, UsageError
from crmclean.matching.decisions import (
    DECISIONS,
    PAIR,
    VERDICT_WORDS,
    contested,
    read_decisions,
    with_answers,
    write_decisions,
)
from crmclean.matching.review import LEFT, RIGHT
from crmclean.pipeline.record_ids import object_in
from crmclean.workflow.review import open_questions, without
from crmclean.workspace.paths import Workspace


@dataclass(frozen=True)
class Side:
    """One field of a pair: what A and B say."""

    field: str
    a: str | None
    b: str | None

    @property
    def differs(self) -> bool:
        """Whether the sides say different things."""
        return self.a != self.b


@dataclass(frozen=True)
class Question:
    """One doubtful pair. number, of: where it stands among those that were open at the start."""

    number: int
    of: int
    object: str
    left: str
    right: str
    score: float
    reasons: str
    conflict: str | None
    said_before: str | None
    sides: tuple[Side, ...]

    @property
    def mixed(self) -> bool:
        """Whether one side is a lead and the other one a contact."""
        return object_in(self.left) != object_in(self.right)


class ReviewSession:
    """The open pairs of a workspace, for one reviewer.

    Raises:
        InputError: nothing has been de-duplicated yet.
    """

    def __init__(self, root: Path, by: str) -> None:
        self._workspace, self._by = Workspace(root), by
        self._place = self._workspace.decisions / "pairs.csv"
        self._before = read_decisions(self._place)
        self._answers: list[dict[str, str | None]] = []
        asked = [(object_, rows) for object_, rows in open_questions(self._workspace) if rows.height]
        self._open = [(object_, row) for object_, rows in asked for row in self._unanswered(rows)]

    @property
    def left(self) -> int:
        """How many pairs are still open."""
        return len(self._open) - len(self._answers)

    def question(self) -> Question | None:
        """Return the next open pair, None at the end."""
        if not self.left:
            return None
        object_, row = self._open[len(self._answers)]
        fields = [name.removeprefix(LEFT) for name in row if name.startswith(LEFT)]
        sides = [Side(name, row[f"{LEFT}{name}"], row[f"{RIGHT}{name}"]) for name in fields]
        return Question(
            len(self._answers) + 1,
            len(self._open),
            object_,
            row["left"],
            row["right"],
            float(row["score"]),
            row["reasons"],
            row["conflict"],
            row["said_before"],
            tuple(side for side in sides if side.a is not None or side.b is not None),
        )

    def answer(self, verdict: str, survivor: str | None = None, note: str | None = None) -> None:
        """Save the answer to the pair of question().

        Raises:
            UsageError: no such verdict. InputError: decisions/ cannot be written to.
        """
        if verdict not in VERDICT_WORDS:
            hint = ", ".join(VERDICT_WORDS)
            raise UsageError(Fault("the answer", "is no verdict", hint, "review.decision"))
        _, row = self._open[len(self._answers)]
        given = {"left": row["left"], "right": row["right"], "verdict": verdict, "survivor": survivor, "note": note}
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._answers.append({**given, "by": self._by, "at": at, "seen": row["seen"]})
        self._save()

    def undo(self) -> bool:
        """Take the last answer of this session back; say whether there was one."""
        if not self._answers:
            return False
        self._answers.pop()
        self._save()
        return True

    def _unanswered(self, rows: pl.DataFrame) -> list[dict[str, str]]:
        """Return the pairs that this reviewer has not answered as they are now, and those still in dispute."""
        own = self._before.filter(pl.col("by") == self._by).join(contested(self._before), on=PAIR, how="anti")
        return without(self._workspace, rows, own).rows(named=True)

    def _save(self) -> None:
        given = pl.DataFrame(self._answers, schema=DECISIONS)
        write_decisions(self._place, with_answers(self._before, given))
