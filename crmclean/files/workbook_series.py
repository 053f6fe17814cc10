"""Many workbooks of one form, such as one for each owner: the library makes the form once, and only rows are added.

A workbook costs the library milliseconds whatever stands in it, and a large CRM has a thousand owners.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from crmclean.files.spreadsheets import form_of
from crmclean.files.workbook_forms import Form, Rows, write_book
from crmclean.files.workbook_rows import rows_of


def write_xlsx_series(folder: Path, key: str, sheets: Mapping[str, pl.DataFrame]) -> None:
    """Write `<key>.xlsx` for every value of the column `key`, with a sheet for each frame that has rows of it.

    Cells are guarded as in write_xlsx. folder: one that is not yet in its place (workspace.atomic.replacing_folder).
    """
    rows = {name: _rows(frame, key) for name, frame in sheets.items()}
    forms: dict[tuple[str, ...], Form] = {}
    for book in sorted({each for own in rows.values() for each in own}):
        names = tuple(name for name in sheets if book in rows[name])
        if names not in forms:
            forms[names] = form_of([(name, sheets[name].drop(key)) for name in names])
        path = folder / f"{book}.xlsx"
        write_book(path, forms[names], [rows[name][book] for name in names])
        path.chmod(0o600)


def _rows(frame: pl.DataFrame, key: str) -> Mapping[str, Rows]:
    """Return every workbook's rows of one sheet."""
    number = pl.int_range(2, pl.len() + 2).over(frame[key])
    rows = pl.DataFrame([frame[key], rows_of(frame.drop(key), number)])
    books = rows.group_by(key, maintain_order=True).agg(pl.len(), pl.col("rows").str.join(""))
    return {book: (count, text) for book, count, text in books.iter_rows()}
