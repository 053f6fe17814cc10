"""XLSX, XLS and ODS workbooks as tables of text.

The sheet is the visible one with the most cells. Titles above the table and footers below it are passed over. Cells are
what they hold, not how they look: dates in ISO form, numbers without grouping or exponent. Only leading zeros that a
format shows belong to the cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from crmclean.errors import InputError
from crmclean.files.bounds import check_width, check_workbook
from crmclean.files.dialects import NAMELESS, Dialect, lacks_names, names_above, numbered, unique_names
from crmclean.files.mending import FURNITURE
from crmclean.files.opening import refuse
from crmclean.files.reading import Reading, ReadOptions
from crmclean.files.workbook_marks import Marks, marks

NOT_CALCULATED = "row.not-calculated"
_CALCULATE = "formulas without a value in {}: open the workbook in a spreadsheet and save it, then they have one"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_SAMPLE = 60  # rows by which the first one is judged
_PREAMBLE = 30  # rows among which the header is looked for
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00(?:\.0+)?$"
_MOMENT = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?$"
_TIME_ONLY = r"^1899-12-3[01] (\d{2}:\d{2}:\d{2})(?:\.\d+)?$"


@dataclass(frozen=True)
class _Sheet:
    name: str
    cells: pl.DataFrame  # every cell as text, null where it is empty
    others: tuple[str, ...]
    blank: Mapping[int, Sequence[int]]  # column -> rows of formulas that have no value


def read_workbook(path: Path, content: memoryview, options: ReadOptions, sha256: str) -> Reading:
    """Read the sheet that `options` names, else the one with the most cells.

    Raises:
        InputError: protected by a password, damaged, no such sheet, or nothing in it.
    """
    sheet = _sheet(path, content, options.sheet)
    table = sheet.cells.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row"))
    texts = [name for name in table.columns if name != "_row"]
    filled = table.select(pl.sum_horizontal(pl.col(texts).is_not_null())).to_series()
    place = options.header_row - 1 if options.header_row else _header_place(sheet.cells, filled)
    header = tuple(str(cell or "") for cell in sheet.cells.row(place))
    nameless = not options.header_row and lacks_names(sheet.cells.slice(place, _SAMPLE).rows())
    if not any(map(str.strip, header)):
        raise refuse(path, "has no header row", "the first row must name the columns", "file.no-header")
    width = _width(sheet.cells.slice(place))
    check_width(path, width)
    header = numbered(width) if nameless else header[:width]
    names = unique_names(header)
    body = (
        table.slice(place + (not nameless)).select("_row", *texts[:width]).rename(dict(zip(texts, names, strict=False)))
    )
    body = body.filter(pl.any_horizontal(pl.col(names).is_not_null()))
    body, left_out = _without_footer(body, names)
    blanks = _blanks(sheet.blank, body["_row"])
    notes = [f"header in row {place + 1}: rows above it are no table"] if place and not nameless else []
    notes += [NAMELESS] if nameless else []
    notes += [f"{left_out} rows below the table left out: a report's totals and notices"] if left_out else []
    empty = [names[place] for place in sorted(sheet.blank) if place < width]
    notes += [_CALCULATE.format(", ".join(empty))] if empty else []
    notes += [f"other sheets, not read: {', '.join(sheet.others)}"] if sheet.others else []
    return Reading(
        frame=body.with_columns(*(_as_shown(body, name) for name in names)).lazy(),
        header=header,
        names=names,
        dialect=Dialect("workbook", "", None, ""),
        evidence=(f"sheet {sheet.name}: {'given' if options.sheet else 'the visible one with the most cells'}", *notes),
        rows=body.height,
        sha256=sha256,
        size=len(content),
        remarks=blanks,
    )


def _blanks(places: Mapping[int, Sequence[int]], rows: pl.Series) -> pl.DataFrame:
    """Return a remark for every row of the table with formulas that have no value."""
    blank = pl.Series("row", sorted({row + 1 for found in places.values() for row in found}), dtype=pl.Int64)
    told = blank.filter(blank.is_in(rows.implode())).to_frame()
    return told.select("row", pl.lit(NOT_CALCULATED).alias("code"))


def _sheet(path: Path, content: memoryview, wanted: str | None) -> _Sheet:
    zipped = bytes(content[:2]) == b"PK"
    formulas = check_workbook(path, content) if zipped else frozenset()
    try:
        names, frames = _sheets(content, wanted)
    except Exception as error:  # the reader has errors of its own for every kind of damage
        raise _damaged(path, content) from error
    except BaseException as error:  # and fails in its own language where it did not expect some
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path, content) from error
    if wanted and wanted not in names:
        raise refuse(path, f"has no sheet {wanted}", f"it has {', '.join(names)}", "file.no-sheet")
    if not frames:
        raise refuse(path, "has no cells", "export it again, or take it out of the plan", "file.empty")
    sizes = {name: frame.select(pl.all().count()).sum_horizontal().item() for name, frame in frames.items()}
    best = max(sizes, key=lambda name: sizes[name])
    told = marks(path, content, best, formulas) if zipped else Marks()
    return _Sheet(best, told.applied(frames[best]), tuple(name for name in frames if name != best), told.blank)


def _sheets(content: memoryview, wanted: str | None) -> tuple[list[str], dict[str, pl.DataFrame]]:
    """Return the names of all sheets, and the cells of the wanted one, or of all visible ones that have any."""
    book = fastexcel.read_excel(bytes(content))
    names = [name for name in book.sheet_names if not wanted or name == wanted]
    loaded = [_load(book, name) for name in names]
    shown = [sheet for sheet in loaded if (wanted or sheet.visible == "visible") and sheet.height and sheet.width]
    return book.sheet_names, {sheet.name: _blank_to_null(sheet.to_polars()) for sheet in shown}


def _load(book: fastexcel.ExcelReader, name: str) -> fastexcel.ExcelSheet:
    return book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", skip_whitespace_tail_rows=True)


def _blank_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    texts = frame.with_columns(pl.all().cast(pl.String))
    return texts.with_columns(pl.when(pl.all().str.strip_chars() != "").then(pl.all()))


def _damaged(path: Path, content: memoryview) -> InputError:
    if _PROTECTED in bytes(content[: 1 << 20]):
        return refuse(path, "is protected by a password", "save it without a password, or as CSV", "file.password")
    return refuse(
        path, "is damaged, or no workbook", "open it in a spreadsheet and save it again, or as CSV", "file.damaged"
    )


def _width(table: pl.DataFrame) -> int:
    """Return how many columns have a name or any value: what stands beside the names is lost to nobody."""
    filled = [number for number, column in enumerate(table, start=1) if column.null_count() < table.height]
    return max(filled, default=0)


def _header_place(cells: pl.DataFrame, filled: pl.Series) -> int:
    """Return the first row that is about as wide as the table, or the one above it that names some columns."""
    start = int((filled > 0).arg_max() or 0)
    usual = int(filled[start : start + _PREAMBLE * 2].max() or 0)  # type: ignore[arg-type]
    wide = (filled[start : start + _PREAMBLE] * 3 >= usual * 2).arg_true()
    first = start + int(wide[0]) if wide.len() else start
    return names_above(cells.head(first + _SAMPLE).rows(), first)


def _without_footer(body: pl.DataFrame, names: tuple[str, ...]) -> tuple[pl.DataFrame, int]:
    """Drop the single cells at the end, if some are what reports write there."""
    single = body.select(pl.sum_horizontal(pl.col(names).is_not_null()) <= 1).to_series().reverse()
    tail = int(single.cum_prod().sum()) if len(names) > 2 else 0
    last = body.tail(tail) if tail else body.clear()
    texts = "\n".join(str(cell) for row in last.select(names).rows() for cell in row if cell)
    return (body.head(body.height - tail), tail) if FURNITURE.search(texts) else (body, 0)


def _as_shown(body: pl.DataFrame, name: str) -> pl.Expr:
    """Write dates without the midnight that a workbook adds, and times without the day of year zero."""
    cells = body.get_column(name)
    moments = cells.filter(cells.str.contains(_MOMENT).fill_null(value=False))
    text = pl.col(name).str.replace(_TIME_ONLY, "$1")
    return text.str.replace(_MIDNIGHT, "$1") if moments.len() and moments.str.contains(_MIDNIGHT).all() else text
