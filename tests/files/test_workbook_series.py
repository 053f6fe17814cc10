"""Workbooks of one form are those that the library would have written, one by one."""

from datetime import date
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.workbook_series import write_xlsx_series

NASTY = (
    "plain",
    None,
    "<b>&amp;</b>",
    "=1+1",
    " spaced ",
    "tab\tline\nbell\x07",
    "_x0041_ is no A",
    "ünïcode 🎉",
    "\ufffe",
)
SHEETS = {
    "to do": pl.DataFrame(
        {
            "owner": ["ann"] * len(NASTY) + ["bob"],
            "text": [*NASTY, "bob's"],
            "money": [1.5, None, -3.0, 1e16, 0.1, 7.0, 8.0, 9.0, 10.0, 2.0],
        }
    ),
    "fixed": pl.DataFrame({"owner": ["bob", "bob"], "since": [date(2026, 1, 31), None], "row": [2, 3]}),
}


@pytest.fixture
def folder(tmp_path):
    write_xlsx_series(tmp_path, "owner", SHEETS)
    return tmp_path


def sheets_of(path):
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: (
            pl.read_excel(path, sheet_name=sheet.title, has_header=False).rows(),
            sheet.auto_filter.ref,
            sheet.freeze_panes,
            [[(cell.number_format, cell.font.b) for cell in row if cell.value is not None] for row in sheet],
        )
        for sheet in book.worksheets
    }


@pytest.mark.parametrize("owner", ["ann", "bob"])
def test_each_workbook_is_the_one_that_the_library_writes(owner, folder, tmp_path):
    own = {name: rows.filter(pl.col("owner") == owner).drop("owner") for name, rows in SHEETS.items()}
    write_xlsx(tmp_path / "single.xlsx", {name: rows for name, rows in own.items() if rows.height})
    assert sheets_of(folder / f"{owner}.xlsx") == sheets_of(tmp_path / "single.xlsx")


def test_filters_are_named_to_the_last_row(folder):
    with ZipFile(folder / "bob.xlsx") as parts:
        book = parts.read("xl/workbook.xml").decode()
    assert "'to do'!$A$1:$B$2<" in book
    assert "fixed!$A$1:$B$3<" in book


def test_equal_rows_are_equal_bytes(folder, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    write_xlsx_series(again, "owner", SHEETS)
    assert (again / "ann.xlsx").read_bytes() == (folder / "ann.xlsx").read_bytes()
    assert (again / "ann.xlsx").stat().st_mode & 0o077 == 0


def test_a_form_without_rows_makes_no_workbook(tmp_path):
    write_xlsx_series(tmp_path, "owner", {name: rows.clear() for name, rows in SHEETS.items()})
    assert not list(tmp_path.iterdir())


def test_columns_past_z_have_two_letters(tmp_path):
    wide = pl.DataFrame({"owner": ["ann"], **{f"column {place}": [str(place)] for place in range(60)}})
    write_xlsx_series(tmp_path, "owner", {"wide": wide})
    header, cells = sheets_of(tmp_path / "ann.xlsx")["wide"][0]
    assert list(header) == [f"column {place}" for place in range(60)]
    assert list(cells) == [str(place) for place in range(60)]
