"""Workbooks for people: frozen header, filters, nothing that runs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from zipfile import ZipFile

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from crmclean.files.guards import guard_texts
from crmclean.files.workbook_forms import Form, form, write_book
from crmclean.files.workbook_rows import rows_of
from crmclean.workspace.atomic import replacing

_ROWS = 1_048_575  # rows below the header that Excel has
_WIDEST = 60  # letters of a column on screen
_LOOKED_AT = 200  # rows by which a column's width is chosen
_NEVER = datetime(2000, 1, 1)  # noqa: DTZ001 - equal contents must give equal bytes, and the format has no zone
# Excel shows both in the locale of whoever opens the file: 1,234.50 and 3/31/2026 in the US, 1.234,50 and 31.03.2026 in
# Germany. 14 is its own number of the short date.
_FORMATS = {"header": {"bold": True}, "day": {"num_format": 14}, "amount": {"num_format": "#,##0.00##"}}
Choices = Mapping[str, Sequence[str]]  # column -> what a person chooses from


def write_xlsx(path: Path, sheets: Mapping[str, pl.DataFrame], choices: Mapping[str, Choices] | None = None) -> None:
    """Write a workbook with one sheet per frame, cells guarded; texts longer than a cell are cut.

    choices: sheet -> column -> the options of its drop-down.

    Raises:
        InputError: the file cannot be written, or is open in Excel.
    """
    pages = list(_pages(sheets))
    rows = [(page.height, rows_of(page, pl.int_range(2, pl.len() + 2)).str.join("").item()) for _, page in pages]
    with replacing(path) as part:
        write_book(part, form_of(pages, choices or {}), rows)


def form_of(pages: Iterable[tuple[str, pl.DataFrame]], choices: Mapping[str, Choices] = MappingProxyType({})) -> Form:
    """Return a workbook with headers and widths of frames, and in place of their rows one without values.

    It has a cell for each column whose cells have a format. choices: see write_xlsx.
    """
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        formats = _formats(book)
        for name, frame in pages:
            sheet = book.add_worksheet(name)
            _head(sheet, guard_texts(frame.head(_LOOKED_AT)), formats)
            for place, dtype in enumerate(frame.dtypes):
                sheet.write_blank(1, place, None, _format(dtype, formats))
            _offer(sheet, frame, choices.get(name, {}))
    with ZipFile(file) as parts:
        return form({part.filename: parts.read(part) for part in parts.infolist()})


def _formats(book: Workbook) -> Mapping[str, Format]:
    book.set_properties({"created": _NEVER})
    return {name: book.add_format(told) for name, told in _FORMATS.items()}


def _pages(sheets: Mapping[str, pl.DataFrame]) -> Iterable[tuple[str, pl.DataFrame]]:
    """Cut frames that are longer than a sheet into several, and names to what Excel allows (31 letters)."""
    for name, frame in sheets.items():
        plain = "".join("_" if letter in "[]:*?/\\" else letter for letter in name)[:28]
        for number, start in enumerate(range(0, max(frame.height, 1), _ROWS), start=1):
            yield (plain if number == 1 else f"{plain} {number}"), frame.slice(start, _ROWS)


def _head(sheet: Worksheet, frame: pl.DataFrame, formats: Mapping[str, Format]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, 1, max(frame.width - 1, 0))
    for place, (name, width) in enumerate(zip(frame.columns, _widths(frame), strict=True)):
        sheet.write_string(0, place, name, formats["header"])
        sheet.set_column(place, place, width)


def _format(dtype: pl.DataType, formats: Mapping[str, Format]) -> Format | None:
    if dtype == pl.Date:
        return formats["day"]
    return formats["amount"] if dtype.is_numeric() and not dtype.is_integer() else None


def _offer(sheet: Worksheet, frame: pl.DataFrame, choices: Choices) -> None:
    for column, options in choices.items():
        place = frame.columns.index(column)
        told = {"validate": "list", "source": list(options), "ignore_blank": True}
        sheet.data_validation(1, place, max(frame.height, 1), place, told)


def _widths(frame: pl.DataFrame) -> list[int]:
    longest = frame.head(_LOOKED_AT).select(pl.all().cast(pl.String).str.len_chars().max())
    lengths = longest.row(0) if frame.width else ()
    return [
        min(max(len(name), length or 0, 6) + 2, _WIDEST) for name, length in zip(frame.columns, lengths, strict=True)
    ]
