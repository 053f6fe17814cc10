"""Rows put into the form of a workbook: its parts with header, widths and formats, and one row without values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
class Sheet:
    """A worksheet's XML before and after its rows. styles: the mark of a style in rows -> its number."""

    before: str
    after: str
    styles: Mapping[str, str]


@dataclass(frozen=True)
class Form:
    """A workbook without rows: the parts that no rows change as a ZIP file, its list of sheets, and the sheets.

    stems: the ZIP file with the list of sheets for numbers of rows that came up.
    """

    stem: bytes
    book: str
    sheets: Mapping[str, Sheet]
    stems: dict[tuple[int, ...], bytes] = field(default_factory=dict, compare=False)


def form(parts: Mapping[str, bytes]) -> Form:
    """Return the form of a workbook. parts: name -> XML, with a row without values in each sheet."""
    sheets = {name: _sheet(part.decode()) for name, part in parts.items() if name.startswith(_SHEETS)}
    stem = {name: part for name, part in parts.items() if name != _BOOK and name not in sheets}
    return Form(_zipped(b"", stem), parts[_BOOK].decode(), dict(sorted(sheets.items(), key=_number)))


def write_book(path: Path, form: Form, rows: Sequence[Rows]) -> None:
    """Write a workbook of a form, with the rows of each sheet; what no rows change was compressed once and for all."""
    counts = tuple(count for count, _ in rows)
    if counts not in form.stems:
        form.stems[counts] = _zipped(form.stem, {_BOOK: _named(form.book, counts).encode()})
    sheets = zip(form.sheets.items(), rows, strict=True)
    path.write_bytes(_zipped(form.stems[counts], {name: _filled(sheet, *own) for (name, sheet), own in sheets}))


def _number(named: tuple[str, Sheet]) -> int:
    return int(named[0].removeprefix(_SHEETS).removesuffix(".xml"))


def _zipped(stem: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Return a ZIP file with more parts."""
    whole = BytesIO(stem)
    with ZipFile(whole, "a", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for name, part in parts.items():
            book.writestr(_info(name), part)
    return whole.getvalue()


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _WRITTEN)
    info.compress_type, info.create_system = ZIP_DEFLATED, 0
    return info


def _sheet(text: str) -> Sheet:
    blank = _BLANK.search(text)
    if blank is None:
        raise AssertionError(text)
    styles = {f"{MARK}{letters}{MARK}": style for letters, style in _STYLE.findall(blank[0])}
    return Sheet(text[: blank.start()], text[blank.end() :], styles)


def _filled(sheet: Sheet, count: int, rows: str) -> bytes:
    """Put rows in place of the one without values."""
    for mark, style in sheet.styles.items():
        rows = rows.replace(mark, style)
    before, after = (
        _RANGE.sub(lambda found: f'ref="A1:{found[1] or "A"}{count + 1}"', part) for part in (sheet.before, sheet.after)
    )
    return f"{before}{rows}{after}".encode()


def _named(text: str, counts: Sequence[int]) -> str:
    """Put the last row into the ranges that the workbook names for its filters."""
    return _FILTER.sub(lambda found: f"{found[1]}{counts[int(found[2])] + 1}<", text)
