"""Findings for people: findings.csv and findings.xlsx, the worst first, by file and row of the original export.

No cell value of a record stands in them.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from crmclean.files.guards import guard_texts
from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.records import Severity
from crmclean.values.codes import CODES
from crmclean.values.cures import cure

CSV, WORKBOOK = "findings.csv", "findings.xlsx"
_WORST_FIRST = tuple(severity.value for severity in Severity)
_SHEET = 10_000  # rows that a person can do something with; the CSV has all
_MEANINGS: Mapping[str, str] = {name: code.meaning for name, code in CODES.items()}


def listed(findings: pl.LazyFrame) -> pl.DataFrame:
    """Return severity, file, row, object, field, code, meaning, check and record of every finding, sorted."""
    rank = pl.col("severity").replace_strict({name: place for place, name in enumerate(_WORST_FIRST)}, default=9)
    ordered = findings.sort(rank, "file", "row", "code", "field", "record", nulls_last=True)
    meaning = pl.col("code").replace_strict(_MEANINGS, default=None, return_dtype=pl.String)
    return ordered.select(
        "severity", "file", "row", "object", "field", "code", meaning.alias("meaning"), "check", "record"
    ).collect()


def write_findings(findings: pl.DataFrame, folder: Path) -> None:
    """Write findings (see `listed`) as guarded CSV, and the first ones with sums by code and file as a workbook.

    Raises:
        InputError: the folder cannot be written to.
    """
    write_csv(guard_texts(findings), folder / CSV)
    write_xlsx(folder / WORKBOOK, {"Findings": findings.head(_SHEET), "By code and file": _sums(findings)})


def _sums(findings: pl.DataFrame) -> pl.DataFrame:
    keys = ["severity", "code", "meaning", "object", "field", "file"]
    sums = findings.group_by(keys, maintain_order=True).agg(
        pl.len().alias("findings"), pl.col("row").min().alias("first row")
    )
    codes = sums["code"].unique().drop_nulls()
    cures = {name: cure(name, CODES[name]) for name in codes if name in CODES}
    return sums.with_columns(
        pl.col("code").replace_strict(cures, default=None, return_dtype=pl.String).alias("what to do")
    ).head(_SHEET)
