"""What is inside archives, workbooks and databases, by the names under which `read_table` reads it."""

import re
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path

import fastexcel

from crmclean.errors import InputError
from crmclean.files.archives import members, unzipped
from crmclean.files.databases import table_names
from crmclean.files.opening import opened

_ZIP, _OLE, _SQLITE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3\0"
_LIST = "xl/workbook.xml"
_SHEET = re.compile(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"[^>]*>')
_WORKBOOK = (_LIST, "xl/workbook.bin", "content.xml")


def is_workbook(names: tuple[str, ...]) -> bool:
    """Whether the members of an archive are those of an XLSX, XLSB or ODS workbook."""
    return any(name in names for name in _WORKBOOK)


def parts_of(path: Path) -> tuple[str, ...]:
    """Return the members, visible sheets or tables in a file; none where it is one table, or cannot be opened."""
    try:
        with opened(path) as content:
            head = bytes(content[:16])
            if head.startswith(_ZIP):
                names = members(path, content)
                return _visible(path, content, names) if is_workbook(names) else names
            if head.startswith(_OLE):
                return _sheets(bytes(content))
        return _tables(path) if head == _SQLITE else ()
    except InputError:
        return ()


def _visible(path: Path, content: memoryview, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sheets of a workbook that people see; only XLSX tells without reading all of it."""
    if _LIST not in names:
        return _sheets(bytes(content))
    text = unzipped(path, content, _LIST).decode("utf-8", "replace")
    return tuple(unescape(found[1]) for found in _SHEET.finditer(text) if 'idden"' not in found[0])


def _sheets(content: bytes) -> tuple[str, ...]:
    try:
        return tuple(fastexcel.read_excel(content).sheet_names)
    except fastexcel.FastExcelError:
        return ()


def _tables(path: Path) -> tuple[str, ...]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            return table_names(base)
    except sqlite3.Error:
        return ()
