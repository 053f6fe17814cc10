"""Doubtful pairs laid out for a person: both sides beside each other, reasons in words, a column for the answer."""

import hashlib
import hmac
from collections.abc import Iterator

import polars as pl

from crmclean.matching.model import PAIR, REOPENED, REVIEW, Matching
from crmclean.matching.ordering import LEAD
from crmclean.records import RECORD

SHOWN = (
    "full_name", "first_name", "middle_name", "last_name", "name", "email", "email_other", "phone", "mobile",
    "phone_home", "title", "company_name", "domain", "website", "street", "city", "region", "postal_code", "country",
    "birthdate", "account_number", "tax_id", "amount", "stage", "close_date", "owner_ref", "lifecycle", "created_at",
    "updated_at", "last_activity",
)  # fmt: skip
# What goes on changing while a person or a company stays the same: shown, but no reason to ask again.
MOVING = ("owner_ref", "lifecycle", "stage", "created_at", "updated_at", "last_activity")
ANSWER = ("decision", "survivor", "note", "by")
LEFT, RIGHT = "A: ", "B: "
CONTACT_STAYS = "a lead and a contact: if they are one, the contact stays"
UNIT = "\x1f"
HASH = 8  # hex digits of the hash of one field


def questions(matching: Matching, frame: pl.DataFrame, reopened: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return one row per doubtful pair: first those that come back (REOPENED), then the likeliest first.

    Columns: left, right, score, reasons, conflict, said_before, then each shown field of both sides (`A: `, `B: `),
    and the empty answer columns.
    """
    asked = matching.pairs.filter(pl.col("band") == REVIEW)
    again = pl.DataFrame(schema=REOPENED) if reopened is None else reopened
    said = again.select(*PAIR, said_before="said")
    rows = beside(asked.join(said, on=PAIR, how="left", maintain_order="left"), frame)
    rows = rows.with_columns(pl.col("said_before").is_null().alias("_first"))
    rows = rows.sort("_first", "probability", *PAIR, descending=[False, True, False, False])
    empty = [pl.lit(None, pl.String).alias(name) for name in ANSWER]
    score = pl.col("probability").round(3).alias("score")
    conflict = pl.col("veto").alias("conflict")
    return rows.select("left", "right", score, _reasons(), conflict, "said_before", *_shown(rows), *empty)


def _reasons() -> pl.Expr:
    """Return the reasons; of a lead and a contact also which of them stays, whatever is picked."""
    lead = [pl.col(side).str.contains(LEAD) for side in PAIR]
    both = pl.when(lead[0] != lead[1]).then(pl.lit(CONTACT_STAYS))
    return pl.concat_str("reasons", both, separator="; ", ignore_nulls=True).alias("reasons")


def beside(pairs: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Put the shown fields of both records beside each pair (left, right, ...)."""
    fields = [name for name in SHOWN if name in frame.columns and frame[name].null_count() < frame.height]
    asked = pl.concat([pairs[side] for side in PAIR])
    sides = frame.lazy().select(RECORD, *fields).filter(pl.col(RECORD).is_in(asked.implode())).collect()
    rows = pairs.join(_named(sides, LEFT, "left"), on="left", how="inner")
    rows = rows.join(_named(sides, RIGHT, "right"), on="right", how="inner")
    return rows.select(*pairs.columns, *(f"{side}{name}" for name in fields for side in (LEFT, RIGHT)))


def seen_in(rows: pl.DataFrame, key: bytes) -> pl.Series:
    """Return `seen`, what rows of both sides show as keyed hashes: `field:hash field:hash`; blanks do not count.

    Only doubtful or decided pairs come here, so hashing one after the other is quick enough.
    """
    fields = sorted({name.removeprefix(LEFT).removeprefix(RIGHT) for name in _shown(rows)} - set(MOVING))
    sides = rows.select(*(f"{side}{name}" for name in fields for side in (LEFT, RIGHT)))
    told = [" ".join(_hashed(fields, row, key)) for row in sides.iter_rows()] if fields else [""] * rows.height
    return pl.Series("seen", told, dtype=pl.String)


def _hashed(fields: list[str], row: tuple[str | None, ...], key: bytes) -> Iterator[str]:
    for place, name in enumerate(fields):
        one, other = row[2 * place], row[2 * place + 1]
        if one is not None or other is not None:
            text = UNIT.join((name, one or "", other or ""))
            yield f"{name}:{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:HASH]}"


def _shown(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if name.startswith((LEFT, RIGHT))]


def _named(sides: pl.DataFrame, prefix: str, side: str) -> pl.DataFrame:
    return sides.rename({name: side if name == RECORD else f"{prefix}{name}" for name in sides.columns})
