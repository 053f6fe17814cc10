"""Company names: one display form; one spelling where a column has the same company with and without its legal form.

A legal form is dropped only where the column itself shows that it does not tell two companies apart: the same name
stands there bare as well, and with one class of form at most. `Globex Ltd` and `Globex GmbH` keep theirs
(docs/decisions, company display names).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.steps.beside import place_in, taken
from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import companies

_fields = fields_of_kind("company")


@dataclass(frozen=True)
class Spellings:
    """What a column tells about itself.

    bare: match keys of names to write without their form. cased: match key -> how others write the name. known: the
    answers (name, answer) for the names as they stand in the column, so that no slice of it asks again.
    """

    bare: pl.Series
    cased: Mapping[str, str]
    known: pl.DataFrame


def _learn(learning: Learning) -> Mapping[str, Spellings]:
    return {field: _spellings(learning, field) for field in _fields(learning.object, learning.columns)}


def _spellings(learning: Learning, field: str) -> Spellings:
    counts = learning.frame.select(name=field).drop_nulls().group_by("name").len().collect()
    told = companies.described(counts.select("name")).with_columns(counts["len"])
    bare, cased = _bare(told), _cased(told)
    return Spellings(bare, cased, told.select("name", companies.told_by_column(told, bare, cased)))


def _bare(told: pl.DataFrame) -> pl.Series:
    per_key = told.group_by("key").agg(
        classes=pl.col("form").drop_nulls().n_unique(), bare=pl.col("form").is_null().any()
    )
    return per_key.filter((pl.col("classes") == 1) & pl.col("bare"))["key"].drop_nulls().sort()


def _cased(told: pl.DataFrame) -> dict[str, str]:
    """Per key that is also written in one case: the mixed-case spelling, where that is the more frequent way."""
    flat = told.filter(~pl.col("mixed")).group_by("key").agg(flat=pl.col("len").sum())
    mixed = told.filter("mixed", pl.col("key").is_in(flat["key"].implode()))
    mixed = mixed.group_by("key", "core").agg(pl.col("len").sum())
    best = mixed.sort("key", "len", "core", descending=[False, True, False]).unique(
        "key", keep="first", maintain_order=True
    )
    chosen = best.join(flat, on="key").filter(pl.col("len") >= pl.col("flat")).sort("key")
    return dict(chosen.select("key", "core").iter_rows())


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Look the answers up; only a name that an earlier step has changed since is judged here."""
    answers, looked_up = {}, []
    for field in _fields(context.object, context.columns):
        told, found = context.facts[field], f"_known.{field}"
        placed = frame.with_columns(place_in(told.known["name"], field).alias(found))
        frame = placed.with_columns(taken(told.known["answer"], found).alias(found))
        fresh = companies.display_among(pl.when(pl.col(found).is_null()).then(pl.col(field)), told.bare, told.cased)
        answers[field] = pl.when(pl.col(found).is_null()).then(fresh).otherwise(pl.col(found))
        looked_up.append(found)
    return write(frame, answers).drop(looked_up)


STEP = Step("companies.display", _fields, _apply, _learn)
