"""Rows that do not fit the header: padded, trimmed or left out, so that no cell ever shifts into another column.

Short rows are padded; surplus empty cells are trimmed; rows with surplus values are left out and kept as raw text.
What is left out or blank stays in the mended text as an empty line, so that row numbers hold.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from crmclean.files.structure import Structure

SURPLUS = "row.surplus-values"
UNREADABLE = "row.unreadable"
PADDED = "row.padded"
TRIMMED = "row.trimmed"


@dataclass
class Mended:
    """The body of a table as strict CSV in UTF-8, and what was done to it. Numbers count records from 0."""

    body: bytes = b""
    records: int = 0
    dropped: list[int] = field(default_factory=list)
    rejects: list[tuple[int, int, str, str]] = field(default_factory=list)  # record, line from 1, reason, raw text
    remarks: list[tuple[int, str]] = field(default_factory=list)  # record, code

    def fit(self, record: int, line: int, cells: Sequence[str], raw: str, width: int) -> list[str]:
        """Return the cells of a record in `width` cells, or none where it is blank or must be left out."""
        extra = [cell for cell in cells[width:] if cell.strip()]
        if not cells or extra:
            self.dropped.append(record)
            if extra:
                self.rejects.append((record, line, SURPLUS, raw))
            return []
        if len(cells) != width:
            self.remarks.append((record, PADDED if len(cells) < width else TRIMMED))
        return [*cells[:width], *[""] * (width - len(cells))]


def splice(body: memoryview, found: Structure, delimiter: str, quote: str, width: int) -> Mended:
    """Replace the odd records of a strict body and copy everything between them."""
    mended = Mended(records=found.records)
    pieces: list[bytes | memoryview] = []
    done, line, counted = 0, 1, 0
    for record, start, end in zip(found.indexes.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True):
        raw = bytes(body[start:end]).decode("utf-8", "replace").rstrip("\r")
        line += bytes(body[counted:start]).count(b"\n")
        counted = start
        cells = next(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, quotechar=quote), [])
        pieces += [body[done:start], _line(mended.fit(record, line, cells, raw, width), delimiter, quote)]
        done = end
    mended.body = b"".join([*pieces, body[done:]])
    return mended


def rewrite(text: str, delimiter: str, quote: str, width: int) -> Mended:
    """Parse a body whose quotes are not strict, line by line, and write it out strictly.

    A quote that opens a cell and swallows lines until the row no longer fits is taken as the fault of its first line:
    that line is left out and reading goes on behind it.
    """
    mended = Mended()
    lines = list(io.StringIO(text, newline=""))
    out: list[bytes] = []
    place = 0
    while place < len(lines):
        cells, used = _record(lines, place, delimiter, quote)
        raw = "".join(lines[place : place + used]).rstrip("\r\n")
        if used > 1 and len(cells) != width:
            used, raw = 1, lines[place].rstrip("\r\n")
            mended.dropped.append(mended.records)
            mended.rejects.append((mended.records, place + 1, UNREADABLE, raw))
            fitted = []
        else:
            fitted = mended.fit(mended.records, place + 1, cells, raw, width)
        out.append(_line(fitted, delimiter, quote) + b"\n")
        mended.records += 1
        place += used
    mended.body = b"".join(out)
    return mended


_LONGEST = 10_000  # lines that one record may span before its opening quote counts as a fault


def _record(lines: Sequence[str], place: int, delimiter: str, quote: str) -> tuple[list[str], int]:
    """Return the cells of the record that starts in line `place`, and how many lines it takes."""
    reach = _LONGEST if quote in lines[place] else 1
    reader = csv.reader(islice(lines, place, place + reach), delimiter=delimiter, quotechar=quote)
    cells = next(reader, [])
    return cells, max(reader.line_num, 1)


def _line(cells: Sequence[str], delimiter: str, quote: str) -> bytes:
    if not cells:
        return b""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quotechar=quote, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n").encode()
