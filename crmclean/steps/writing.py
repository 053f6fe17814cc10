"""Writes the answers of a kind of value into their fields: the new cell, and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.records import WHY_PREFIX
from crmclean.values.codes import KEPT

_ANSWER = "_answer."


def fields_of_kind(*kinds: str) -> Callable[[str, Sequence[str]], tuple[str, ...]]:
    """Return what a step answers for `columns`: the fields of these kinds that stand in the frame."""

    def columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
        schema = canonical().get(object_)
        return () if schema is None else tuple(name for name in schema.of_kind(*kinds) if name in present)

    return columns


def write(frame: pl.LazyFrame, answers: Mapping[str, pl.Expr]) -> pl.LazyFrame:
    """Write Struct{value, code} answers into their fields, and the codes into `_why.<field>`; a kept cell stays."""
    held = frame.with_columns(answer.alias(_ANSWER + field) for field, answer in answers.items())
    return held.with_columns(_unpacked(answers)).drop(_ANSWER + field for field in answers)


def _unpacked(fields: Iterable[str]) -> Iterable[pl.Expr]:
    for field in fields:
        value, code = (pl.col(_ANSWER + field).struct.field(part) for part in ("value", "code"))
        yield pl.when(code.is_in(pl.Series(KEPT).implode())).then(pl.col(field)).otherwise(value).alias(field)
        yield code.alias(WHY_PREFIX + field)
