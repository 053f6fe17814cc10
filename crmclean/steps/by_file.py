"""Decisions about a column that are learned from all its values, once per file that the column came from."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import polars as pl

from crmclean.plan.model import SourceFile
from crmclean.records import FILE
from crmclean.steps.contract import Learning

D = TypeVar("D")
Decisions = tuple[tuple[str, str | None, D], ...]  # field, file, what was decided about it there


def decide(
    learning: Learning, fields: Sequence[str], learn: Callable[[pl.Series, SourceFile | None], D]
) -> Decisions[D]:
    """Return what `learn` says about each of the fields in each file; the frame is collected once.

    learn: a column and what the plan says about its file -> the decision.
    """
    if not fields:
        return ()
    table = learning.frame.select(FILE, *fields).collect(engine="in-memory")
    planned = {file.path: file for source in learning.plan.sources for file in source.files}
    return tuple(
        (field, file, learn(part[field], planned.get(str(file)))) for file, part in _files(table) for field in fields
    )


def _files(table: pl.DataFrame) -> list[tuple[str | None, pl.DataFrame]]:
    """Return the rows of each file; those of a single one are not copied."""
    if table.height and table[FILE].null_count() == 0 and table[FILE].min() == table[FILE].max():
        return [(table[FILE][0], table)]
    parts = ((file, part) for (file,), part in table.partition_by(FILE, as_dict=True).items())
    return sorted(parts, key=lambda part: str(part[0]))


def answer(field: str, decisions: Decisions[D], read: Callable[[pl.Expr, D], pl.Expr], default: D) -> pl.Expr:
    """Return the answers of `read` for one field, each row by the decision of its file; `default` for other files."""
    files: dict[D, list[str | None]] = {}
    for name, file, decision in decisions:
        if name == field:
            files.setdefault(decision, []).append(file)
    if len(files) == 1:
        return read(pl.col(field), next(iter(files)))
    whole = read(pl.when(~_from_any([file for group in files.values() for file in group])).then(pl.col(field)), default)
    for decision, group in files.items():
        mine = _from_any(group)
        whole = pl.when(mine).then(read(pl.when(mine).then(pl.col(field)), decision)).otherwise(whole)
    return whole


def _from_any(files: Sequence[str | None]) -> pl.Expr:
    return pl.col(FILE).is_in(pl.Series(files, dtype=pl.String).implode(), nulls_equal=True)
