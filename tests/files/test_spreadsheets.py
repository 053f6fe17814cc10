"""Workbooks for people."""

import openpyxl
import polars as pl

from crmclean.files.spreadsheets import write_xlsx


def test_sheets_have_a_frozen_header_filters_and_nothing_that_runs(tmp_path):
    frame = pl.DataFrame({"name": ["Acme", "=1+1", None], "rows": [1, 2, 3], "id": ["003", "1E5", "+442071234567"]})
    write_xlsx(tmp_path / "x.xlsx", {"pairs: all/now": frame, "none": frame.clear()})
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    sheet = book["pairs_ all_now"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C4"
    assert list(sheet.values) == [
        ("name", "rows", "id"),
        ("Acme", 1, "003"),
        ("'=1+1", 2, "1E5"),
        (None, 3, "+442071234567"),
    ]
    assert list(book["none"].values) == [("name", "rows", "id")]


def test_equal_frames_give_equal_bytes(tmp_path):
    frame = pl.DataFrame({"name": ["Acme"]})
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(tmp_path / name, {"one": frame})
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_texts_longer_than_a_cell_are_cut(tmp_path):
    write_xlsx(tmp_path / "x.xlsx", {"one": pl.DataFrame({"note": ["x" * 40_000]})})
    assert len(openpyxl.load_workbook(tmp_path / "x.xlsx")["one"]["A2"].value) == 32_767


def test_a_cell_that_reads_like_a_range_stays_as_it_is(tmp_path):
    texts = ['ref="A1"', 'ref="A1:B2"', '<row r="2"></row></sheetData>', 'hidden="1">A!$A$1:$B$2<']
    write_xlsx(tmp_path / "x.xlsx", {"one": pl.DataFrame({"note": texts, "rows": [1, 2, 3, 4]})})
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["one"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == texts
    assert sheet.auto_filter.ref == "A1:B5"
