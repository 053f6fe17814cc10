"""What people say of the records of the spot check: kept by record id with a keyed hash of what they saw, no value."""

import hashlib
import hmac
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.files.tables import empty, write_csv

OK, WRONG = "ok", "wrong"
WORDS = (OK, WRONG)
VERDICTS = dict.fromkeys(("record", "verdict", "fields", "note", "by", "at", "seen"), "text")
_SHOWN = ("target_object", "target_field", "before", "cleaned", "after")
_DIGITS = 16
_UNIT = "\x1f"


def read_verdicts(path: Path) -> pl.DataFrame:
    """Return the verdicts (VERDICTS), the last one of each record; none where the file is missing.

    Raises:
        InputError: the file cannot be read, or lacks a column.
    """
    if not path.is_file():
        return empty(VERDICTS)
    try:
        told = pl.read_csv(path, infer_schema=False).select(list(VERDICTS))
    except pl.exceptions.PolarsError as error:
        hint = f"restore it from version control; its columns are {', '.join(VERDICTS)}"
        raise InputError(Fault(str(path), "cannot be read", hint, "spot-check.unreadable")) from error
    return _last(told)


def write_verdicts(path: Path, known: pl.DataFrame, fresh: pl.DataFrame) -> None:
    """Add verdicts; a later one on the same record replaces the earlier one."""
    write_csv(_last(pl.concat([known, fresh.select(list(VERDICTS))])), path)


def _last(told: pl.DataFrame) -> pl.DataFrame:
    ordered = told.sort("at", nulls_last=False, maintain_order=True)
    return ordered.unique("record", keep="last", maintain_order=True).sort("record")


def with_verdicts(sheet: pl.DataFrame, verdicts: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Fill in `seen` of every record, and what a person said of it before; a verdict on other values is open again.

    sheet: pipeline.spotcheck.SPOT_CHECK.
    """
    seen = _seen(sheet, key)
    told = verdicts.join(seen, on="record", suffix="_now")
    fresh = pl.col("seen") == pl.col("seen_now")
    words = pl.format("{} by {} on {}", "verdict", "by", pl.col("at").str.slice(0, 10))
    again = pl.when(fresh).then(words).otherwise(pl.format("open again, as values changed; was {}", words))
    said = told.select("record", again.alias("said_before"))
    bare = sheet.drop("said_before", "seen")
    wide = bare.join(said, on="record", how="left", maintain_order="left")
    return wide.join(seen, on="record", how="left", maintain_order="left").select(sheet.columns)


def _seen(sheet: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return record and the keyed hash of all that is shown of it."""
    cells = pl.concat_str([pl.col(name).fill_null("") for name in _SHOWN], separator=_UNIT)
    texts = sheet.group_by("record", maintain_order=True).agg(cells.sort().str.join(_UNIT).alias("text"))
    hashes = [hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS] for text in texts["text"]]
    return texts.select("record", pl.Series("seen", hashes, dtype=pl.String))


def standing(sheet: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts on values that are still the same. sheet: as with_verdicts filled it in."""
    return verdicts.join(sheet.select("record", "seen").unique(), on=["record", "seen"], how="semi")


def told_in(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts that a filled-in sheet holds (VERDICTS, without by and at): one per record.

    A record is wrong where any of its cells is; `fields` are the target's fields of these rows.
    """
    wrong = pl.col("verdict") == WRONG
    judged = rows.filter(pl.col("verdict").is_not_null()).group_by("record").agg(
        verdict=pl.when(wrong.any()).then(pl.lit(WRONG)).otherwise(pl.lit(OK)),
        fields=pl.col("target_field").filter(wrong).sort().str.join("; "),
        note=pl.col("note").drop_nulls().unique(maintain_order=True).str.join("; "),
        seen=pl.col("seen").first(),
    )  # fmt: skip
    texts = [pl.col(name).replace("", None) for name in ("fields", "note")]
    return judged.with_columns(texts).cast(dict.fromkeys(judged.columns, pl.String)).sort("record")
