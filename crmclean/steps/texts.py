"""Texts: blanks, invisible characters and Unicode form C, in every field but ids and references."""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import write
from crmclean.values import texts

_UNMAPPED = "x_"
_IDENTITY = ("id", "ref", "owner", "ids")  # load has read them already; a changed id would point nowhere
_LINES = ("note", "street")


def columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return every field but ids and references, and the columns that nobody has mapped."""
    kinds = _kinds(object_)
    return tuple(
        name for name in present if name.startswith(_UNMAPPED) or kinds.get(name, _IDENTITY[0]) not in _IDENTITY
    )


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Clean every text; columns that nobody has mapped are only trimmed."""
    kinds = _kinds(context.object)
    return write(frame, {name: _cleaned(name, kinds) for name in columns(context.object, context.columns)})


def doubtful(_object: str, field: str) -> pl.Expr:
    """Return whether a cell may need cleaning."""
    return texts.doubtful(pl.col(field))


def _cleaned(name: str, kinds: dict[str, str]) -> pl.Expr:
    if name not in kinds:
        return texts.trimmed(pl.col(name))
    return texts.cleaned_lines(pl.col(name)) if kinds[name] in _LINES else texts.cleaned(pl.col(name))


def _kinds(object_: str) -> dict[str, str]:
    schema = canonical().get(object_)
    return {} if schema is None else {field.name: field.kind for field in schema.fields.values()}


STEP = Step(code="texts.clean", columns=columns, apply=apply, doubtful=doubtful)
