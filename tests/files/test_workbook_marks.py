"""What a sheet says beside its values: leading zeros that only a format shows, and formulas that nobody calculated."""

from zipfile import ZipFile

import openpyxl
import pytest
from xlsxwriter import Workbook

from crmclean.files.read import read_table


def sheet(path, cells, *, at=(0, 0), name="Contacts"):
    """Write a header `A`, and below it (value, number format) one under the other."""
    with Workbook(path) as book:
        book.add_worksheet("First").write(0, 0, "nothing")
        page = book.add_worksheet(name)
        page.write_row(*at, ["A", "B"])
        for number, (value, format_) in enumerate(cells, start=1):
            page.write(at[0] + number, at[1], value, book.add_format({"num_format": format_}))
            page.write(at[0] + number, at[1] + 1, "x")
    return path


def first_column(reading):
    return reading.frame.collect()[reading.names[0]].to_list()


@pytest.mark.parametrize(
    ("value", "format_", "shown"),
    [
        (2138, "00000", "02138"),
        (90210, "00000", "90210"),
        (123456, "00000", "123456"),
        (12345678, "000-00-0000", "012-34-5678"),
        (12345678, r"000\-00\-0000", "012-34-5678"),
        (21380001, "00000-0000", "02138-0001"),
        (6175550100, "(000) 000-0000", "(617) 555-0100"),
        (1067, '[$-407]"D-"00000', "01067"),
        (47, "0000000000", "0000000047"),
        (2138, "00000;-00000;;@", "02138"),
        (2138, "General", "2138"),
        (2138, "0", "2138"),
        (2138, "0.00", "2138"),
        (2138, "#,##0", "2138"),
        (2138, "0,000", "2138"),
        (2138, "# ##0", "2138"),
        (6175550100, "[<=9999999]###-####;(###) ###-####", "6175550100"),
        (0.25, "00%", "0.25"),
        (2.5, "00000", "2.5"),
        (-5, "00000", "-5"),
        ("2138", "00000", "2138"),
        (45000, "yyyy-mm-dd", "2023-03-15"),
        (45000, "00/00/00", "45000"),
        (1.5e9, "0.00E+00", "1500000000"),
    ],
)
def test_only_leading_zeros_of_a_format_belong_to_the_cell(tmp_path, value, format_, shown):
    reading = read_table(sheet(tmp_path / "list.xlsx", [(value, format_), ("y", "General")]))
    assert first_column(reading) == [shown, "y"]


def test_zeros_are_found_wherever_the_table_stands(tmp_path):
    path = sheet(tmp_path / "list.xlsx", [(7, "000"), (8, "0")], at=(4, 27), name="A & <B>")
    reading = read_table(path)
    assert reading.frame.collect().rows() == [(6, "007", "x"), (7, "8", "x")]
    assert "header in row 5: rows above it are no table" in reading.evidence


def test_zeros_that_another_library_wrote(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Zip", "Name"])
    book.active.append([2138, "Ann"])
    book.active["A2"].number_format = "00000"
    book.save(tmp_path / "list.xlsx")
    assert first_column(read_table(tmp_path / "list.xlsx")) == ["02138"]


def test_many_cells_with_zeros(tmp_path):
    path = sheet(tmp_path / "list.xlsx", [(number, "000000") for number in range(40_000)])
    assert first_column(read_table(path)) == [f"{number:06}" for number in range(40_000)]


def test_formulas_that_nobody_calculated_are_told(tmp_path):
    book = openpyxl.Workbook()
    for row in (["First", "Last", "Full Name"], ["Ann", "Lee", '=A2&" "&B2'], ["Bo", "Ray", "Bo Ray"]):
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    reading = read_table(tmp_path / "list.xlsx")
    assert reading.remarks.rows() == [(2, "row.not-calculated")]
    assert any("formulas without a value in Full Name" in line for line in reading.evidence)


def test_formulas_with_a_value_need_no_word(tmp_path):
    with Workbook(tmp_path / "raw.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Name", "Sum", "Text", "Nothing"])
        page.write(1, 0, "Ann")
        page.write_formula(1, 1, "=1+1", value=2)
        page.write_formula(1, 2, '="a"&"b"', value="ab")
        page.write_formula(1, 3, '=IF(A1="",1,"")', value="zz")
    with ZipFile(tmp_path / "raw.xlsx") as raw, ZipFile(tmp_path / "list.xlsx", "w") as list_:
        for name in raw.namelist():  # a text without letters is a value, too
            list_.writestr(name, raw.read(name).replace(b"<v>zz</v>", b"<v></v>"))
    reading = read_table(tmp_path / "list.xlsx")
    assert reading.frame.collect().rows() == [(2, "Ann", "2", "ab", None)]
    assert not reading.remarks.height
    assert len(reading.evidence) == 1
