"""A filled-in sheet read back: half-filled, re-sorted, or saved by a spreadsheet in another encoding."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.files.read import read_table
from crmclean.matching.decisions import DIFFERENT, FIELDS, MERGED, SKIPPED
from crmclean.records import ROW

WORDS = {
    **dict.fromkeys(("merge", "m", "yes", "y", "same", "duplicate", "1", "true"), MERGED),
    **dict.fromkeys(("different", "d", "no", "n", "not a duplicate", "keep", "0", "false"), DIFFERENT),
    **dict.fromkeys(("skip", "s", "later", "?"), SKIPPED),
}
ALL = ("left", "right", "decision", "survivor", "note", "by", "at", "seen")
SIDES = ("a", "b")


@dataclass(frozen=True)
class Answers:
    """given: the answered pairs (decisions.FIELDS). open: rows without an answer. faults: answers not understood."""

    given: pl.DataFrame
    open: int
    faults: tuple[Fault, ...]


def read_answers(path: Path) -> Answers:
    """Read the answers of a filled-in CSV or workbook; rows without a decision stay open.

    Raises:
        InputError: the file cannot be read, or lacks left, right or decision.
    """
    frame = _with_all(path, read_table(path).frame.collect())
    word = pl.col("decision").str.strip_chars().str.to_lowercase()
    verdict = word.replace_strict(WORDS, default=None, return_dtype=pl.String)
    rows = frame.with_columns(verdict.alias("verdict"), _survivor())
    answered = rows.filter(pl.col("decision").is_not_null())
    return Answers(
        answered.filter(pl.col("verdict").is_not_null()).select(FIELDS),
        rows.height - answered.height,
        (*_faults(path, answered), *_told_twice(path, answered)),
    )


def _with_all(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    named = frame.rename({name: name.strip().lower() for name in frame.columns if name.strip().lower() in ALL})
    missing = [name for name in ("left", "right", "decision") if name not in named.columns]
    if missing:
        hint = "use a file that `crmclean review --export` wrote; other columns may go, these may not"
        raise InputError(Fault(str(path), f"lacks the column {', '.join(missing)}", hint, "review.columns"))
    return named.with_columns(pl.lit(None, pl.String).alias(name) for name in ALL if name not in named.columns)


def _survivor() -> pl.Expr:
    """Return the picked survivor's record id; A and B name the sides."""
    word = pl.col("survivor").str.strip_chars()
    side = word.str.to_lowercase()
    return (
        pl.when(side == SIDES[0])
        .then(pl.col("left"))
        .when(side == SIDES[1])
        .then(pl.col("right"))
        .otherwise(word)
        .alias("survivor")
    )


def _told_twice(path: Path, rows: pl.DataFrame) -> Iterator[Fault]:
    """Name the rows in which one person says something else of a pair than in a row above."""
    said: dict[tuple[str | None, ...], tuple[int, tuple[str | None, ...]]] = {}
    for number, left, right, by, *answer in rows.select(ROW, "left", "right", "by", "verdict", "survivor").iter_rows():
        first, before = said.setdefault((*sorted((left or "", right or "")), by), (number, tuple(answer)))
        if before != tuple(answer):
            hint = "leave one of the two answers, or say in the column by who gave which"
            yield Fault(f"{path}, row {number}", f"answers otherwise than row {first}", hint, "review.told-twice")


def _faults(path: Path, rows: pl.DataFrame) -> list[Fault]:
    strange = rows.filter(pl.col("verdict").is_null())[ROW]
    known = (
        pl.col("survivor").is_null() | (pl.col("survivor") == pl.col("left")) | (pl.col("survivor") == pl.col("right"))
    )
    lost = rows.filter(~known)[ROW]
    unknown = [
        Fault(f"{path}, row {n}", "the decision is not understood", "merge, different or skip", "review.decision")
        for n in strange
    ]
    picked = [
        Fault(
            f"{path}, row {n}",
            "the survivor is neither side of the pair",
            "A, B or one of the two record ids",
            "review.survivor",
        )
        for n in lost
    ]
    return unknown + picked
