"""Any file that people export, as a table of text; the format is told from the first bytes, not from the name."""

import re
from dataclasses import replace
from pathlib import Path

from crmclean.files.archives import gunzipped, members, unzipped
from crmclean.files.databases import read_database
from crmclean.files.delimited import read_delimited
from crmclean.files.documents import read_json, read_parquet
from crmclean.files.mailboxes import read_mailbox
from crmclean.files.names_below import without_names_below
from crmclean.files.opening import container_of, opened, refuse, sha256_of
from crmclean.files.parts import is_workbook
from crmclean.files.reading import Reading, ReadOptions
from crmclean.files.vcards import read_vcards
from crmclean.files.workbooks import read_workbook

__all__ = ["ReadOptions", "Reading", "read_table"]

_DETECT = ReadOptions()
_GZIP, _ZIP, _OLE, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_SQLITE = b"SQLite format 3\0"
_MAILBOXES = (".mbox", ".mbx", "")
_LISTS = (".csv", ".tsv", ".txt")
_OBJECT = re.compile(rb'\[?\s*\{\s*"[^"]*"\s*:')  # JSON, even in a file that is called a list
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<?xml")


def read_table(path: Path, options: ReadOptions = _DETECT) -> Reading:
    """Read one table.

    A member of an archive, a sheet of a workbook and a table of a database are named like a file in a folder:
    `exports/WE_1.zip/Account.csv`, `exports/list.xlsx/Sheet2`, `exports/crm.sqlite/contacts`.

    Raises:
        InputError: the file cannot be used; the fault says why and what to do.
    """
    container = container_of(path)
    if container == path:
        with opened(path) as content:
            return _read(path, content, options, path)
    inside = path.relative_to(container).as_posix()
    with opened(container) as content:
        if bytes(content[:4]) != _ZIP or is_workbook(members(container, content)):
            return _read(container, content, replace(options, sheet=inside), container)
        member = unzipped(container, content, inside)
    return _read(path, memoryview(member), options, None)


def _read(path: Path, content: memoryview, options: ReadOptions, source: Path | None) -> Reading:
    head = bytes(content[:512])
    if head.startswith(_GZIP):
        return _read(path.with_suffix(""), memoryview(gunzipped(path, content)), options, None)
    if head.startswith(_ZIP):
        names = members(path, content)
        if not is_workbook(names):
            return _only_member(path, content, names, options)
    if head.startswith((_ZIP, _OLE)):
        return without_names_below(read_workbook(path, content, options, sha256_of(content)), path.name)
    if head.startswith(_PARQUET):
        return read_parquet(path, content, sha256_of(content))
    if head.startswith(_SQLITE) and source:
        return read_database(source, options.sheet, sha256=sha256_of(content), size=len(content))
    return _read_text(path, content, options, source)


def _read_text(path: Path, content: memoryview, options: ReadOptions, source: Path | None) -> Reading:
    start = bytes(content[:512]).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.lower().startswith(_MARKUP):
        hint = "open it in a spreadsheet and save it as CSV or XLSX"
        raise refuse(path, "is a web page (HTML or XML), whatever its name says", hint, "file.html")
    if start[:1] in (b"[", b"{") and (path.suffix.lower() not in _LISTS or _OBJECT.match(start)):
        return read_json(path, content, sha256_of(content))
    if start[:11].upper() == b"BEGIN:VCARD":
        return read_vcards(path, content)
    if start.startswith(b"From ") and path.suffix.lower() in _MAILBOXES:
        return read_mailbox(content, sha256_of(content))
    return without_names_below(read_delimited(path, content, options, source), path.name)


def _only_member(path: Path, content: memoryview, names: tuple[str, ...], options: ReadOptions) -> Reading:
    if len(names) != 1:
        hint = f"name one of them, such as {path.name}/{names[0]}" if names else "export it again"
        raise refuse(path, f"is an archive of {len(names)} files", hint, "file.archive")
    return _read(path / names[0], memoryview(unzipped(path, content, names[0])), options, None)
