"""Many workbooks of one form, such as one for each owner: the library makes the form once, and only rows are added.

A workbook costs the library milliseconds whatever stands in it, and a large CRM has a thousand owners.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import polars as pl
import polars.selectors as cs

from crmclean.files.guards import guard_texts
from crmclean.files.spreadsheets import LETTERS, write_form

_WRITTEN = (1980, 1, 31, 0, 0, 0)  # equal contents must give equal bytes; the day that the library uses
_LEVEL = 1  # of compression: a third of the time, and files a fifth larger
_CONTROLS = [chr(code) for code in (*range(9), *range(11, 32), 0xFFFE, 0xFFFF)]
_SPECIAL = [*"&<>", *_CONTROLS]
_WRITTEN_AS = ["&amp;", "&lt;", "&gt;", *(f"_x{ord(letter):04X}_" for letter in _CONTROLS)]
_BOOK = "xl/workbook.xml"
_BLANK = re.compile(r'<row r="2".*?(?:/>|</row>)(?=</sheetData>)|(?=</sheetData>)')  # the row without values
_STYLE = re.compile(r'r="([A-Z]+)2" s="(\d+)"')
_MARK = "\x01"  # where the number of a style goes, which the form knows; no text holds it after escaping
_RANGE = re.compile(r'ref="A1(?::([A-Z]+)[12])?"')  # of one cell where there is one column
_FILTER = re.compile(r'(localSheetId="(\d+)" hidden="1">[^<]*\$[A-Z]+\$)2<')
_FIRST_DAY = date(1899, 12, 30)  # of Excel's calendar

Rows = Mapping[str, tuple[int, str]]  # workbook -> number of rows, and their XML


def write_xlsx_series(folder: Path, key: str, sheets: Mapping[str, pl.DataFrame]) -> None:
    """Write `<key>.xlsx` for every value of the column `key`, with a sheet for each frame that has rows of it.

    Cells are guarded as in write_xlsx. folder: one that is not yet in its place (workspace.atomic.replacing_folder).
    """
    rows = {name: _rows(frame, key) for name, frame in sheets.items()}
    forms: dict[tuple[str, ...], Mapping[str, bytes]] = {}
    for book in sorted({each for own in rows.values() for each in own}):
        names = tuple(name for name in sheets if book in rows[name])
        if names not in forms:
            forms[names] = _form({name: sheets[name].drop(key) for name in names})
        _write(folder / f"{book}.xlsx", forms[names], [rows[name][book] for name in names])


def _form(sheets: Mapping[str, pl.DataFrame]) -> Mapping[str, bytes]:
    """Return the parts of a workbook with header and widths, but without rows."""
    empty = BytesIO()
    write_form(empty, sheets)
    with ZipFile(empty) as parts:
        return {part.filename: parts.read(part) for part in parts.infolist()}


def _write(path: Path, form: Mapping[str, bytes], rows: list[tuple[int, str]]) -> None:
    sheets = {f"xl/worksheets/sheet{place}.xml": own for place, own in enumerate(rows, start=1)}
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for name, part in form.items():
            info = ZipInfo(name, _WRITTEN)
            info.compress_type, info.create_system = ZIP_DEFLATED, 0
            book.writestr(info, _filled(part, *sheets[name]) if name in sheets else _named(name, part, rows))
    path.chmod(0o600)


def _filled(part: bytes, count: int, rows: str) -> str:
    """Put rows in place of the one without values."""
    text = part.decode()
    for letters, style in _STYLE.findall(text):
        rows = rows.replace(f"{_MARK}{letters}{_MARK}", style)
    text = _BLANK.sub(lambda _: rows, text, count=1)
    return _RANGE.sub(lambda found: f'ref="A1:{found[1] or "A"}{count + 1}"', text)


def _named(name: str, part: bytes, rows: list[tuple[int, str]]) -> bytes | str:
    """Put the last row into the ranges that the workbook names for its filters."""
    if name != _BOOK:
        return part
    return _FILTER.sub(lambda found: f"{found[1]}{rows[int(found[2])][0] + 1}<", part.decode())


def _rows(frame: pl.DataFrame, key: str) -> Rows:
    """Return every workbook's rows of one sheet."""
    texts = guard_texts(frame.drop(key)).with_columns(
        (~(cs.numeric() | cs.date())).cast(pl.String).str.slice(0, LETTERS)
    )
    numbered = texts.with_columns(frame[key], _row=(pl.int_range(2, pl.len() + 2).over(frame[key])).cast(pl.String))
    cells = [_cell(column, _letters(place)) for place, column in enumerate(texts.get_columns())]
    line = pl.concat_str(pl.lit('<row r="'), "_row", pl.lit('">'), *cells, pl.lit("</row>"))
    books = numbered.group_by(key, maintain_order=True).agg(pl.len(), line.str.join("").alias("rows"))
    return {book: (count, rows) for book, count, rows in books.iter_rows()}


def _cell(column: pl.Series, letters: str) -> pl.Expr:
    start, value = pl.concat_str(pl.lit(f'<c r="{letters}'), "_row"), pl.col(column.name)
    if not (column.dtype.is_numeric() or column.dtype == pl.Date):
        opened, closed = pl.lit('" t="inlineStr"><is><t xml:space="preserve">'), pl.lit("</t></is></c>")
        return pl.concat_str(start, opened, _escaped(value), closed).fill_null("")
    number = (value - _FIRST_DAY).dt.total_days() if column.dtype == pl.Date else value
    style = "" if column.dtype.is_integer() else f' s="{_MARK}{letters}{_MARK}"'
    cell = pl.concat_str(start, pl.lit(f'"{style}><v>'), number.cast(pl.String), pl.lit("</v></c>"))
    return cell.fill_null("")


def _escaped(text: pl.Expr) -> pl.Expr:
    """Write what XML cannot hold as Excel does, _x000D_, and what looks like that as a text."""
    return text.str.replace_all(r"_x([0-9a-fA-F]{4}_)", "_x005F_x${1}").str.replace_many(_SPECIAL, _WRITTEN_AS)


def _letters(place: int) -> str:
    """Return the name of a column by its number from 0."""
    return "".join(reversed(list(_backwards(place))))


def _backwards(place: int) -> Iterator[str]:
    while place >= 0:
        yield chr(ord("A") + place % 26)
        place = place // 26 - 1
