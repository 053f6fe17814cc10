"""Doubtful pairs laid out for a person: both sides beside each other, reasons in words, a column for the answer."""

import polars as pl

from crmclean.matching.decisions import Decisions, fingerprint
from crmclean.matching.model import REVIEW, Matching
from crmclean.records import RECORD

__all__ = ["Decisions", "questions", "seen_in"]

SHOWN = (
    "full_name", "first_name", "middle_name", "last_name", "name", "email", "email_other", "phone", "mobile",
    "phone_home", "title", "company_name", "domain", "website", "street", "city", "region", "postal_code", "country",
    "birthdate", "account_number", "tax_id", "amount", "stage", "close_date", "owner_ref", "lifecycle", "created_at",
    "updated_at", "last_activity",
)  # fmt: skip
ANSWER = ("decision", "survivor", "note", "by")
LEFT, RIGHT = "A: ", "B: "
UNIT = "\x1f"


def questions(matching: Matching, frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row per doubtful pair, likeliest first.

    Columns: left, right, score, reasons, conflict, then each shown field of both sides (`A: `, `B: `), and the empty
    answer columns.
    """
    asked = matching.pairs.filter(pl.col("band") == REVIEW)
    rows = beside(asked, frame).sort(["probability", "left", "right"], descending=[True, False, False])
    empty = [pl.lit(None, pl.String).alias(name) for name in ANSWER]
    score = pl.col("probability").round(3).alias("score")
    return rows.select("left", "right", score, "reasons", pl.col("veto").alias("conflict"), *_shown(rows), *empty)


def beside(pairs: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Put the shown fields of both records beside each pair (left, right, ...)."""
    fields = [name for name in SHOWN if name in frame.columns and frame[name].null_count() < frame.height]
    sides = frame.select(RECORD, *fields)
    rows = pairs.join(_named(sides, LEFT, "left"), on="left", how="inner")
    rows = rows.join(_named(sides, RIGHT, "right"), on="right", how="inner")
    return rows.select(*pairs.columns, *(f"{side}{name}" for name in fields for side in (LEFT, RIGHT)))


def seen_in(rows: pl.DataFrame, key: bytes) -> pl.Series:
    """Return `seen`, the keyed hash of the values that rows of both sides show; blanks do not count.

    Only doubtful or decided pairs come here, so hashing one after the other is quick enough.
    """
    said = [
        pl.when(pl.col(name).is_not_null()).then(pl.format("{}={}", pl.lit(name), pl.col(name)))
        for name in sorted(_shown(rows))
    ]
    text = rows.with_columns(pl.concat_str(said or [pl.lit("")], separator=UNIT, ignore_nulls=True).alias("text"))
    return pl.Series("seen", [fingerprint(key, values) for values in text["text"]], dtype=pl.String)


def _shown(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if name.startswith((LEFT, RIGHT))]


def _named(sides: pl.DataFrame, prefix: str, side: str) -> pl.DataFrame:
    return sides.rename({name: side if name == RECORD else f"{prefix}{name}" for name in sides.columns})
