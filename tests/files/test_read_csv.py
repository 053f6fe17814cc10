"""Reading delimited files: every cell stays in its column, and what does not fit is told."""

import csv
import io

import pytest

from crmclean.errors import InputError
from crmclean.files.read import ReadOptions, read_table

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
DELIMITERS = (",", ";", "\t", "|")
ROWS = [
    ["Id", "Name", "Note", "City"],
    ["1", "Zoë Müller", "first line\nsecond line", "Köln"],
    ["2", 'Pipe 12" & Co', "a, b; c\td|e", ""],
    ["3", "", "", ""],
    ["4", "José", 'say "hi"', "São Paulo"],
]


def _written(path, rows, *, encoding="utf-8", delimiter=",", line_end="\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def _cells(reading):
    return [[cell or "" for cell in row] for row in reading.frame.drop("_row").collect().rows()]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_every_cell_comes_back_whatever_the_dialect(tmp_path, encoding, delimiter, line_end, quoting):
    path = _written(
        tmp_path / "x.csv", ROWS, encoding=encoding, delimiter=delimiter, line_end=line_end, quoting=quoting
    )
    reading = read_table(path)
    assert _cells(reading) == ROWS[1:]
    assert reading.dialect.delimiter == delimiter
    assert reading.rows == 4
    assert not reading.rejects.height


def test_empty_cells_are_null_whether_quoted_or_not(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b,c\n1,"",\n', encoding="utf-8")
    assert read_table(path).frame.collect().rows() == [(2, "1", None, None)]


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x\ny"\n\n3,z\n', encoding="utf-8")
    reading = read_table(path)
    assert reading.frame.collect().get_column("_row").to_list() == [2, 4]
    assert reading.rows == 2


def test_short_rows_are_padded_and_told(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b,c\n1,2,3\n4,5\n6,7,8\n", encoding="utf-8")
    reading = read_table(path)
    assert reading.frame.collect().row(1) == (3, "4", "5", None)
    assert reading.remarks.rows() == [(3, "row.padded")]


def test_padded_rows_keep_their_line_ends_and_quotes(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,b,c\n1,2,3\n"4\r5","6\n""7"""\n')
    assert read_table(path).frame.collect().row(1) == (3, "4\r5", '6\n"7"', None)


def test_surplus_empty_cells_are_trimmed_and_told(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n4,5,,\n6,7\n", encoding="utf-8")
    reading = read_table(path)
    assert reading.frame.collect().row(1) == (3, "4", "5")
    assert reading.remarks.rows() == [(3, "row.trimmed")]


def test_rows_with_surplus_values_are_left_out_with_their_raw_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x\ny"\n4,5,6\n7,8\n', encoding="utf-8")
    reading = read_table(path)
    assert reading.frame.collect().get_column("a").to_list() == ["1", "7"]
    assert reading.rejects.rows() == [("x.csv", 4, 3, "row.surplus-values", "4,5,6")]
    assert reading.rows == 2


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        ('1,5" pipe,x\n2,6" pipe,y\n', [["1", '5" pipe', "x"], ["2", '6" pipe', "y"]]),
        ('1,pipe 12",x\n2,pipe 6",y\n', [["1", 'pipe 12"', "x"], ["2", 'pipe 6"', "y"]]),
        ('1,b,pipe 12"\n2,d,pipe 6"\n', [["1", "b", 'pipe 12"'], ["2", "d", 'pipe 6"']]),
    ],
)
def test_bare_quotes_swallow_nothing(tmp_path, body, cells):
    path = tmp_path / "x.csv"
    path.write_text("a,b,c\n" + body, encoding="utf-8")
    assert _cells(read_table(path)) == cells


def test_a_quote_that_is_never_closed_costs_one_line_only(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b,c\n1,2,3\n4,"5,6\n7,8,9\n10,11,12\n', encoding="utf-8")
    reading = read_table(path)
    assert _cells(reading) == [["1", "2", "3"], ["7", "8", "9"], ["10", "11", "12"]]
    assert reading.rejects.select("line", "reason", "raw").rows() == [(3, "row.unreadable", '4,"5,6')]


def test_line_ends_of_old_macs(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\r1,2\r3,4\r")
    assert _cells(read_table(path)) == [["1", "2"], ["3", "4"]]


def test_repeated_and_empty_headers_keep_their_columns(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(" Phone ,Phone,,Phone\n1,2,3,4\n", encoding="utf-8")
    reading = read_table(path)
    assert reading.names == ("Phone", "Phone~2", "column 3", "Phone~3")
    assert reading.header == (" Phone ", "Phone", "", "Phone")
    assert _cells(reading) == [["1", "2", "3", "4"]]


def test_lines_above_the_header_are_skipped(tmp_path):
    path = tmp_path / "Connections.csv"
    path.write_text('Notes:\n"When exporting, some emails are missing"\n\nFirst Name,Last Name,URL\nA,B,C\nD,E,F\n')
    reading = read_table(path)
    assert reading.header == ("First Name", "Last Name", "URL")
    assert reading.frame.collect().rows() == [(5, "A", "B", "C"), (6, "D", "E", "F")]


def test_a_sep_line_names_the_delimiter(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("sep=;\na;b\n1,5;2\n", encoding="utf-8")
    reading = read_table(path)
    assert reading.frame.collect().rows() == [(3, "1,5", "2")]


def test_the_plan_overrides_what_would_be_detected(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("a;b,c\n1;é,3\n".encode("mac_roman"))
    reading = read_table(path, ReadOptions(encoding="mac_roman", delimiter=","))
    assert _cells(reading) == [["1;é", "3"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4, "file.binary"),
        (b"\n\n\n", "file.no-header"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path, content, code):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert all(fault.hint for fault in caught.value.faults)


def test_a_missing_file_and_a_folder_say_so(tmp_path):
    (tmp_path / "Data.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(InputError) as missing:
        read_table(tmp_path / "data.csv")
    with pytest.raises(InputError) as folder:
        read_table(tmp_path)
    assert missing.value.faults[0].code == "file.missing"
    assert missing.value.faults[0].hint == "did you mean Data.csv?"
    assert folder.value.faults[0].code == "file.is-folder"


def test_real_exports_have_the_cells_that_the_csv_module_reads(real_exports):
    for path in sorted(real_exports.glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            expected = [row for row in csv.reader(file) if row]
        reading = read_table(path)
        assert reading.rows == len(expected) - 1, path.name
        assert _cells(reading) == expected[1:], path.name


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_few_bytes_from_elsewhere_do_not_spoil_a_file_in_utf_8(tmp_path, mark):
    path = tmp_path / "x.csv"
    lines = "".join(f"{number},Zoë Müller\n" for number in range(20))
    path.write_bytes(mark + f"Id,Name\n{lines}".encode() + b"20,Bj\xf6rn\n")
    reading = read_table(path)
    assert reading.frame.collect().get_column("Name").to_list() == ["Zoë Müller"] * 20 + ["Björn"]
    assert "read as cp1252" in reading.evidence[0]


def test_a_blank_line_below_the_header_costs_no_column(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n\n1,2\n", encoding="utf-8")
    assert read_table(path).frame.collect().rows() == [(3, "1", "2")]


@pytest.mark.parametrize(
    ("text", "header", "rows"),
    [
        ("a,b,c\n1,2,3,\n4,5,6,\n", ("a", "b", "c"), 2),
        ("a,b,,,\n1,2,,,\n4,5,,,\n", ("a", "b", "", "", ""), 2),
        ("a,,c\n1,2,3\n4,5,6\n", ("a", "", "c"), 2),
        ("a,b,c\n1,2,3,4\n5,6,7,8\n", ("a", "b", "c"), 0),
        ("a\n1\n2\n", ("a",), 2),
        ("Contacts,,\nName,Mail,City\nAnn,a@b.example,Rome\n", ("Name", "Mail", "City"), 1),
        ("Name,Mail,,,\nAnn,a@b.example,1,2,3\nBob,b@b.example,4,5,6\n", ("Name", "Mail", "", "", ""), 2),
        ("Name,Mail,_row\nAnn,a@b.example,7\n", ("Name", "Mail", "_row"), 1),
    ],
)
def test_the_header_is_never_taken_from_the_data(tmp_path, text, header, rows):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    reading = read_table(path)
    assert reading.header == header
    assert reading.rows == rows


@pytest.mark.parametrize("delimiter", ["", ";;", "§", '"', "\n"])
def test_a_delimiter_that_cannot_be_is_refused(tmp_path, delimiter):
    path = tmp_path / "a.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(InputError, match="delimiter"):
        read_table(path, ReadOptions(delimiter=delimiter))


def test_a_first_line_with_an_impossible_separator_is_a_line_like_others(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("sep=\xa0\na;b\n1;2\n".encode("cp1252"))
    assert read_table(path).header == ("a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "Lee,ann@acme.example,030 1\nRoe,bo@acme.example,\n",
        "\ufeffLee;ann@acme.example;030 1\r\nRoe;bo@acme.example;\r\n",
        "sep=;\nLee;ann@acme.example;030 1\nRoe;bo@acme.example;\n",
        "\nLee,ann@acme.example,030 1\nRoe,bo@acme.example,",
        "+49 30 1234567,Lee\n+49 30 7654321,Roe\n",
        "Lee,https://acme.example\nRoe,https://bolt.example\n",
        "Lee,ann@acme.example\n",
    ],
)
def test_a_list_without_a_row_of_names_loses_none_of_its_rows(tmp_path, text):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8", newline="")
    reading = read_table(tmp_path / "x.csv")
    lines = [line for line in text.removeprefix("\ufeff").splitlines() if line and not line.startswith("sep=")]
    assert [row[0] for row in _cells(reading)] == [line.replace(";", ",").split(",")[0] for line in lines]
    assert reading.header[:2] == ("column 1", "column 2")
    first = 1 + text.removeprefix("\ufeff").splitlines().index(lines[0])
    assert reading.frame.collect()["_row"].to_list() == list(range(first, first + len(lines)))


@pytest.mark.parametrize(
    "text",
    [
        "Name,ann@acme.example,bo@acme.example\nLee,1,\nRoe,,1\n",  # a column for each person
        "Exported by,ann@acme.example,\nName,Email,City\nLee,lee@acme.example,Köln\nRoe,roe@acme.example,\nDee,,Bonn\n",
        "Name,E-mail (x@y.z)\nLee,lee@acme.example\n",
        "Region,2026-01,2026-02\nNorth,1,2\n",
    ],
)
def test_names_of_columns_that_look_like_values_stay_names(tmp_path, text):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    assert "column 1" not in read_table(tmp_path / "x.csv").header


def test_a_row_that_the_caller_names_is_the_header_whatever_it_holds(tmp_path):
    (tmp_path / "x.csv").write_text("Lee,ann@acme.example\nRoe,bo@acme.example\n", encoding="utf-8")
    assert read_table(tmp_path / "x.csv", ReadOptions(header_row=1)).header == ("Lee", "ann@acme.example")


@pytest.mark.parametrize("end", [b"\x1a", b"\r\n\x1a", b"\r\n\x1a\r\n", b"\n\x1a\x1a"])
def test_the_sign_by_which_old_programs_end_a_file_is_no_row(tmp_path, end):
    path = tmp_path / "list.csv"
    path.write_bytes(b"id,name\r\n1,Ann\r\n2,Bob" + end)
    reading = read_table(path)
    assert reading.frame.collect().rows() == [(2, "1", "Ann"), (3, "2", "Bob")]
    assert (reading.rows, reading.remarks.height) == (2, 0)


def test_the_same_sign_inside_a_file_stays(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"id,name\n1,A\x1an\n2,Bob\n")
    assert read_table(path).frame.collect()["name"].to_list() == ["A\x1an", "Bob"]


def test_headers_that_polars_takes_for_patterns_are_headers(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Name,*,^.*$,Email\nIda,x,y,ida@example.com\n", encoding="utf-8")
    reading = read_table(path)
    assert reading.header == ("Name", "*", "^.*$", "Email")
    assert reading.names == ("Name", "column 2", "column 3", "Email")
    assert reading.frame.select(reading.names).collect().rows() == [("Ida", "x", "y", "ida@example.com")]
