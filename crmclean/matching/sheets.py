"""Doubtful pairs as files that people fill in: CSV, and a workbook with a drop-down and locked cells."""

from pathlib import Path

import polars as pl
import xlsxwriter

from crmclean.files.guards import guard_texts
from crmclean.matching.decisions import VERDICT_WORDS
from crmclean.matching.review import ANSWER, LEFT, RIGHT
from crmclean.workspace.atomic import replacing

WIDTH, WIDE = 18, 40
WIDE_COLUMNS = ("reasons", "note", "said_before")
HIDDEN = ("seen",)  # what --apply needs and nobody reads


def write_sheet(rows: pl.DataFrame, path: Path) -> None:
    """Write `rows` as PATH.csv (UTF-8 with BOM, for spreadsheets) and PATH.xlsx."""
    with replacing(path.with_name(f"{path.name}.csv")) as part:
        guard_texts(rows).write_csv(part, include_bom=True)
    write_workbook(rows, path.with_name(f"{path.name}.xlsx"))


def write_workbook(rows: pl.DataFrame, path: Path) -> None:
    """Write `rows` as a workbook in which only the answers can be edited."""
    with replacing(path) as part:
        _fill_workbook(rows, part)


def _fill_workbook(rows: pl.DataFrame, path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    sheet = book.add_worksheet("pairs")
    head = book.add_format({"bold": True, "bottom": 1})
    differs = book.add_format({"bg_color": "#FFF2CC"})
    free = book.add_format({"locked": False, "bg_color": "#E2F0D9"})
    for column, name in enumerate(rows.columns):
        sheet.write_string(0, column, name, head)
        hidden = {"hidden": True} if name in HIDDEN else {}
        sheet.set_column(column, column, WIDE if name in WIDE_COLUMNS else WIDTH, None, hidden)
        cells = zip(rows[name], _differing(rows, name), strict=True)
        for row, (cell, unlike) in enumerate(cells, start=1):
            _write_cell(sheet, row, column, cell, free if name in ANSWER else differs if unlike else None)
    _protect(sheet, rows)
    book.close()


def _protect(sheet: xlsxwriter.worksheet.Worksheet, rows: pl.DataFrame) -> None:
    choice = rows.columns.index("decision")
    sheet.data_validation(1, choice, max(rows.height, 1), choice, {"validate": "list", "source": list(VERDICT_WORDS)})
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, rows.height, rows.width - 1)
    sheet.protect("", {"sort": True, "autofilter": True, "format_columns": True})


def _write_cell(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: object, style: object) -> None:
    if cell is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(cell, float):
        sheet.write_number(row, column, cell, style)
    else:
        sheet.write_string(row, column, str(cell), style)


def _differing(rows: pl.DataFrame, name: str) -> list[bool]:
    """Say in which rows the other side of the pair has another value."""
    for side, other in ((LEFT, RIGHT), (RIGHT, LEFT)):
        if name.startswith(side):
            return rows[name].ne_missing(rows[f"{other}{name.removeprefix(side)}"]).to_list()
    return [False] * rows.height
