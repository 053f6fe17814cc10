"""Rows put into the form of a workbook: its parts with header, widths and formats, and one row without values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from crmclean.files.workbook_rows import MARK

_WRITTEN = (1980, 1, 31, 0, 0, 0)  # equal contents must give equal bytes; the day that the library uses
_LEVEL = 1  # of compression: a third of the time, and files a fifth larger
_BOOK, _SHEETS = "xl/workbook.xml", "xl/worksheets/sheet"
_BLANK = re.compile(r'<row r="2".*?(?:/>|</row>)(?=</sheetData>)|(?=</sheetData>)')  # the row without values
_STYLE = re.compile(r'r="([A-Z]+)2" s="(\d+)"')
_RANGE = re.compile(r'ref="A1(?::([A-Z]+)[12])?"')  # of one cell where there is one column
_FILTER = re.compile(r'(localSheetId="(\d+)" hidden="1">[^<]*\$[A-Z]+\$)2<')

Rows = tuple[int, str]  # number of rows, and their XML


@dataclass(frozen=True)
class Form:
    """A workbook without rows. stem: one of the parts that no rows change. rest: the other parts' XML, by name."""

    stem: bytes
    rest: Mapping[str, str]


def form(parts: Mapping[str, bytes]) -> Form:
    """Return the form of a workbook. parts: name -> XML, with a row without values in each sheet."""
    rest = {name: part.decode() for name, part in parts.items() if name == _BOOK or name.startswith(_SHEETS)}
    stem = BytesIO()
    with ZipFile(stem, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for name, part in parts.items():
            if name not in rest:
                book.writestr(_info(name), part)
    return Form(stem.getvalue(), rest)


def write_book(path: Path, form: Form, rows: Sequence[Rows]) -> None:
    """Write a workbook of a form, with the rows of each sheet; what no rows change was compressed once and for all."""
    sheets = {f"{_SHEETS}{place}.xml": own for place, own in enumerate(rows, start=1)}
    whole = BytesIO(form.stem)
    with ZipFile(whole, "a", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for name, part in form.rest.items():
            book.writestr(_info(name), _filled(part, *sheets[name]) if name in sheets else _named(part, rows))
    path.write_bytes(whole.getbuffer())


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _WRITTEN)
    info.compress_type, info.create_system = ZIP_DEFLATED, 0
    return info


def _filled(text: str, count: int, rows: str) -> str:
    """Put rows in place of the one without values."""
    for letters, style in _STYLE.findall(text):
        rows = rows.replace(f"{MARK}{letters}{MARK}", style)
    text = _BLANK.sub(lambda _: rows, text, count=1)
    return _RANGE.sub(lambda found: f'ref="A1:{found[1] or "A"}{count + 1}"', text)


def _named(text: str, rows: Sequence[Rows]) -> str:
    """Put the last row into the ranges that the workbook names for its filters."""
    return _FILTER.sub(lambda found: f"{found[1]}{rows[int(found[2])][0] + 1}<", text)
