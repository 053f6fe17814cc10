"""Doubtful pairs laid out for a person: both sides beside each other, reasons in words, a column for the answer."""

import polars as pl

from crmclean.matching.decisions import Decisions, fingerprint
from crmclean.matching.model import REVIEW, Matching
from crmclean.records import RECORD

__all__ = ["Decisions", "questions", "seen_now"]

SHOWN = (
    "full_name", "first_name", "middle_name", "last_name", "name", "email", "email_other", "phone", "mobile",
    "phone_home", "title", "company_name", "domain", "website", "street", "city", "region", "postal_code", "country",
    "birthdate", "account_number", "tax_id", "amount", "stage", "close_date", "owner_ref", "lifecycle", "created_at",
    "updated_at", "last_activity",
)  # fmt: skip
ANSWER = ("decision", "survivor", "note", "by")
LEFT, RIGHT = "A: ", "B: "
UNIT = "\x1f"


def questions(matching: Matching, frame: pl.DataFrame, *, key: bytes = b"") -> pl.DataFrame:
    """Return one row per doubtful pair, likeliest first.

    Columns: left, right, score, reasons, conflict, then each shown field of both sides (`A: `, `B: `), the empty
    answer columns, and `seen`, the keyed hash of the values shown.
    """
    asked = matching.pairs.filter(pl.col("band") == REVIEW)
    fields = [name for name in SHOWN if name in frame.columns]
    used = [name for name in fields if frame[name].null_count() < frame.height]
    sides = frame.select(RECORD, *used)
    rows = asked.join(_named(sides, LEFT, "left"), on="left", how="inner")
    rows = rows.join(_named(sides, RIGHT, "right"), on="right", how="inner")
    rows = rows.sort(["probability", "left", "right"], descending=[True, False, False])
    shown = [f"{side}{name}" for name in used for side in (LEFT, RIGHT)]
    empty = [pl.lit(None, pl.String).alias(name) for name in ANSWER]
    return rows.select(
        "left", "right", pl.col("probability").round(3).alias("score"), "reasons", pl.col("veto").alias("conflict"),
        *shown, *empty, _seen(rows, shown, key),
    )  # fmt: skip


def seen_now(pairs: pl.DataFrame, frame: pl.DataFrame, *, key: bytes = b"") -> pl.DataFrame:
    """Return (left, right, seen) for pairs, to compare with what a reviewer saw."""
    matching = Matching(_as_asked(pairs), pl.DataFrame(), pl.DataFrame())
    return questions(matching, frame, key=key).select("left", "right", "seen")


def _as_asked(pairs: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    return pairs.select("left", "right", probability=pl.lit(0.0), band=pl.lit(REVIEW), reasons=nothing, veto=nothing)


def _named(sides: pl.DataFrame, prefix: str, side: str) -> pl.DataFrame:
    return sides.rename({name: side if name == RECORD else f"{prefix}{name}" for name in sides.columns})


def _seen(rows: pl.DataFrame, shown: list[str], key: bytes) -> pl.Series:
    """Hash the sides one after the other; only the doubtful pairs come here, so single values are few."""
    text = rows.select(
        pl.concat_str([pl.col(name).fill_null("") for name in sorted(shown)] or [pl.lit("")], separator=UNIT)
    )
    return pl.Series("seen", [fingerprint(key, values) for values in text.to_series()], dtype=pl.String)
