"""Rows put into the form of a workbook: its parts with header, widths and formats, and one row without values."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from crmclean.files.workbook_rows import MARK

_WRITTEN = (1980, 1, 31, 0, 0, 0)  # equal contents must give equal bytes; the day that the library uses
_LEVEL = 1  # of compression: a third of the time, and files a fifth larger
_BOOK = "xl/workbook.xml"
_BLANK = re.compile(r'<row r="2".*?(?:/>|</row>)(?=</sheetData>)|(?=</sheetData>)')  # the row without values
_STYLE = re.compile(r'r="([A-Z]+)2" s="(\d+)"')
_RANGE = re.compile(r'ref="A1(?::([A-Z]+)[12])?"')  # of one cell where there is one column
_FILTER = re.compile(r'(localSheetId="(\d+)" hidden="1">[^<]*\$[A-Z]+\$)2<')

Form = Mapping[str, bytes]  # part -> its XML
Rows = tuple[int, str]  # number of rows, and their XML


def write_book(path: Path, form: Form, rows: Sequence[Rows]) -> None:
    """Write a workbook of a form, with the rows of each sheet."""
    sheets = {f"xl/worksheets/sheet{place}.xml": own for place, own in enumerate(rows, start=1)}
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for name, part in form.items():
            info = ZipInfo(name, _WRITTEN)
            info.compress_type, info.create_system = ZIP_DEFLATED, 0
            book.writestr(info, _filled(part, *sheets[name]) if name in sheets else _named(name, part, rows))


def _filled(part: bytes, count: int, rows: str) -> str:
    """Put rows in place of the one without values."""
    text = part.decode()
    for letters, style in _STYLE.findall(text):
        rows = rows.replace(f"{MARK}{letters}{MARK}", style)
    text = _BLANK.sub(lambda _: rows, text, count=1)
    return _RANGE.sub(lambda found: f'ref="A1:{found[1] or "A"}{count + 1}"', text)


def _named(name: str, part: bytes, rows: Sequence[Rows]) -> bytes | str:
    """Put the last row into the ranges that the workbook names for its filters."""
    if name != _BOOK:
        return part
    return _FILTER.sub(lambda found: f"{found[1]}{rows[int(found[2])][0] + 1}<", part.decode())
