"""What an XLSX says of its cells beside their values: numbers shown with leading zeros, and formulas never calculated.

A ZIP code typed as 02138 is the number 2138 in the format `00000`; its zeros stand in the format alone. A formula that
a program wrote, and that no spreadsheet has calculated since, has no value.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import polars as pl

from crmclean.files.archives import members, unzipped, unzipped_blocks
from crmclean.files.bounds import column_number

_BOOK, _LINKS, _STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
_FORMAT = re.compile(r'<(?:\w+:)?numFmt\b[^>]*?\bnumFmtId="(\d+)"[^>]*?\bformatCode="([^"]*)"')
_CELL_FORMATS = re.compile(r"(?s)<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>")
_CELL_FORMAT = re.compile(r'<(?:\w+:)?xf\b[^>]*?\bnumFmtId="(\d+)"')
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_LINK = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_NAME, _TARGET = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bTarget="([^"]*)"')
_ID = re.compile(r'(?:\w+:id|\bId)="([^"]*)"')
_ASIDE = re.compile(r'\[(?!<|>|=)[^\]]*\]|"[^"]*"|\\[A-Za-z]|_.|\*.')  # colors, texts and blanks in a format
_PICTURE = re.compile(r"\(?0[0 \-()]*0")  # digits that are always shown
_TAG = rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"'
_FIRST = re.compile(rb'<(?:\w+:)?row\b[^>]*>(?:<(?:\w+:)?c [^>]*/>)*<(?:\w+:)?c r="([A-Z]{1,3})\d')
_FORMULA = rb"<(?:\w+:)?f(?: [^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
_BLANK = re.compile(_TAG + rb"(?![^>]* t=)[^>]*>" + _FORMULA + rb"(?:<(?:\w+:)?v ?/>|<(?:\w+:)?v></(?:\w+:)?v>)?</")
_VALUE = rb"<(?:\w+:)?v>(\d+)(?:\.0)?</"


@dataclass
class Marks:
    """Marks of one sheet; columns and rows are counted from 0, columns from the first that holds anything.

    shown: column -> row -> the number, and how it is shown. blank: column -> rows of formulas without a value.
    """

    shown: dict[int, dict[int, tuple[str, str]]] = field(default_factory=dict)
    blank: dict[int, list[int]] = field(default_factory=dict)

    def applied(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Return the cells of the sheet with numbers as they are shown."""
        return cells.with_columns(self._column(cells, place, rows) for place, rows in sorted(self.shown.items()))

    def _column(self, cells: pl.DataFrame, place: int, rows: Mapping[int, tuple[str, str]]) -> pl.Series:
        column = cells.to_series(place)
        told = [(row, text) for row, (number, text) in rows.items() if row < len(column) and column[row] == number]
        return column.scatter([row for row, _ in told], [text for _, text in told])


def marks(path: Path, content: memoryview, sheet: str, formulas: Container[str]) -> Marks:
    """Return the marks of a sheet of a zipped workbook; none where it is no XLSX. formulas: members that have some.

    Raises:
        InputError: it is damaged.
    """
    names = members(path, content)
    member = _member(path, content, sheet) if {_BOOK, _LINKS} <= set(names) else None
    if member not in names:
        return Marks()
    pictures = _pictures(unzipped(path, content, _STYLES).decode("utf-8", "replace")) if _STYLES in names else {}
    if not pictures and member not in formulas:
        return Marks()
    return _told(_pieces(unzipped_blocks(path, content, str(member))), pictures)


def _told(pieces: Iterable[bytes], pictures: Mapping[int, str]) -> Marks:
    """Look for the marks in pieces of a sheet. pictures: number of a cell format -> its digits."""
    found = Marks()
    columns: set[bytes] = set()  # of the first cells of rows that hold something
    styles = "|".join(map(str, pictures)).encode()
    padded = re.compile(_TAG + rb' s="(' + styles + rb')"(?: t="n")?>(?:' + _FORMULA + rb")?" + _VALUE)
    for piece in pieces:
        columns.update(_FIRST.findall(piece))
        for letters, row, style, digits in padded.findall(piece) if pictures else ():
            number = digits.decode()
            shown = found.shown.setdefault(column_number(letters) - 1, {})
            shown[int(row) - 1] = (number, _as_shown(number, pictures[int(style)]))
        for letters, row in _BLANK.findall(piece):
            found.blank.setdefault(column_number(letters) - 1, []).append(int(row) - 1)
    first = min(map(column_number, columns), default=1) - 1
    return Marks(
        {column - first: rows for column, rows in found.shown.items()},
        {column - first: rows for column, rows in found.blank.items()},
    )


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a sheet before a cell, so that no cell lies in two pieces."""
    rest = b""
    for block in blocks:
        text = rest + block
        cut = text.rfind(b"<", 0, max(text.rfind(b"<c "), text.rfind(b":c ")) + 1)
        yield text[: max(cut, 0)]
        rest = text[max(cut, 0) :]
    yield rest


def _member(path: Path, content: memoryview, sheet: str) -> str | None:
    """Return the file inside the workbook that holds a sheet."""
    book, links = (unzipped(path, content, name).decode("utf-8", "replace") for name in (_BOOK, _LINKS))
    ids = {unescape(name): link for name, link in map(_name, _SHEET.findall(book))}
    targets = {link: target for target, link in map(_target, _LINK.findall(links))}
    target = targets.get(ids.get(sheet, ""))
    return (target.removeprefix("/") if target.startswith("/") else f"xl/{target}") if target else None


def _name(tag: str) -> tuple[str, str]:
    return _pair(tag, _NAME)


def _target(tag: str) -> tuple[str, str]:
    return _pair(tag, _TARGET)


def _pair(tag: str, attribute: re.Pattern[str]) -> tuple[str, str]:
    """Return an attribute of a tag, and the id that it has or links to."""
    value, link = attribute.search(tag), _ID.search(tag)
    return (value[1], link[1]) if value and link else ("", "")


def _pictures(styles: str) -> dict[int, str]:
    """Return number of a cell format -> the digits that it always shows, such as `00000` or `000-00-0000`."""
    formats = {int(number): _digits(unescape(code)) for number, code in _FORMAT.findall(styles)}
    used = _CELL_FORMATS.search(styles)
    numbers = [int(number) for number in _CELL_FORMAT.findall(used[0])] if used else []
    return {style: picture for style, number in enumerate(numbers) if (picture := formats.get(number))}


def _digits(code: str) -> str | None:
    """Return the first section of a number format without texts and colors, where it is digits and nothing else."""
    bare = _ASIDE.sub("", code.split(";", maxsplit=1)[0]).replace("\\", "").strip()
    return bare if _PICTURE.fullmatch(bare) else None


def _as_shown(number: str, picture: str) -> str:
    """Return a number as a format of digits shows it: 2138 as 02138, and 12345678 as 012-34-5678."""
    if len(number) > picture.count("0"):
        return number
    digits = iter(reversed(number.zfill(picture.count("0"))))
    shown = [next(digits) if sign == "0" else sign for sign in reversed(picture)]
    return "".join(reversed(shown))
