"""What reading a file answers, whatever its format."""

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from crmclean.files.dialects import Dialect

REJECTS = pl.Schema({"file": pl.String, "line": pl.Int64, "row": pl.Int64, "reason": pl.String, "raw": pl.String})
REMARKS = pl.Schema({"row": pl.Int64, "code": pl.String})
_SAMPLE = 1000  # rows


@dataclass(frozen=True)
class ReadOptions:
    """What is known beforehand; None: work it out from the content. header_row: 1 is the first row."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header_row: int | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Reading:
    """One table as it stands in a file.

    frame: text columns named `names`, null where a cell is empty, and `_row` (Int64, as a spreadsheet counts).
    header: the original spellings, by position. rejects: rows left out (file, line, row, reason, raw), which no frame
    holds. remarks: rows that were mended (row, code). rows: rows in the frame. size: bytes of the file.
    """

    frame: pl.LazyFrame
    header: tuple[str, ...]
    names: tuple[str, ...]
    dialect: Dialect
    evidence: tuple[str, ...]
    rows: int
    sha256: str
    size: int
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTS))
    remarks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REMARKS))

    @cached_property
    def sample(self) -> pl.DataFrame:
        """The first rows, by which a file is recognised."""
        return self.frame.head(_SAMPLE).collect()
