"""Company names: one display form; one spelling where a column has the same company with and without its legal form.

A legal form is dropped only where the column itself shows that it does not tell two companies apart: the same name
stands there bare as well, and with one class of form at most. `Globex Ltd` and `Globex GmbH` keep theirs
(docs/decisions, company display names).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.steps.contract import Context, Learning, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import companies

_fields = fields_of_kind("company")


@dataclass(frozen=True)
class Spellings:
    """What a column tells about itself: match keys of names to write bare, and of names to write in others' case."""

    bare: pl.Series
    cased: Mapping[str, str]


def _learn(learning: Learning) -> Mapping[str, Spellings]:
    return {field: _spellings(learning.frame, field) for field in _fields(learning.object, learning.columns)}


def _spellings(frame: pl.LazyFrame, field: str) -> Spellings:
    counts = frame.select(name=field).drop_nulls().group_by("name").len().collect()
    shown = counts.select(companies.display(pl.col("name")).struct.field("value").alias("name"), "len")
    groups = shown.group_by("name").agg(pl.col("len").sum()).drop_nulls("name")
    told = groups.select(companies.described(pl.col("name")).alias("told"), "len").unnest("told")
    return Spellings(_bare(told), _cased(told))


def _bare(groups: pl.DataFrame) -> pl.Series:
    per_key = groups.group_by("key").agg(
        classes=pl.col("form").drop_nulls().n_unique(), bare=pl.col("form").is_null().any()
    )
    return per_key.filter((pl.col("classes") == 1) & pl.col("bare"))["key"].drop_nulls().sort()


def _cased(groups: pl.DataFrame) -> dict[str, str]:
    """Per key that is also written in one case: the mixed-case spelling, where that is the more frequent way."""
    mixed = groups.filter("mixed").group_by("key", "core").agg(pl.col("len").sum())
    best = mixed.sort("key", "len", "core", descending=[False, True, False]).unique(
        "key", keep="first", maintain_order=True
    )
    flat = groups.filter(~pl.col("mixed")).group_by("key").agg(flat=pl.col("len").sum())
    chosen = best.join(flat, on="key").filter(pl.col("len") >= pl.col("flat")).sort("key")
    return dict(chosen.select("key", "core").iter_rows())


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    answers = {}
    for field in _fields(context.object, context.columns):
        known = context.facts[field]
        answers[field] = companies.display_among(pl.col(field), known.bare, known.cased)
    return write(frame, answers)


STEP = Step("companies.display", _fields, _apply, _learn)
