"""What is true about the mess: which record is whom, and what each planted fault must become."""

from collections.abc import Iterable

import polars as pl

from crmclean.samples.mess import day
from crmclean.samples.vocabulary import FILLER_EMAILS, FILLER_PHONES
from crmclean.samples.world import AS_OF

FAULTS = ("fault", "object", "file", "row", "id", "field", "phase", "check", "value")
_ROW = pl.int_range(2, pl.len() + 2).alias("row")  # as a spreadsheet shows it: the header is 1


def contact_truth(crm: pl.DataFrame, mailing: pl.DataFrame, list_file: str) -> pl.DataFrame:
    """Return file, row, id (empty on the list), entity (the person) and the day of the last engagement."""
    parts = [
        crm.select(pl.lit("Contact.csv").alias("file"), _ROW, pl.col("contact_id").alias("id"), "person", "engaged"),
        mailing.select(
            pl.lit(list_file).alias("file"), _ROW, pl.lit(None, dtype=pl.String).alias("id"), "person", "engaged"
        ),
    ]
    engaged = day(pl.col("engaged"), pl.lit(AS_OF)).alias("engaged")
    return pl.concat(parts).select("file", "row", "id", pl.format("P{}", "person").alias("entity"), engaged)


def company_truth(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return file, row, id and entity of every account."""
    return accounts.select(
        pl.lit("Account.csv").alias("file"),
        _ROW,
        pl.col("account_id").alias("id"),
        pl.format("C{}", "company").alias("entity"),
    )


def planted_faults(crm: pl.DataFrame, mailing: pl.DataFrame, list_file: str) -> pl.DataFrame:
    """Return one line per planted fault: where it stands, and the check that says what must become of it."""
    on_crm = crm.with_columns(pl.lit("Contact.csv").alias("file"), _ROW, pl.col("contact_id").alias("id"))
    on_list = mailing.with_columns(pl.lit(list_file).alias("file"), _ROW, pl.lit(None, dtype=pl.String).alias("id"))
    lines = [
        _lines(on_crm.filter("deleted"), "deleted-at-source", None, "load", "outcome", "excluded"),
        _lines(
            on_crm.filter(~pl.col("id").is_first_distinct()), "id-twice", "source_id", "load", "record-suffix", "~2"
        ),
        _lines(
            on_crm.filter("orphaned"), "company-not-exported", "company_ref", "load", "finding", "ref.parent-missing"
        ),
        *_fillers((on_crm, on_list), "mailbox", "email", FILLER_EMAILS),
        *_fillers((on_crm, on_list), "telephone", "phone", FILLER_PHONES),
    ]
    return pl.concat(lines)


def _fillers(frames: Iterable[pl.DataFrame], column: str, field: str, words: tuple[str, ...]) -> Iterable[pl.DataFrame]:
    for frame in frames:
        yield _lines(frame.filter(pl.col(column).is_in(words)), f"filler-{field}", field, "normalize", "empty", None)


def _lines(
    frame: pl.DataFrame, fault: str, field: str | None, phase: str, check: str, value: str | None
) -> pl.DataFrame:
    constants = {"fault": fault, "object": "contacts", "field": field, "phase": phase, "check": check, "value": value}
    return frame.with_columns(pl.lit(text, dtype=pl.String).alias(name) for name, text in constants.items()).select(
        FAULTS
    )
