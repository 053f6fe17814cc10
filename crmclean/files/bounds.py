"""How large a table may be, so that a file made to harm, or broken by accident, ends in an error, not in a full memory.

Limits are those of the programs that write exports: a worksheet of Excel has 16,384 columns and 1,048,576 rows.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from crmclean.files.archives import members, unzipped_blocks
from crmclean.files.opening import refuse

MOST_COLUMNS = 16_384
_SPARSE = 50  # cells of a sheet's whole area for each one that holds something
_AREA = 20_000_000  # cells that a sheet's area may have whatever it holds
_COLUMN = re.compile(rb' r="([A-Z]{1,3})\d')
_LAST_ROW = re.compile(rb'(?s).* r="[A-Z]{1,3}(\d{1,7})"')
_FORMULA = (b"<f>", b"<f ", b":f>", b":f ")
_OVERLAP = 64  # bytes of a block that are looked at again with the next one


def check_width(path: Path, columns: int) -> None:
    """Refuse a table with more columns than a spreadsheet has.

    Raises:
        InputError: it has.
    """
    if columns > MOST_COLUMNS:
        problem = f"has {columns:,} columns; no export has more than {MOST_COLUMNS:,}"
        raise refuse(path, problem, "check that its records stand one below the other", "file.too-wide")


def check_density(path: Path, rows: int, columns: int, size: int) -> None:
    """Refuse records that hardly share a column: their table would be far larger than the file.

    Raises:
        InputError: they do not.
    """
    check_width(path, columns)
    if rows * columns > max(_AREA, size * 4):
        problem = f"is no table: {rows:,} records have {columns:,} different keys"
        raise refuse(path, problem, "export records that have the same keys", "file.too-wide")


def check_workbook(path: Path, content: memoryview) -> frozenset[str]:
    """Refuse a zipped workbook that unpacks to far more than its size, or whose sheets are nearly all empty.

    A single cell in the last corner of a sheet makes a reader take room for seventeen thousand million cells. Returns
    the members of the archive that are sheets with formulas.

    Raises:
        InputError: it does, or it is damaged.
    """
    calculating = set[str]()
    for name in members(path, content):
        blocks = unzipped_blocks(path, content, name)
        if not name.startswith("xl/worksheets/"):
            for _ in blocks:  # unpacking is what checks the size
                pass
            continue
        rows, columns, cells, formulas = _extent(blocks)
        calculating.update({name} if formulas else ())
        if rows * columns > max(_AREA, cells * _SPARSE):
            problem = f"has {cells:,} cells spread over {rows:,} rows and {columns:,} columns"
            hint = "delete the lonely cells below and beside the table, or save it as CSV"
            raise refuse(path, problem, hint, "file.too-sparse")
    return frozenset(calculating)


def _extent(blocks: Iterable[bytes]) -> tuple[int, int, int, bool]:
    """Return the last row and column of a sheet that have a cell, the number of cells, and whether any is a formula."""
    rows, cells, rest, columns, formulas = 0, 0, b"", set[bytes](), False
    for new in blocks:
        block = rest + new
        found = _COLUMN.findall(block)
        cells += len(found)
        columns.update(found)
        last = _LAST_ROW.match(block)  # rows stand in order
        rows = max(rows, int(last[1]) if last else 0)
        formulas = formulas or any(tag in block for tag in _FORMULA)
        rest = block[-_OVERLAP:]
    return rows, max(map(column_number, columns), default=0), cells, formulas


def column_number(column: bytes) -> int:
    """Return the number of a column by its letters: A is 1, AA is 27."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number
